// `pgattic query`: every row once whatever happens meanwhile, parameters, formats, limits,
// refusals.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include "pg/identifier.h"
#include "queried_archive.h"

namespace pgattic::test {
namespace {

class QueryCommand : public QueriedArchive {
 protected:
  void LoadGames(const std::vector<int>& months, std::int64_t rows) {
    LoadMonths(months, rows);
    ASSERT_EQ(Pgattic({"init"}).code, 0);
  }
  /// Adds a row to a month that may be archived already.
  void AddLate(const std::string& gid, const std::string& at) {
    Sql("INSERT INTO public.past_games SELECT '" + gid + "', '" + at +
        "', 2, 0, '{}', '{\"late\": true}', '{}', '{}', 0, NULL");
  }
};

TEST_F(QueryCommand, SeesEveryRowOnceInEveryPhase) {
  LoadGames({1, 2}, 60);
  const std::string before = SumOfDatabase();
  EXPECT_EQ(Sum("games_all"), before);
  EXPECT_EQ(Value("SELECT count(*) FROM archive"), "0");
  for (const char* phase : {"exporting", "uploaded", "verified", "marked", "detached"}) {
    Archive({"--partition", "past_games_2024_01", "--until", phase});
    EXPECT_EQ(Sum("games_all"), before) << phase;
  }
  EXPECT_EQ(Value("SELECT count(*) FROM archive"), "60");
  Archive();
  EXPECT_EQ(Sum("games_all"), before);
  EXPECT_EQ(Sum("archive"), before);
  EXPECT_EQ(Sum("past_games"), before);
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
}

TEST_F(QueryCommand, SeesEveryRowOnceOnTheWayBackAndAfterAKill) {
  LoadGames({1, 2}, 40);
  const std::string before = SumOfDatabase();
  for (const char* place : {"publish.after_record", "swap.before_commit", "swap.after_commit"}) {
    const Ran killed =
        Pgattic({"archive", "--partition", "past_games_2024_01"}, {{"PGATTIC_FAILPOINT", place}});
    EXPECT_EQ(killed.signal, SIGKILL) << place << killed.err;
    EXPECT_EQ(Sum("games_all"), before) << "killed at " << place;
  }
  ASSERT_EQ(Pgattic({"rollback", "past_games_2024_01"}).code, 0);
  EXPECT_EQ(Sum("games_all"), before) << "rolled back";
  Archive();
  EXPECT_EQ(Sum("games_all"), before);
  ASSERT_EQ(Pgattic({"restore", "past_games_2024_02"}).code, 0);
  EXPECT_EQ(Sum("games_all"), before) << "restored";
  Archive({"--partition", "past_games_2024_02"});
  EXPECT_EQ(Sum("games_all"), before) << "archived again";
  const std::string gid = Value("SELECT min(gid) FROM archive");
  ASSERT_EQ(Pgattic({"erase", gid.substr(1, gid.size() - 2)}).code, 0);
  EXPECT_EQ(Value("SELECT count(*) FROM games_all"), "79");
  EXPECT_EQ(Value("SELECT count(*) FROM games_all WHERE gid = " +
                  pg::QuoteLiteral(gid.substr(1, gid.size() - 2))),
            "0");
}

TEST_F(QueryCommand, ShowsProgressWhereSomebodyWatches) {
  LoadGames({1}, 10);
  Archive();
  const auto sum_of = [](const std::string& numbers) {
    return "SELECT sum(hash(range) % 7) AS n FROM range(" + numbers + ")";
  };
  const Ran quiet = Pgattic({"query", sum_of("60000000")});
  EXPECT_EQ(quiet.err.find('%'), quiet.err.npos) << quiet.err;
  std::string seen;
  bool is_drawn = false;
  // What is over at once shows none: the next takes longer.
  for (const char* numbers : {"60000000", "400000000", "2400000000"}) {
    sandbox::SubprocessOptions terminal;
    terminal.argv = {
        "script", "-qec",
        std::string(std::getenv("PGATTIC_BIN")) + " query '" + sum_of(numbers) + "' -c " + config(),
        "/dev/null"};
    const auto ran =
        sandbox::Subprocess::Run(OpContext().WithDeadline(std::chrono::minutes(2)), terminal);
    ASSERT_TRUE(ran.ok());
    seen = ran->out;
    EXPECT_NE(seen.find("1 row in"), seen.npos) << seen;
    is_drawn = std::regex_search(seen, std::regex("\\r\\x1b\\[K *[0-9]+ %"));
    if (is_drawn) break;
  }
  EXPECT_TRUE(is_drawn) << seen;
}

TEST_F(QueryCommand, SeesLateRowsOnceBeforeAndAfterTheirRound) {
  LoadGames({1}, 40);
  Archive();
  AddLate("late1", "2024-01-31 23:59:59.999999+00");
  AddLate("late2", "2024-01-01 00:00:00+00");
  const auto count = [&] { return Value("SELECT count(*) FROM games_all"); };
  EXPECT_EQ(count(), "42");
  EXPECT_EQ(Value("SELECT count(*) FROM archive"), "40");
  EXPECT_EQ(Value("SELECT count(*) FROM games_all WHERE year = 2024 AND month = 1"), "42");
  for (const char* phase : {"uploaded", "verified", "marked", "detached"}) {
    Archive({"--partition", "past_games_2024_01", "--until", phase});
    EXPECT_EQ(count(), "42") << phase;
  }
  Archive();
  EXPECT_EQ(count(), "42");
  EXPECT_EQ(Value("SELECT count(*) FROM archive"), "42");
  EXPECT_EQ(Value("SELECT game_document FROM archive WHERE gid = 'late1'"),
            "\"{\\\"late\\\": true}\"");
}

TEST_F(QueryCommand, SeesEveryRowOnceWhileTheArchiverRuns) {
  LoadGames({1, 2, 3}, 80);
  const std::string before = SumOfDatabase();
  const auto archiver = Begin({"archive"}, {});
  int looks = 0;
  bool is_over = false;
  while (!is_over) {
    is_over = Value("SELECT count(*) FROM archive") == "240" &&
              One("SELECT count(*) FROM pgattic.archive WHERE phase = 'archived'") == "3";
    EXPECT_EQ(Sum("games_all"), before) << "at look " << looks;
    ASSERT_LT(++looks, 200);
  }
  const auto exit = archiver->Wait(OpContext().WithDeadline(std::chrono::minutes(2)));
  ASSERT_TRUE(exit.ok() && exit->ok()) << archiver->Stderr();
  EXPECT_GE(looks, 2);
}

TEST_F(QueryCommand, LooksAgainWhenAMonthIsSwappedBetweenItsLookAndItsFetching) {
  LoadGames({1}, 40);
  Archive({"--partition", "past_games_2024_01", "--until", "marked"});
  const OpContext ctx = OpContext().WithDeadline(std::chrono::minutes(2));
  const auto swapper = pg::Connection::Open(ctx, {url(), "test"});
  ASSERT_TRUE(swapper.ok()) << swapper.status().ToString();
  const auto swap = [&](const std::string& sql) {
    const Status done = (*swapper)->ExecScript(ctx, sql);
    ASSERT_TRUE(done.ok()) << done.ToString();
  };
  swap("BEGIN; LOCK TABLE ONLY public.past_games IN ACCESS EXCLUSIVE MODE");
  const auto query =
      Begin({"query", "SELECT count(*) AS n FROM games_all", "--format", "json"}, {});
  while (One("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
             "wait_event_type = 'Lock' AND query LIKE 'COPY (SELECT%'") != "1") {
    ASSERT_TRUE(ctx.SleepFor(std::chrono::milliseconds(20)).ok()) << query->Stderr();
  }
  swap(
      "UPDATE pgattic.archive SET phase = 'detached', revision = revision + 1, route = route + 1; "
      "ALTER TABLE public.past_games DETACH PARTITION public.past_games_2024_01; COMMIT");
  const auto exit = query->Wait(ctx);
  ASSERT_TRUE(exit.ok() && exit->ok()) << query->Stderr();
  EXPECT_EQ(query->Stdout(), "[\n{\"n\": 40}\n]\n");
}

TEST_F(QueryCommand, TakesParametersAsValues) {
  LoadGames({1}, 20);
  Archive();
  const std::string known = Value("SELECT min(gid) FROM archive");
  const std::string gid = known.substr(1, known.size() - 2);
  EXPECT_EQ(Value("SELECT min(gid) FROM games_all WHERE gid = ? AND month = ?",
                  {"--param", gid, "--param", "1"}),
            known);
  for (const std::string& attack : {std::string("x' OR '1'='1"), gid + "' --", std::string("%"),
                                    std::string("'; DROP TABLE archive; --"), std::string("?")}) {
    for (const char* view : {"archive", "games_all"}) {
      EXPECT_EQ(
          Query("SELECT gid FROM " + std::string(view) + " WHERE gid = ?", {"--param=" + attack})
              .size(),
          0U)
          << attack;
    }
  }
  EXPECT_EQ(ErrorOf("SELECT ?"), "InvalidArgument");
  EXPECT_EQ(ErrorOf("SELECT 1", {"--param", "a"}), "InvalidArgument");
}

TEST_F(QueryCommand, WritesEveryFormat) {
  LoadGames({1}, 10);
  const std::string sql =
      "SELECT 1 AS n, 'a,\"b\"' AS t, NULL AS nothing, '' AS empty, 1.50 AS d, true AS b, 1 AS n";
  const auto json = Query(sql);
  EXPECT_EQ(json.dump(),
            R"([{"b":true,"d":1.5,"empty":"","n":1,"n_2":1,"nothing":null,"t":"a,\"b\""}])");
  EXPECT_EQ(Pgattic({"query", sql, "--format", "csv"}).out,
            "n,t,nothing,empty,d,b,n\r\n1,\"a,\"\"b\"\"\",,\"\",1.50,true,1\r\n");
  const Ran table = Pgattic({"query", sql});
  EXPECT_NE(table.out.find("a,\"b\""), std::string::npos) << table.out;
  EXPECT_NE(table.err.find("1 row in "), std::string::npos) << table.err;
  EXPECT_EQ(Query("SELECT 1 AS n WHERE false").size(), 0U);
  const Ran wrong = Pgattic({"query", sql, "--format", "xml"});
  EXPECT_EQ(wrong.code, 2) << wrong.err;
}

TEST_F(QueryCommand, WritesAParquetFileOfTheSameTypes) {
  LoadGames({1}, 25);
  const std::string path = archive_folder() + "/out.parquet";
  const Ran ran = Pgattic({"query",
                           "SELECT gid, created_at, game_end_reason, winner_idx, "
                           "sum(1) OVER () AS total FROM games_all ORDER BY gid",
                           "--format", "parquet", "--output", path});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto rows = RowsByPyarrow("out.parquet");
  ASSERT_EQ(rows.size(), 25U);
  std::vector<std::string> expected =
      Sql("SELECT array_to_string(ARRAY[gid, created_at::text, game_end_reason::text, "
          "winner_idx::text, '25'], E'\\x1f', 'NULL') FROM public.past_games");
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(rows, expected);
  EXPECT_EQ(Pgattic({"query", "SELECT 1", "--format", "parquet"}).code, 2);
}

TEST_F(QueryCommand, LeavesNoHalfFileBehind) {
  LoadGames({1}, 10);
  const std::string path = folder() + "/out.csv";
  EXPECT_NE(
      Pgattic({"query", "SELECT error('no') FROM range(10)", "--format", "csv", "--output", path})
          .code,
      0);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
  ASSERT_EQ(Pgattic({"query", "SELECT 7 AS n", "--format", "csv", "--output", path}).code, 0);
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  EXPECT_EQ(line, "n\r");
}

TEST_F(QueryCommand, RefusesWhatIsNoQueryAndReadsNothingElse) {
  LoadGames({1}, 10);
  Archive();
  const std::string secret = folder() + "/secret.txt";
  std::ofstream(secret) << "secret";
  const std::string out = folder() + "/out";
  for (const char* sql :
       {"DROP VIEW archive", "SELECT 1; SELECT 2", "SET threads = 1", "nonsense", "CHECKPOINT"}) {
    EXPECT_EQ(ErrorOf(sql), "InvalidArgument") << sql;
  }
  EXPECT_NE(ErrorOf("COPY (SELECT 1) TO '" + out + "'"), "");
  EXPECT_NE(ErrorOf("ATTACH '" + out + "'"), "");
  EXPECT_FALSE(std::filesystem::exists(out));
  for (const std::string& sql :
       {"SELECT * FROM read_text('" + secret + "')", "SELECT * FROM read_csv('" + secret + "')",
        "SELECT * FROM read_json('" + archive_folder() +
            "/partitions/year=2024/month=01/_partition_metadata.json')",
        std::string("SELECT * FROM glob('/etc/*')")}) {
    EXPECT_EQ(ErrorOf(sql), "PermissionDenied") << sql;
  }
}

TEST_F(QueryCommand, KeepsToItsLimits) {
  LoadGames({1}, 200);
  Archive();
  EXPECT_EQ(ErrorOf("SELECT max(game_document) FROM archive", {"--max-bytes", "20KiB"}),
            "ResourceExhausted");
  EXPECT_EQ(ErrorOf("SELECT sum(game_end_reason) FROM archive", {"--max-bytes", "20KiB"}), "");
  EXPECT_EQ(ErrorOf("SELECT sum(hash(range) % 7) FROM range(1000000000000)", {"--timeout", "1s"}),
            "DeadlineExceeded");
  EXPECT_EQ(Pgattic({"query", "SELECT 1", "--timeout", "soon"}).code, 2);
  const Ran plan = Pgattic({"query", "SELECT sum(game_end_reason) FROM archive", "--explain"});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_NE(plan.out.find("game_end_reason"), std::string::npos) << plan.out;
  const Ran asked =
      Pgattic({"query", "SELECT gid FROM games_all WHERE contains(gid, ?) AND game_end_reason < ?",
               "--explain", "--param", "zq7", "--param", "7"});
  EXPECT_EQ(asked.code, 0) << asked.err;
  EXPECT_NE(asked.out.find("zq7"), std::string::npos) << asked.out;
}

TEST_F(QueryCommand, IsOverASecondAfterItsTimeAndASignalWhateverTheEngineHeeds) {
  LoadGames({1}, 20);
  Archive();
  const std::string scratch = folder() + "/scratch";
  const std::string out = folder() + "/out.csv";
  std::filesystem::create_directories(scratch);
  using Clock = std::chrono::steady_clock;
  const auto ended = [&](sandbox::Subprocess& query, Clock::time_point over) {
    const auto exit = query.Wait(OpContext().WithDeadline(std::chrono::minutes(1)));
    EXPECT_LT(Clock::now() - over, std::chrono::seconds(1));
    EXPECT_TRUE(std::filesystem::is_empty(scratch));
    EXPECT_FALSE(std::filesystem::exists(out + ".part"));
    return exit.ok() ? exit->code : -1;
  };
  // The first heeds an interrupt; in the other two one expression takes minutes, and sees none.
  for (const char* sql :
       {"SELECT count(*) FROM games_all a, games_all b, range(99999999) c(x), range(99999999) d(x)",
        "SELECT sum(levenshtein(repeat('ab', 99999), repeat('ba', 99999) || gid)) FROM games_all",
        "SELECT list_sum(list_transform(range(0, 60000000), x -> hash(x) % 7)), max(gid) FROM "
        "games_all"}) {
    const std::vector<std::string> arguments = {
        "query", sql, "--json", "--output", out, "--duckdb-scratch-folder", scratch};
    std::vector<std::string> timed = arguments;
    timed.insert(timed.end(), {"--timeout", "1500ms"});
    const auto begun = Clock::now();
    const auto by_time = Begin(timed, {});
    EXPECT_EQ(ended(*by_time, begun + std::chrono::milliseconds(1500)), 1) << sql;
    EXPECT_NE(by_time->Stdout().find("DeadlineExceeded"), std::string::npos)
        << by_time->Stdout() << by_time->Stderr();
    const auto by_signal = Begin(arguments, {});
    ASSERT_TRUE(OpContext().SleepFor(std::chrono::milliseconds(1500)).ok());
    ASSERT_TRUE(by_signal->Signal(SIGINT).ok());
    EXPECT_EQ(ended(*by_signal, Clock::now()), 75) << sql;
    EXPECT_NE(by_signal->Stdout().find("Cancelled"), std::string::npos)
        << by_signal->Stdout() << by_signal->Stderr();
  }
}

TEST_F(QueryCommand, AMissingPartIsToldAsSuch) {
  LoadGames({1, 2}, 10);
  Archive();
  std::filesystem::remove(archive_folder() +
                          "/partitions/year=2024/month=01/games_2024_01.parquet");
  EXPECT_EQ(ErrorOf("SELECT count(*) FROM archive"), "NotFound");
}

TEST_F(QueryCommand, ReadsABucketTheSameWay) {
  UseS3();
  LoadGames({1, 2}, 40);
  const std::string before = SumOfDatabase();
  Archive({"--partition", "past_games_2024_01"});
  EXPECT_EQ(Sum("games_all"), before);
  Archive();
  EXPECT_EQ(Sum("games_all"), before);
  EXPECT_EQ(Sum("archive"), before);
  EXPECT_EQ(ErrorOf("SELECT * FROM read_text('s3://" + bucket() +
                    "/partitions/year=2024/month=01/_checksums.sha256')"),
            "PermissionDenied");
  EXPECT_EQ(ErrorOf("SELECT count(*) FROM archive", {"--s3-secret-key", "wrong"}),
            "PermissionDenied");
}

}  // namespace
}  // namespace pgattic::test
