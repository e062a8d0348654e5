#include <algorithm>

#include "base/hash.h"
#include "game_archive.h"
#include "tests/support/s3/http_tap.h"
#include "tests/support/s3/s3_server.h"

namespace pgattic::test {
namespace {

class Archive : public GameArchive {};

// Columns joined as RowsByPyarrow joins them.
constexpr const char* kRowsSql =
    "SELECT replace(concat_ws(E'\\x1f', gid, created_at::text, game_end_reason::text, "
    "coalesce(winner_idx::text, ''), game_request::text, game_document::text, stats::text, "
    "quickdata::text, type::text, coalesce(tournament_data::text, '')), E'\\n', E'\\x1e') "
    "FROM past_games_view";

std::vector<std::string> Sorted(std::vector<std::string> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

TEST_F(Archive, EveryRowComesBackAndTheDatabaseForgetsIt) {
  LoadMonths({1, 2, 3}, 150);
  std::string sql = kRowsSql;
  sql.replace(sql.find("past_games_view"), 15, "public.past_games");
  const std::vector<std::string> before = Sorted(Sql(sql));
  ASSERT_EQ(before.size(), 450U);
  const std::vector<std::string> games =
      Sql("SELECT (to_jsonb(g) - 'migration_status')::text FROM public.games g ORDER BY id");
  const std::string untouched =
      "SELECT string_agg(id::text, ',' ORDER BY id) FROM public.games WHERE "
      "coalesce(migration_status, 0) = 0";
  const std::string running = One(untouched);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const Ran ran = Pgattic({"archive", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  for (const auto& archive : ran.json().at("archives")) {
    EXPECT_EQ(archive.at("phase"), "archived");
    EXPECT_EQ(archive.at("rows"), 150);
  }
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
  EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet"), before);
  EXPECT_EQ(Sql("SELECT (to_jsonb(g) - 'migration_status')::text FROM public.games g ORDER BY "
                "id"),
            games);
  EXPECT_EQ(One(untouched), running);
  EXPECT_EQ(One("SELECT count(*) FROM public.games WHERE migration_status IN (1, 2)"), "0");
  EXPECT_EQ(Pgattic({"verify"}).code, 0);
  const Ran again = Pgattic({"archive"});
  EXPECT_EQ(again.code, 0);
  EXPECT_NE(again.out.find("Nothing to do"), std::string::npos) << again.out;
}

TEST_F(Archive, ARowReadsTheSameFromDatabaseAndArchive) {
  LoadMonths({1, 2}, 60);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  std::vector<std::string> get = {"get"};
  const std::vector<std::string> ids =
      Sql("SELECT gid FROM public.past_games GROUP BY gid HAVING count(*) = 1 ORDER BY gid");
  ASSERT_GT(ids.size(), 100U);
  get.insert(get.end(), ids.begin(), ids.end());
  const Ran before = Pgattic(get);
  ASSERT_EQ(before.code, 0) << before.err;
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  const Ran after = Pgattic(get);
  ASSERT_EQ(after.code, 0) << after.err;
  std::string expected = before.out;
  for (std::size_t at = 0; (at = expected.find("\"tier\": \"database\"", at)) != expected.npos;) {
    expected.replace(at, 18, "\"tier\": \"archive\"");
  }
  EXPECT_EQ(after.out, expected);
  const Ran absent = Pgattic({"get", "no-such-id"});
  EXPECT_EQ(absent.code, 1);
  EXPECT_EQ(absent.json().at("availability"), "absent");
}

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

TEST_F(Archive, WorksIntoARealS3Server) {
  LoadMonths({1}, 60);
  auto server = S3Server::Start();
  ASSERT_TRUE(server.ok()) << server.error().ToString();
  const auto bucket = (*server)->MakeBucket();
  ASSERT_TRUE(bucket.ok());
  Configure("s3://" + *bucket, "[s3]\nendpoint = \"" + (*server)->endpoint() +
                                   "\"\npath_style = true\naccess_key = \"" +
                                   (*server)->access_key() + "\"\nsecret_key = \"" +
                                   (*server)->secret_key() + "\"");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const std::string id = One("SELECT min(gid) FROM public.past_games");
  const Ran ran = Pgattic({"archive", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.json().at("archives").at(0).at("phase"), "archived");
  EXPECT_EQ(Pgattic({"verify"}).code, 0);
  EXPECT_EQ(Pgattic({"get", id}).json().at("tier"), "archive");
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
