#include <fstream>

#include "game_archive.h"

namespace pgattic::test {
namespace {

class BadInput : public GameArchive {
 protected:
  void SetUp() override {
    GameArchive::SetUp();
    LoadMonths({1}, 40);
    ASSERT_EQ(Pgattic({"init"}).code, 0);
  }
  /// Runs, expects the code and the words, and that no row moved.
  void Refuses(const std::vector<std::string>& arguments, int code, const std::string& words,
               const std::string& rows = "40") {
    const Ran ran = Pgattic(arguments);
    EXPECT_EQ(ran.code, code) << ran.out << ran.err;
    EXPECT_NE((ran.out + ran.err).find(words), std::string::npos) << ran.out << ran.err;
    EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), rows);
  }
};

TEST_F(BadInput, TablesThatCannotBeArchived) {
  Sql("CREATE TABLE public.plain (id int)");
  Sql("CREATE TABLE public.listed (id int, at date) PARTITION BY LIST (at)");
  Sql("CREATE TABLE public.hashed (id int, at date) PARTITION BY HASH (id)");
  Sql("CREATE TABLE public.expr (id int, at date) PARTITION BY RANGE ((at + 1))");
  Sql("CREATE TABLE public.byint (id int, at date) PARTITION BY RANGE (id)");
  const std::pair<const char*, const char*> cases[] = {{"public.nothing", "there is no table"},
                                                       {"public.plain", "not a partitioned table"},
                                                       {"public.listed", "LIST"},
                                                       {"public.hashed", "HASH"},
                                                       {"public.expr", "expression"},
                                                       {"public.byint", "only date, timestamp"}};
  for (const auto& [table, words] : cases) {
    std::ofstream(folder() + "/pgattic.toml")
        << "[database]\nurl = \"" << url() << "\"\n[archive]\nurl = \"file://" << archive_folder()
        << "\"\n[[source]]\ntable = \"" << table << "\"\nid_column = \"id\"\n";
    Refuses({"archive"}, 1, words);
  }
}

TEST_F(BadInput, ConfigurationMistakesNameFileLineAndNearestKey) {
  Configure("file://" + archive_folder(), "worker = 2");
  Refuses({"plan"}, 2, "did you mean 'run.workers'?");
  Configure("file://" + archive_folder(), "snapshot_wait = \"10 parsecs\"");
  Refuses({"plan"}, 2, "is not a duration");
  Configure("ftp://x", "");
  Refuses({"archive"}, 2, "neither file:///");
}

TEST_F(BadInput, StoresThatAreNotThere) {
  Configure("file:///nonexistent/folder", "");
  Refuses({"archive"}, 1, "/nonexistent/folder");
  Configure("s3://bucket",
            "[s3]\nendpoint = \"http://127.0.0.1:1\"\naccess_key = "
            "\"a\"\nsecret_key = \"never-shown\"");
  Refuses({"archive"}, 1, "127.0.0.1:1");
  EXPECT_EQ(Pgattic({"archive"}).err.find("never-shown"), std::string::npos);
}

TEST_F(BadInput, HazardsAndUnknownNames) {
  Refuses({"archive", "--partition", "past_games_1999_01"}, 2, "no source has a partition");
  Refuses({"archive", "--until", "finished"}, 2, "no phase is called");
  Refuses({"rollback", "past_games_2024_01"}, 2, "no archive of a partition");
  Sql("CREATE VIEW public.v AS SELECT gid FROM public.past_games_2024_01");
  Refuses({"archive", "--partition", "past_games_2024_01"}, 1, "depends on the partition");
  Sql("DROP VIEW public.v");
  Sql("CREATE TABLE public.other PARTITION OF public.past_games DEFAULT");
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('stray', "
      "'1999-01-20', 2, 0)");
  Refuses({"archive", "--partition", "past_games_2024_01"}, 1, "DEFAULT partition", "41");
}

TEST_F(BadInput, AnotherVersionOfTheJournal) {
  Sql("UPDATE pgattic.schema_version SET version = 99");
  Refuses({"archive"}, 1, "version 99");
}

TEST_F(BadInput, APartitionDetachedByHand) {
  ASSERT_EQ(Pgattic({"archive", "--until", "marked"}).code, 0);
  Sql("ALTER TABLE public.past_games DETACH PARTITION public.past_games_2024_01");
  const Ran ran = Pgattic({"archive"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.err.find("no longer the partition"), std::string::npos) << ran.err;
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games_2024_01"), "40");
}

}  // namespace
}  // namespace pgattic::test
