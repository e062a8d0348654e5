// deploy/sql: with these grants and no others the main path runs.
#include "served_archive.h"
#include "tests/deploy/tool.h"

namespace pgattic::test {
namespace {

class Grants : public ServedArchive {
 protected:
  /// The table's owner owns nothing else, so that what is granted on games has to be granted.
  void SetUp() override {
    ServedArchive::SetUp();
    Admin(
        "DO $$ DECLARE r text; BEGIN\n"
        "  FOREACH r IN ARRAY '{past_games_owner,looker}'::text[] LOOP\n"
        "    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN\n"
        "      EXECUTE 'CREATE ROLE ' || r || ' LOGIN'; END IF;\n"
        "  END LOOP;\n"
        "  FOR r IN SELECT 'public.past_games' UNION ALL\n"
        "           SELECT inhrelid::regclass::text FROM pg_inherits\n"
        "           WHERE inhparent = 'public.past_games'::regclass LOOP\n"
        "    EXECUTE 'ALTER TABLE ' || r || ' OWNER TO past_games_owner';\n"
        "  END LOOP; END $$");
    Psql("grants.sql", {"owner=past_games_owner", "schema=public", "role=archiver"});
  }

  void Psql(const std::string& file, const std::vector<std::string>& variables) {
    std::vector<std::string> argv = {"psql", "-X", "-q", "-d", UrlOf("postgres")};
    for (const std::string& variable : variables) argv.insert(argv.end(), {"-v", variable});
    argv.insert(argv.end(), {"-f", InSources("deploy/sql/" + file)});
    const auto ran = RunTool(argv);
    ASSERT_TRUE(ran.exit.ok()) << ran.out << ran.err;
  }

  /// Runs a command as this role.
  Ran As(const std::string& role, const std::vector<std::string>& arguments) {
    Ran ran = Pgattic(arguments, {{"PGATTIC_DATABASE_URL", UrlOf(role)}});
    last_ = ran.out + ran.err;
    return ran;
  }
  std::string last_;
};

TEST_F(Grants, AreEnoughForTheWholeLifeOfAnArchive) {
  Psql("grants.sql", {"owner=past_games_owner", "schema=public", "role=archiver"});
  ASSERT_EQ(As("archiver", {"init"}).code, 0) << last_;
  Admin(
      "DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM archiver', "
      "current_database()); END $$");
  EXPECT_EQ(As("archiver", {"init"}).code, 0) << last_;
  EXPECT_EQ(As("archiver", {"doctor"}).code, 0) << last_;
  EXPECT_EQ(As("archiver", {"plan"}).code, 0) << last_;
  const std::string month = "past_games_2024_01";
  ASSERT_EQ(As("archiver", {"archive", "--partition", month, "--until", "detached"}).code, 0)
      << last_;
  EXPECT_EQ(As("archiver", {"rollback", month}).code, 0) << last_;
  ASSERT_EQ(As("archiver", {"archive"}).code, 0) << last_;
  EXPECT_EQ(As("archiver", {"verify"}).code, 0) << last_;
  EXPECT_EQ(As("archiver", {"get", SomeId()}).json()["tier"], "archive") << last_;
  EXPECT_EQ(As("archiver", {"status", "--json"}).json()["archives"].size(), 3U) << last_;
}

TEST_F(Grants, GiveNoMoreThanTheySay) {
  EXPECT_EQ(One("SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls OR rolreplication "
                "FROM pg_roles WHERE rolname = 'archiver'"),
            "f");
  EXPECT_EQ(One("SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE "
                "table_name = 'games' AND has_column_privilege('archiver', 'public.games', "
                "column_name, 'UPDATE')"),
            "migration_status");
  EXPECT_EQ(One("SELECT has_table_privilege('archiver', 'public.games', 'INSERT, DELETE') OR "
                "has_table_privilege('archiver', 'public.users', 'SELECT')"),
            "f");
}

TEST_F(Grants, OfAReaderAreEnoughToReadAndNotToChange) {
  ASSERT_EQ(As("archiver", {"init"}).code, 0) << last_;
  ASSERT_EQ(As("archiver", {"archive", "--partition", "past_games_2024_01"}).code, 0) << last_;
  Psql("reader.sql", {"schema=public", "table=past_games", "role=looker", "journal=archiver"});
  const std::string id = SomeId();
  EXPECT_EQ(As("looker", {"get", id}).json()["tier"], "archive") << last_;
  EXPECT_EQ(As("looker", {"status"}).code, 0) << last_;
  StartServing({"--database-url", UrlOf("looker")});
  const Page page = web().Get("/v1/games/" + id);
  EXPECT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.json()["game"]["players"].size(), 2U);
  EXPECT_EQ(web().Get("/readyz").status, 200);
  // Of the months, of which it may read none by name.
  EXPECT_NE(web().Get("/metrics").body.find("\npgattic_journal_up 1\n"), std::string::npos);
  const auto months = web().Get("/v1/overview").json().at("months");
  ASSERT_EQ(months.size(), 3U);
  EXPECT_EQ(months[0].at("database_rows"), 0) << months[0];
  EXPECT_GT(months[1].at("database_rows"), 0) << months[1];
  const std::string before = As("looker", {"status", "--json"}).out;
  EXPECT_EQ(As("looker", {"archive"}).code, 1) << last_;
  EXPECT_EQ(As("looker", {"status", "--json"}).out, before);
}

}  // namespace
}  // namespace pgattic::test
