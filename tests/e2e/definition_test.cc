// The table's definition beside the archives: current after every run, whatever happened in
// between.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "game_archive.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

class Definition : public GameArchive {
 protected:
  std::string path() const { return archive_folder() + "/athena_schemas/game_partitions.sql"; }
  std::string Stored() const {
    std::stringstream text;
    text << std::ifstream(path()).rdbuf();
    return text.str();
  }
  bool Names(const std::string& part) const { return Stored().find(part) != std::string::npos; }
  Ran Archive(const std::vector<std::string>& more = {},
              const std::map<std::string, std::string>& env = {}) {
    std::vector<std::string> arguments = {"archive"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Pgattic(arguments, env);
  }
};

TEST_F(Definition, IsWhatDdlPrintsAndWrittenOnceForWhatItIsOf) {
  LoadMonths({1, 2}, 10);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  EXPECT_EQ(Pgattic({"ddl", "athena"}).code, 1) << "nothing is archived";
  ASSERT_EQ(Archive({"--partition", "past_games_2024_01"}).code, 0);
  EXPECT_TRUE(Names("games_2024_01.parquet"));
  EXPECT_FALSE(Names("games_2024_02.parquet"));
  ASSERT_EQ(Archive().code, 0);
  EXPECT_TRUE(Names("games_2024_02.parquet"));
  const Ran printed = Pgattic({"ddl", "athena"});
  EXPECT_EQ(printed.out, Stored() + "\n");
  const auto written = fs::last_write_time(path());
  ASSERT_EQ(Archive().code, 0);
  EXPECT_EQ(fs::last_write_time(path()), written) << "nothing was published";
  ASSERT_EQ(Archive({"--athena-database", "arch"}).code, 0);
  EXPECT_TRUE(Names("`arch`.`past_games_files`")) << "the configuration changed";
}

TEST_F(Definition, ARunThatWasKilledBeforeItIsMadeUpFor) {
  LoadMonths({1}, 10);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  EXPECT_EQ(Archive({}, {{"PGATTIC_FAILPOINT", "publish.after_record"}}).signal, SIGKILL);
  EXPECT_FALSE(fs::exists(path()));
  ASSERT_EQ(Archive().code, 0);
  EXPECT_TRUE(Names("games_2024_01.parquet"));
}

TEST_F(Definition, GoesWithTheLastArchive) {
  LoadMonths({1, 2}, 10);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Archive({"--until", "detached"}).code, 0);
  ASSERT_EQ(Pgattic({"rollback", "past_games_2024_01"}).code, 0);
  EXPECT_FALSE(Names("games_2024_01.parquet"));
  EXPECT_TRUE(Names("games_2024_02.parquet"));
  ASSERT_EQ(Pgattic({"rollback", "past_games_2024_02"}).code, 0);
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(Definition, IsWhatDdlPrintsAfterEveryRun) {
  LoadMonths({1, 2}, 10);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const auto run = [&](const std::vector<std::string>& arguments) {
    const Ran ran = Pgattic(arguments);
    EXPECT_EQ(ran.code, 0) << arguments[0] << ": " << ran.err << ran.out;
    EXPECT_EQ(Pgattic({"ddl", "athena"}).out, Stored() + "\n") << "after " << arguments[0];
    EXPECT_TRUE(Names("games_2024_02.parquet")) << "after " << arguments[0];
  };
  const auto gid_of = [&](const char* table) {
    return One("SELECT min(gid) FROM public." + std::string(table));
  };
  const std::string gid = gid_of("past_games_2024_01");
  run({"archive", "--until", "marked"});
  run({"archive"});
  std::string before = Stored();
  run({"erase", gid});
  EXPECT_NE(Stored(), before) << "other parts count";
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('late', "
      "'2024-01-20', 2, 0)");
  before = Stored();
  run({"archive"});
  EXPECT_NE(Stored(), before) << "one part more";
  run({"restore", "past_games_2024_01"});
  run({"archive", "--partition", "past_games_2024_01"});
  for (const std::vector<std::string>& anew :
       {std::vector<std::string>{"scrub"}, {"rebuild"}, {"reconcile", "--repair"}, {"archive"}}) {
    fs::remove(path());
    run(anew);
  }
}

TEST_F(Definition, LeavesWhatIsNotOurs) {
  LoadMonths({1}, 10);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  fs::create_directories(archive_folder() + "/athena_schemas");
  std::ofstream(path()) << "-- mine";
  const Ran ran = Archive();
  EXPECT_EQ(ran.code, 0) << "the archives are not concerned";
  EXPECT_NE(ran.err.find("left as it is"), ran.err.npos) << ran.err;
  EXPECT_EQ(Stored(), "-- mine");
}

TEST_F(Definition, EveryDialectAndWhatIsNone) {
  LoadMonths({1}, 10);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Archive().code, 0);
  for (const char* dialect : {"athena", "trino", "duckdb", "glue"}) {
    const Ran ran = Pgattic({"ddl", dialect, "--json"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    const auto definition = ran.json()["definitions"].at(0);
    EXPECT_EQ(definition["source"], "public.past_games");
    EXPECT_EQ(definition["dialect"], dialect);
    EXPECT_NE(definition["ddl"].get<std::string>().find("past_games"), std::string::npos);
  }
  EXPECT_EQ(Pgattic({"ddl", "mysql"}).code, 2);
  EXPECT_EQ(Pgattic({"ddl", "trino", "--source", "public.none"}).code, 2);
}

}  // namespace
}  // namespace pgattic::test
