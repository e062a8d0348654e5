#include "game_archive.h"
#include "tests/support/s3/http_tap.h"
#include "tests/support/s3/s3_server.h"

namespace pgattic::test {
namespace {

class Archive : public GameArchive {};

TEST_F(Archive, LateRowsBecomeFurtherParts) {
  LoadMonths({1}, 60);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES "
      "('lateone1', '2024-01-20', 2, 0)");
  EXPECT_EQ(Pgattic({"get", "lateone1"}).json().at("tier"), "database");
  const Ran ran = Pgattic({"archive", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.json().at("archives").at(0).at("rows"), 61);
  EXPECT_EQ(ran.json().at("archives").at(0).at("parts"), 2);
  EXPECT_EQ(Pgattic({"get", "lateone1"}).json().at("tier"), "archive");
  EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 61U);
}

TEST_F(Archive, RollbackPutsEverythingBack) {
  LoadMonths({1}, 60);
  const std::string all =
      "SELECT md5(string_agg(p::text, ',' ORDER BY p::text)) FROM public.past_games p";
  const std::string statuses =
      "SELECT string_agg(id || ':' || coalesce(migration_status, -1), ',' ORDER BY id) FROM "
      "public.games";
  const std::string rows_before = One(all);
  const std::string statuses_before = One(statuses);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive", "--until", "detached"}).code, 0);
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
  const Ran back = Pgattic({"rollback", "past_games_2024_01"});
  ASSERT_EQ(back.code, 0) << back.err;
  EXPECT_EQ(One(all), rows_before);
  EXPECT_EQ(One(statuses), statuses_before);
  EXPECT_EQ(Files(), (std::vector<std::string>{"_pgattic_owner.json"}));
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 60U);
}

TEST_F(Archive, AColdGetIsTwoRequestsAndTheNextIsOne) {
  LoadMonths({1}, 300);
  auto server = S3Server::Start();
  ASSERT_TRUE(server.ok()) << server.error().ToString();
  const auto bucket = (*server)->MakeBucket();
  ASSERT_TRUE(bucket.ok());
  HttpTap tap((*server)->port());
  Configure("s3://" + *bucket,
            "[s3]\nendpoint = \"" + tap.endpoint() + "\"\npath_style = true\naccess_key = \"" +
                (*server)->access_key() + "\"\nsecret_key = \"" + (*server)->secret_key() + "\"");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const std::vector<std::string> ids =
      Sql("SELECT g.uuid FROM public.games g JOIN public.past_games p ON p.gid = g.uuid AND "
          "p.created_at = g.created_at GROUP BY 1 HAVING count(*) = 1 ORDER BY 1 LIMIT 2");
  ASSERT_EQ(ids.size(), 2U);
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  tap.TakeRecords();
  ASSERT_EQ(Pgattic({"get", ids[0]}).code, 0);
  EXPECT_EQ(tap.TakeRecords().size(), 2U);
  ASSERT_EQ(Pgattic({"get", ids[0], ids[1]}).code, 0);
  const std::vector<TapRecord> records = tap.TakeRecords();
  EXPECT_EQ(records.size(), 3U);
  for (const TapRecord& record : records) {
    EXPECT_EQ(record.method, "GET");
    EXPECT_EQ(record.status, 206);
    EXPECT_LE(record.body_bytes, 1'258'291);
  }
}

}  // namespace
}  // namespace pgattic::test
