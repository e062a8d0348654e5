// The main job: months go to a store, and every row comes back as it was, whoever reads.
#include <algorithm>
#include <set>

#include "game_archive.h"

namespace pgattic::test {
namespace {

class EveryRow : public GameArchive, public ::testing::WithParamInterface<bool> {
 protected:
  bool is_s3() const { return GetParam(); }
  /// The archive as plain files.
  void Fetch() const {
    if (is_s3()) Download();
  }
  /// Runs a program in the archive's folder and returns what it printed.
  std::string RunThere(std::vector<std::string> argv) const {
    sandbox::SubprocessOptions options;
    options.argv = std::move(argv);
    options.working_folder = archive_folder();
    const auto ran = sandbox::Subprocess::Run(OpContext(), options);
    EXPECT_TRUE(ran.ok() && ran->exit.ok()) << (ran.ok() ? ran->err : ran.error().ToString());
    return ran.ok() ? ran->out : "";
  }
  void ExpectChecksumsAndDuckDbAgree(std::size_t rows, const std::string& sum_of_types) const;
};

void EveryRow::ExpectChecksumsAndDuckDbAgree(std::size_t rows,
                                             const std::string& sum_of_types) const {
  for (const std::string& file : Files()) {
    if (!file.ends_with("_checksums.sha256")) continue;
    const std::string month = file.substr(0, file.rfind('/'));
    RunThere({"sh", "-c", "cd " + month + " && sha256sum --strict -c _checksums.sha256"});
  }
  const char* script =
      "import duckdb; print(*duckdb.sql(\"SELECT count(*), sum(type), count(DISTINCT (gid, "
      "created_at, game_document)) > 0 FROM 'partitions/*/*/*.parquet'\").fetchone())";
  const char* third_party = std::getenv("PGATTIC_THIRD_PARTY");
  ASSERT_NE(third_party, nullptr);
  EXPECT_EQ(RunThere({std::string(third_party) + "/venv/bin/python", "-c", script}),
            std::to_string(rows) + " " + sum_of_types + " True\n");
}

TEST_P(EveryRow, OfThreeMonthsComesBackAndAYoungMonthStays) {
  LoadMonths({1, 2, 3}, 150);
  const std::vector<std::string> before = RowsOfDatabase();
  ASSERT_EQ(before.size(), 450U);
  const std::string sum_of_types = One("SELECT sum(type) FROM public.past_games");
  const std::string young = LoadYoungMonth(50);
  if (is_s3()) UseS3();
  // What the marks have to do: 1 and 2 become 3 where the archive holds (uuid, created_at).
  const std::vector<std::string> marked =
      Sql("SELECT id || ':' || CASE WHEN migration_status IN (1, 2) AND EXISTS (SELECT FROM "
          "public.past_games p WHERE p.gid = g.uuid AND p.created_at = g.created_at AND "
          "p.created_at < '2024-04-01') THEN '3' ELSE coalesce(migration_status::text, 'NULL') "
          "END FROM public.games g ORDER BY id");
  const std::string others =
      "SELECT md5(string_agg((to_jsonb(g) - 'migration_status')::text, ',' ORDER BY id)) FROM "
      "public.games g";
  const std::string games = One(others);
  ASSERT_NE(marked, Statuses());
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const Ran ran = Pgattic({"archive", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  const auto archives = ran.json().at("archives");
  ASSERT_EQ(archives.size(), 3U);
  for (const auto& archive : archives) {
    EXPECT_EQ(archive.at("phase"), "archived");
    EXPECT_EQ(archive.at("rows"), 150);
  }
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "50");
  EXPECT_EQ(One("SELECT count(*) FROM public." + young), "50");
  Fetch();
  EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet"), before);
  EXPECT_EQ(Statuses(), marked);
  EXPECT_EQ(One(others), games);
  ExpectChecksumsAndDuckDbAgree(before.size(), sum_of_types);
  EXPECT_EQ(Pgattic({"verify"}).code, 0);
  const Ran again = Pgattic({"archive"});
  EXPECT_EQ(again.code, 0);
  EXPECT_NE(again.out.find("Nothing to do"), std::string::npos) << again.out;
}

TEST_P(EveryRow, IsFoundById) {
  LoadMonths({1, 2}, 80);
  if (is_s3()) UseS3();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  // Everything but the copies of a row, whose order no id tells: duplicates are asked for below.
  const std::vector<std::string> ids =
      Sql("SELECT gid FROM public.past_games GROUP BY gid HAVING count(*) = 1 ORDER BY gid");
  const std::string orphan =
      One("SELECT min(gid) FROM public.past_games p WHERE NOT EXISTS (SELECT FROM public.games g "
          "WHERE g.uuid = p.gid)");
  const std::string twice =
      One("SELECT min(gid) FROM (SELECT gid FROM public.past_games GROUP BY gid HAVING count(*) > "
          "1) d");
  const std::string twice_at =
      One("SELECT min(created_at)::text FROM public.past_games WHERE gid = '" + twice + "'");
  const std::string copies =
      One("SELECT count(DISTINCT p::text) FROM public.past_games p WHERE gid "
          "= '" +
          twice + "'");
  ASSERT_FALSE(orphan.empty() || twice.empty() || copies.empty());
  std::vector<std::string> get = {"get"};
  get.insert(get.end(), ids.begin(), ids.end());
  const Ran before = Pgattic(get);
  ASSERT_EQ(before.code, 0) << before.err;
  const auto one_before = Pgattic({"get", twice, "--created-at", twice_at}).json();
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  const Ran after = Pgattic(get);
  ASSERT_EQ(after.code, 0) << after.err;
  std::string expected = before.out;
  for (std::size_t at = 0; (at = expected.find("\"tier\": \"database\"", at)) != expected.npos;) {
    expected.replace(at, 18, "\"tier\": \"archive\"");
  }
  EXPECT_EQ(after.out, expected);
  EXPECT_TRUE(std::find(ids.begin(), ids.end(), orphan) != ids.end());
  for (const auto& arguments : {std::vector<std::string>{"get", twice},
                                std::vector<std::string>{"get", twice, "--created-at", twice_at}}) {
    const auto found = Pgattic(arguments).json();
    EXPECT_EQ(found.at("tier"), "archive");
    EXPECT_EQ(found.at("row").at("gid"), twice);
    EXPECT_EQ(found.at("row").at("created_at"), one_before.at("row").at("created_at"));
  }
  const auto nowhen = Pgattic({"get", orphan, "--created-at", "2023-01-01 00:00:00+00"});
  EXPECT_EQ(nowhen.code, 1);
  EXPECT_EQ(nowhen.json().at("availability"), "absent");
  EXPECT_EQ(Pgattic({"get", "no-such-id", orphan}).code, 1);
}

INSTANTIATE_TEST_SUITE_P(InBothStores, EveryRow, ::testing::Values(false, true),
                         [](const auto& param) { return param.param ? "S3" : "Folder"; });

}  // namespace
}  // namespace pgattic::test
