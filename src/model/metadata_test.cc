#include "model/metadata.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pgattic::model {
namespace {

Metadata Example() {
  Metadata metadata;
  metadata.source = {"woogles", "public", "past_games"};
  metadata.partition_name = "past_games_2024_01";
  metadata.partition_column = "created_at";
  metadata.id_column = "gid";
  metadata.bounds = *ParseBounds("FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')");
  metadata.columns = {{"gid", {25, -1, "text"}, false, Transport::kString},
                      {"price", {1700, 655366, "numeric(10,2)"}, true, Transport::kDecimal}};
  PartRecord part;
  part.number = 4;
  part.round = 2;
  part.attempt = 3;
  part.key = "partitions/year=2024/month=01/games_2024_01.a3.0004.parquet";
  part.rows = 2;
  part.raw_bytes = 5'000'000;
  part.bytes = 1'000'000;
  part.footer_bytes = 900;
  part.digest = {2, {7, 9}};
  part.sha256 = Sha256::Of(AsBytes("part"));
  part.etag = "\"e\"";
  part.version_id = "v";
  part.crc64nvme = "c";
  part.min_id = "a\"b";
  part.max_id = "z";
  part.filter_key = "f";
  part.filter_etag = "g";
  metadata.parts = {part};
  metadata.former_relation_bytes = 6'000'000;
  metadata.archived_at = "2026-01-01T00:00:00Z";
  metadata.generation = 2;
  metadata.attempt = 3;
  metadata.revision = 17;
  metadata.system_identifier = "7300000000000000001";
  metadata.timeline = 1;
  metadata.lsn = "0/1";
  metadata.tool_version = "0.1.0";
  metadata.erased = {std::string(64, 'a'), std::string(64, 'b')};
  return metadata;
}

TEST(Metadata, ComesBackAsItWasWritten) {
  const std::string text = SerializeMetadata(Example());
  Result<Metadata> parsed = ParseMetadata(text);
  ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
  EXPECT_EQ(SerializeMetadata(*parsed), text);
  EXPECT_EQ(parsed->columns, Example().columns);
  EXPECT_EQ(parsed->digest(), Example().digest());
  EXPECT_EQ(parsed->erased, Example().erased);
}

TEST(Metadata, HoldsTheFieldsOfThePlan) {
  const auto json = nlohmann::json::parse(SerializeMetadata(Example()));
  EXPECT_EQ(json.at("game_count"), 2);
  EXPECT_EQ(json.at("year"), 2024);
  EXPECT_EQ(json.at("date_range").at("end"), "2024-02-01T00:00:00Z");
  EXPECT_EQ(json.at("file_info").at("compression_ratio"), 5.0);
  EXPECT_FALSE(json.contains("fingerprint"));
}

TEST(Metadata, RefusesEveryTruncationAndAMissingField) {
  const std::string text = SerializeMetadata(Example());
  for (std::size_t length = 0; length + 2 < text.size(); ++length) {
    EXPECT_EQ(ParseMetadata(std::string_view(text).substr(0, length)).code(), Code::kCorruption);
  }
  auto json = nlohmann::json::parse(text);
  json.at("parts").at(0).erase("sha256");
  EXPECT_EQ(ParseMetadata(json.dump()).code(), Code::kCorruption);
  json = nlohmann::json::parse(text);
  json["schema_version"] = 99;
  EXPECT_EQ(ParseMetadata(json.dump()).code(), Code::kUnsupported);
}

TEST(Metadata, RefusesNumbersThatDoNotFit) {
  const auto refuses = [](const char* pointer, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(SerializeMetadata(Example()));
    json.at(nlohmann::json::json_pointer(pointer)) = value;
    const auto parsed = ParseMetadata(json.dump());
    return parsed.Is(Code::kCorruption);
  };
  EXPECT_TRUE(refuses("/generation", 4'294'967'297));
  EXPECT_TRUE(refuses("/generation", 1.5));
  EXPECT_TRUE(refuses("/generation", true));
  EXPECT_TRUE(refuses("/revision", -1));
  EXPECT_TRUE(refuses("/timeline", std::numeric_limits<std::uint64_t>::max()));
  EXPECT_TRUE(refuses("/columns/0/pg_type_oid", std::int64_t{1} << 32));
  EXPECT_TRUE(refuses("/columns/0/typmod", std::int64_t{1} << 31));
  EXPECT_TRUE(refuses("/parts/0/rows", 1e300));
  EXPECT_TRUE(refuses("/parts/0/digest/rows", -1));
  EXPECT_FALSE(refuses("/columns/0/typmod", -1));
  EXPECT_FALSE(refuses("/parts/0/raw_bytes", std::numeric_limits<std::int64_t>::max()));
}

TEST(Metadata, RefusesPartsWhoseSizesHaveNoSum) {
  Metadata metadata = Example();
  auto json = nlohmann::json::parse(SerializeMetadata(metadata));
  json.at("parts").at(0).at("bytes") = std::numeric_limits<std::int64_t>::max();
  json.at("parts").push_back(json.at("parts").at(0));
  EXPECT_EQ(ParseMetadata(json.dump()).code(), Code::kCorruption);
}

TEST(Metadata, WritesNamesThatAreNotUtf8) {
  Metadata metadata = Example();
  metadata.partition_name = "games_\xff";
  EXPECT_EQ(ParseMetadata(SerializeMetadata(metadata))->partition_name, "games_\uFFFD");
}

TEST(Metadata, ChecksumsAreInTheFormOfSha256sum) {
  const Metadata metadata = Example();
  EXPECT_EQ(SerializeChecksums(metadata.parts),
            metadata.parts[0].sha256 + "  games_2024_01.a3.0004.parquet\n");
}

}  // namespace
}  // namespace pgattic::model
