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
                                                       {"public.byint", "only date, timestamp"},
                                                       {"public.past_games", "has no column"}};
  for (const auto& [table, words] : cases) {
    ConfigureSource("[[source]]\ntable = \"" + std::string(table) + "\"\nid_column = \"id\"\n");
    Refuses({"archive"}, 1, words);
  }
}

TEST_F(BadInput, ConfigurationMistakesNameFileLineAndNearestKey) {
  const std::string line = config() + ":7: ";
  Configure("file://" + archive_folder(), "worker = 2");
  Refuses({"plan"}, 2, line + "unknown key 'run.worker'; did you mean 'run.workers'?");
  Configure("file://" + archive_folder(), "snapshot_wait = \"10 parsecs\"");
  Refuses({"plan"}, 2, line + "run.snapshot_wait: '10 parsecs' is not a duration");
  Configure("ftp://x", "");
  Refuses({"archive"}, 2, config() + ":4: archive.url: 'ftp://x' is neither file:///");
  Configure("file:///nonexistent/folder", "");
  Refuses({"archive"}, 1, "/nonexistent/folder");
}

TEST_F(BadInput, ArgumentsThatCannotBeMeant) {
  const Ran bytes = Pgattic({"rollback", "p\xff", "--json"});
  EXPECT_EQ(bytes.code, 2) << bytes.err;
  EXPECT_EQ(bytes.json().at("error").at("code"), "InvalidArgument") << bytes.out;
  Refuses({"erase", "--ids-file", folder()}, 2, "cannot be read; nothing was changed");
  Refuses({"erase", "--ids-file", "/dev/null"}, 2, "holds no id");
  Refuses({"restore", "p", "--ids", "/dev/null"}, 2, "belong together");
  Refuses({"query", "SELECT 1", "--timeout", "0"}, 2, "--timeout 0");
  Refuses({"query", "SELECT 1", "--max-bytes", "-1"}, 2, "while reading --max-bytes");
  const Ran scrub = Pgattic({"scrub", "--max-bytes", "lots"});
  EXPECT_EQ(scrub.code, 2) << scrub.err;
  EXPECT_EQ(scrub.out, "");
  ConfigureSource("[[source]]\ntable = \"public.past_games\"\nid_column = \"gid\"\n");
  Refuses({"report", "scores"}, 2, "profile = \"games\"");
}

TEST_F(BadInput, HazardsAndUnknownNames) {
  Sql("CREATE TABLE public.keyed (gid text, at timestamptz, PRIMARY KEY (gid, at)) PARTITION BY "
      "RANGE (at)");
  Sql("CREATE TABLE public.nullable (gid text, at timestamptz) PARTITION BY RANGE (at)");
  for (const char* table : {"keyed", "nullable"}) {
    Sql("CREATE TABLE public." + std::string(table) + "_1 PARTITION OF public." + table +
        " FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')");
  }
  Sql("INSERT INTO public.keyed VALUES ('a', '2024-01-02')");
  Sql("INSERT INTO public.nullable VALUES (NULL, '2024-01-02')");
  Refuses({"archive", "--partition", "past_games_1999_01"}, 2, "no source has a partition");
  Refuses({"archive", "--until", "finished"}, 2, "no phase is called");
  Refuses({"rollback", "past_games_2024_01"}, 2, "no archive of a partition");
  Refuses({"archive", "--partition", "other.past_games_2024_01"}, 2, "no source has a partition");
  Refuses({"archive", "--partition", "past_games_2024_01", "--source-retention-months", "1200"}, 1,
          "younger than 1200 months");
  Sql("CREATE TABLE public.fan (gid text, at timestamptz, FOREIGN KEY (gid, at) REFERENCES "
      "public.keyed)");
  for (const char* source : {"public.keyed", "public.nullable"}) {
    ConfigureSource("[[source]]\ntable = \"" + std::string(source) + "\"\nid_column = \"gid\"\n");
    Refuses({"archive"}, 1,
            source == std::string("public.keyed") ? "foreign key" : "some rows have no id");
  }
  Configure("file://" + archive_folder(), "");
  Sql("CREATE VIEW public.v AS SELECT gid FROM public.past_games_2024_01");
  Refuses({"archive", "--partition", "past_games_2024_01"}, 1, "depends on the partition");
  Sql("DROP VIEW public.v");
  Sql("CREATE TABLE public.other PARTITION OF public.past_games DEFAULT");
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('stray', "
      "'1999-01-20', 2, 0)");
  Refuses({"archive", "--partition", "past_games_2024_01"}, 1, "DEFAULT partition", "41");
}

TEST_F(BadInput, APartitionThatOwnsTheSequenceOfTheParentsDefault) {
  Sql("CREATE TABLE public.legacy (n bigserial, gid text, at timestamptz NOT NULL)");
  Sql("CREATE TABLE public.numbered (n bigint NOT NULL DEFAULT nextval('public.legacy_n_seq'), gid "
      "text, at timestamptz NOT NULL) PARTITION BY RANGE (at)");
  Sql("ALTER TABLE public.numbered ATTACH PARTITION public.legacy FOR VALUES FROM ('2024-01-01') "
      "TO ('2024-02-01')");
  Sql("CREATE TABLE public.numbered_2 PARTITION OF public.numbered FOR VALUES FROM ('2024-02-01') "
      "TO ('2024-03-01')");
  Sql("INSERT INTO public.numbered (gid, at) VALUES ('a', '2024-01-02'), ('b', '2024-02-02')");
  ConfigureSource("[[source]]\ntable = \"public.numbered\"\nid_column = \"gid\"\ngrace = \"0\"\n");
  Refuses({"archive"}, 1,
          "sequence public.legacy_n_seq, which default value for column n of table");
  const std::string archived =
      "SELECT string_agg(partition_name, ',' ORDER BY 1) FROM pgattic.archive WHERE phase = "
      "'archived'";
  EXPECT_EQ(One(archived), "numbered_2");
  Sql("ALTER SEQUENCE public.legacy_n_seq OWNED BY public.numbered.n");
  Works({"archive"});
  EXPECT_EQ(One(archived), "legacy,numbered_2");
}

TEST_F(BadInput, SchemasAndRightsThatAreNotOurs) {
  Sql("UPDATE pgattic.schema_version SET version = 99");
  Refuses({"archive"}, 1, "version 99");
  Sql("DROP SCHEMA pgattic CASCADE");
  Admin("CREATE SCHEMA pgattic");
  Refuses({"init"}, 1, "where somebody else's schema has that name");
  Admin("DROP SCHEMA pgattic");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Admin("ALTER TABLE public.past_games OWNER TO postgres");
  Admin("ALTER TABLE public.past_games_2024_01 OWNER TO postgres");
  const Ran denied = Pgattic({"archive"});
  EXPECT_EQ(denied.code, 1) << denied.out;
  EXPECT_NE(denied.err.find("past_games"), std::string::npos) << denied.err;
  Admin("ALTER TABLE public.past_games OWNER TO woogles");
  Admin("ALTER TABLE public.past_games_2024_01 OWNER TO woogles");
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "40");
}

TEST_F(BadInput, APartitionDetachedByHand) {
  ASSERT_EQ(Pgattic({"archive", "--until", "marked"}).code, 0);
  Sql("ALTER TABLE public.past_games DETACH PARTITION public.past_games_2024_01");
  const Ran ran = Pgattic({"archive"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.err.find("no longer the partition"), std::string::npos) << ran.err;
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games_2024_01"), "40");
  // A rollback does not claim what is not so.
  const Ran back = Pgattic({"rollback", "past_games_2024_01"});
  EXPECT_EQ(back.code, 0) << back.err;
  EXPECT_NE(back.out.find("it is not a partition of public.past_games"), std::string::npos)
      << back.out;
  Sql("ALTER TABLE public.past_games ATTACH PARTITION public.past_games_2024_01 FOR VALUES FROM "
      "('2024-01-01 00:00:00+00') TO ('2024-02-01 00:00:00+00')");
  EXPECT_EQ(Pgattic({"archive"}).code, 0);
}

}  // namespace
}  // namespace pgattic::test
