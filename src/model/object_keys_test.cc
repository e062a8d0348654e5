#include "model/object_keys.h"

#include <gtest/gtest.h>

namespace pgattic::model {
namespace {

Bounds January() { return *ParseBounds("FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')"); }

TEST(ObjectKeys, GamesLieAtTheRoot) {
  const ObjectKeys keys({"woogles", "public", "past_games"}, January(), true);
  EXPECT_EQ(keys.Part(1, 0, true), "partitions/year=2024/month=01/games_2024_01.parquet");
  EXPECT_EQ(keys.Part(2, 0, true), "partitions/year=2024/month=01/games_2024_01.a2.0000.parquet");
  EXPECT_EQ(keys.Part(1, 3, false), "partitions/year=2024/month=01/games_2024_01.a1.0003.parquet");
  EXPECT_EQ(keys.Checksums(), "partitions/year=2024/month=01/_checksums.sha256");
  EXPECT_EQ(keys.Metadata(), "partitions/year=2024/month=01/_partition_metadata.json");
  EXPECT_EQ(ObjectKeys::Filter(keys.Part(1, 0, true)),
            "partitions/year=2024/month=01/_games_2024_01.idfilter");
  EXPECT_EQ(ObjectKeys::Narrow(keys.Part(1, 0, true)),
            "narrow/year=2024/month=01/games_2024_01.parquet");
}

TEST(ObjectKeys, AnyOtherSourceHasItsOwnFolder) {
  const ObjectKeys keys({"Shop", "my schema", "a.b"}, January(), false);
  EXPECT_EQ(keys.Prefix(), "Shop.my-20schema.a-2eb/");
  EXPECT_EQ(keys.Owner(), "Shop.my-20schema.a-2eb/_pgattic_owner.json");
  EXPECT_EQ(keys.Metadata(),
            "Shop.my-20schema.a-2eb/partitions/year=2024/month=01/_partition_metadata.json");
}

TEST(ObjectKeys, ATableMayBeCalledPartitions) {
  const ObjectKeys keys({"partitions", "partitions", "partitions"}, January(), false);
  EXPECT_EQ(
      ObjectKeys::Narrow(keys.Part(1, 0, true)),
      "partitions.partitions.partitions/narrow/year=2024/month=01/partitions_2024_01.parquet");
  EXPECT_EQ(ObjectKeys::Narrow("elsewhere.parquet"), "");
}

TEST(ObjectKeys, PartitionsOfOtherLengthsCarryTheirBounds) {
  const Bounds week = *ParseBounds("FOR VALUES FROM ('2024-01-01') TO ('2024-01-08')");
  const ObjectKeys keys({"d", "s", "t"}, week, false);
  EXPECT_EQ(keys.Part(1, 0, true),
            "d.s.t/partitions/year=2024/month=01/"
            "t_20240101T000000Z_20240108T000000Z.parquet");
  EXPECT_EQ(keys.Metadata(),
            "d.s.t/partitions/year=2024/month=01/"
            "_t_20240101T000000Z_20240108T000000Z_partition_metadata.json");
}

TEST(ObjectKeys, NamesThatDifferNeverMeet) {
  EXPECT_NE(KeySafe("a b"), KeySafe("a-20b"));
  EXPECT_EQ(KeySafe("a-20b"), "a-2d20b");
}

TEST(ObjectKeys, NamesOfPartsComeBackAndOthersAreNone) {
  const Bounds january{"2024-01-01", "2024-02-01", 1'704'067'200'000'000, 1'706'745'600'000'000};
  const ObjectKeys keys({"db", "public", "games"}, january, true);
  ASSERT_TRUE(keys.PartNameOf(keys.Part(1, 0, true)));
  EXPECT_EQ(keys.PartNameOf(keys.Part(1, 0, true))->number, 0);
  const auto name = keys.PartNameOf(keys.Part(12, 10345, false));
  ASSERT_TRUE(name);
  EXPECT_EQ(name->attempt, 12);
  EXPECT_EQ(name->number, 10345);
  for (const char* tail : {"games_2024_01.a2.parquet", "games_2024_01.a2.0001.parquet.x",
                           "games_2024_01.ax.0001.parquet", "games_2024_02.a2.0001.parquet",
                           "games_2024_01.a", "games_2024_01.a2", "_checksums.sha256"}) {
    EXPECT_FALSE(keys.PartNameOf(keys.Folder() + tail)) << tail;
  }
}

}  // namespace
}  // namespace pgattic::model
