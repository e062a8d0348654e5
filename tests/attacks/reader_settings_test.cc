// What a session sees: row security, rows without an id, and settings that change PostgreSQL's
// text. And what other engines make of values that Parquet cannot hold.
#include <csignal>
#include <string>
#include <vector>

#include "attack.h"

namespace pgattic::test {
namespace {

class SettingsAttack : public Attack {
 protected:
  void NothingMoved() {
    EXPECT_EQ(One("SELECT to_regclass('public.events_2024_01_late') IS NULL"), "t");
    AsSuperuser("ALTER TABLE public.events NO FORCE ROW LEVEL SECURITY");
    AsSuperuser("ALTER TABLE public.events_2024_01 NO FORCE ROW LEVEL SECURITY");
    EXPECT_EQ(Session(admin_url()).One("SELECT count(*) FROM public.events"), "400");
  }
};

TEST_F(SettingsAttack, RowsHiddenFromTheirOwnerAreAnErrorAndNotAbsent) {
  Sql().Run(
      "CREATE POLICY p ON public.events_2024_01 USING (id <> 'e1'); "
      "ALTER TABLE public.events_2024_01 ENABLE ROW LEVEL SECURITY; "
      "ALTER TABLE public.events_2024_01 FORCE ROW LEVEL SECURITY");
  ASSERT_EQ(Session(url()).One("SELECT count(*) FROM public.events_2024_01"), "212");
  ExpectRefused(Pgattic({"archive"}), "row-level security");
  EXPECT_EQ(Archived().size(), 0U);
  NothingMoved();
}

TEST_F(SettingsAttack, APolicyThatAppearsAfterTheMarkStopsTheSwap) {
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "marked"}));
  Sql().Run(
      "CREATE POLICY p ON public.events_2024_01 USING (id <> 'e1'); "
      "ALTER TABLE public.events_2024_01 ENABLE ROW LEVEL SECURITY; "
      "ALTER TABLE public.events_2024_01 FORCE ROW LEVEL SECURITY");
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "row-level security");
  NothingMoved();
}

TEST_F(SettingsAttack, RowSecurityThatTheOwnerPassesIsKeptOnTheLatePartition) {
  Sql().Run(
      "CREATE POLICY p ON public.events USING (id <> 'e1'); "
      "ALTER TABLE public.events ENABLE ROW LEVEL SECURITY; "
      "ALTER TABLE public.events_2024_01 ENABLE ROW LEVEL SECURITY");
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01"}));
  EXPECT_EQ(Archived().size(), 213U);
  EXPECT_EQ(One("SELECT relrowsecurity FROM pg_class WHERE relname = 'events_2024_01_late'"), "t");
}

TEST_F(SettingsAttack, ARowWithoutIdIsRefused) {
  Sql().Run("ALTER TABLE public.events ALTER id DROP NOT NULL");
  Sql().Run("INSERT INTO public.events VALUES (NULL, '2024-01-05', 1, 'x')");
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "have no id in \"id\"");
  EXPECT_EQ(One("SELECT count(*) FROM public.events"), "401");
}

TEST_F(SettingsAttack, ARowWithoutIdThatComesAfterTheMarkStopsTheSwap) {
  Sql().Run("ALTER TABLE public.events ALTER id DROP NOT NULL");
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "marked"}));
  Sql().Run("INSERT INTO public.events VALUES (NULL, '2024-01-05', 1, 'x')");
  const Ended ended = Pgattic({"archive", "--partition", "events_2024_01"});
  EXPECT_NE(ended.code, 0) << ended.text();
  EXPECT_NE(Pgattic({"archive", "--partition", "events_2024_01"}).code, 0);
  EXPECT_EQ(One("SELECT count(*) FROM public.events"), "401");
}

/// Text forms of every type whose output depends on a setting.
class TextAttack : public Attack {
 protected:
  void SetUp() override {
    SetUpEmpty();
    Sql().Run(R"sql(
CREATE TABLE public.events (
  id text NOT NULL, at timestamptz NOT NULL, f float8, fs float8[], d date, ds date[],
  t timestamptz, ts timestamptz[], i interval, b bytea, m numeric, words text[])
  PARTITION BY RANGE (at);
CREATE TABLE public.events_2024_01 PARTITION OF public.events
  FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00');
INSERT INTO public.events VALUES
  ('a', '2024-01-02 03:04:05.678901+00', 0.1::float8 + 0.2::float8,
   ARRAY[0.1::float8 + 0.2::float8, 'NaN', '-Infinity'], '2024-02-01', '{2024-02-01,2024-12-11}',
   '2024-01-02 03:04:05+00', ARRAY[timestamptz '2024-01-02 03:04:05+00'],
   '1 year 2 mons -3 days 04:05:06.7', '\x00ff5c', 12.50, ARRAY['NULL', NULL, 'a"b']);
)sql");
    ExpectDone(Pgattic({"init"}));
  }
};

TEST_F(TextAttack, SettingsOfRoleAndDatabaseChangeNothing) {
  const Ended before = Pgattic({"get", "a"});
  ExpectDone(before);
  for (const char* setting :
       {"extra_float_digits = 0", "DateStyle = 'SQL, DMY'", "IntervalStyle = 'iso_8601'",
        "bytea_output = 'escape'", "search_path = 'pg_catalog, public'",
        "default_transaction_isolation = 'repeatable read'", "TimeZone = 'America/St_Johns'",
        "idle_session_timeout = '50ms'", "idle_in_transaction_session_timeout = '50ms'",
        "statement_timeout = '40ms'", "lock_timeout = '10ms'", "array_nulls = off",
        "client_encoding = 'LATIN1'", "enable_indexscan = off", "lc_monetary = 'C'",
        "synchronize_seqscans = on", "default_transaction_read_only = off"}) {
    AsSuperuser("ALTER ROLE keeper IN DATABASE " + database() + " SET " + setting);
    AsSuperuser("ALTER DATABASE " + database() + " SET " + setting);
  }
  Session client(url());
  ASSERT_EQ(client.One("SHOW default_transaction_isolation"), "repeatable read");
  ASSERT_EQ(client.One("SELECT 0.1::float8 + 0.2::float8"), "0.3");
  ExpectDone(Pgattic({"archive"}));
  const Ended after = Pgattic({"get", "a"});
  ExpectDone(after);
  EXPECT_EQ(after.json().at("tier"), "archive");
  EXPECT_EQ(after.json().at("row"), before.json().at("row"));
  EXPECT_EQ(after.json().at("row").at("fs"), "{0.30000000000000004,NaN,-Infinity}");
  EXPECT_EQ(after.json().at("row").at("ds"), "{2024-02-01,2024-12-11}");
}

TEST_F(TextAttack, TheEnvironmentOfTheClientChangesNothing) {
  const Ended before = Pgattic({"get", "a"});
  ExpectDone(before);
  const std::map<std::string, std::string> env = {
      {"PGTZ", "Pacific/Kiritimati"}, {"TZ", "America/Los_Angeles"},
      {"PGDATESTYLE", "German"},      {"PGOPTIONS", "-c extra_float_digits=-10"},
      {"LC_ALL", "de_DE.UTF-8"},      {"PGCLIENTENCODING", "LATIN1"}};
  ExpectDone(Pgattic({"archive"}, env));
  const Ended after = Pgattic({"get", "a"}, env);
  ExpectDone(after);
  EXPECT_EQ(after.json().at("tier"), "archive");
  EXPECT_EQ(after.json().at("row"), before.json().at("row"));
}

TEST_F(TextAttack, ALateWriterIsSeenUnderRepeatableReadAsDefault) {
  AsSuperuser("ALTER DATABASE " + database() +
              " SET default_transaction_isolation = 'repeatable read'");
  ExpectDone(Pgattic({"archive", "--until", "marked"}));
  auto program = StartAndStopAt("swap.before_lock", {"archive", "--until", "detached"});
  Session writer(url());
  writer.Run("BEGIN; INSERT INTO public.events (id, at) VALUES ('late', '2024-01-31')");
  ASSERT_TRUE(program->Signal(SIGCONT).ok());
  ASSERT_TRUE(Await(
      [&] {
        return One("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = "
                   "'public.events_2024_01'::regclass AND mode = 'ShareLock' AND NOT granted)") ==
               "t";
      },
      "the fence to wait"));
  writer.Run("COMMIT");
  ExpectDone(Finish(*program));
  ExpectFound({"a", "late"}, "archive");
}

TEST_F(TextAttack, OtherEnginesReadInfiniteDatesAsPostgresqlWritesThem) {
  Sql().Run(
      "INSERT INTO public.events (id, at, d, t) VALUES "
      "('inf', '2024-01-03', 'infinity', '-infinity'), "
      "('old', '2024-01-04', '0044-03-15 BC', '294276-12-31 23:59:59.999999+00')");
  ExpectDone(Pgattic({"archive"}));
  const std::vector<std::string> wanted = {"a|2024-02-01|2024-01-02 03:04:05+00",
                                           "inf|infinity|-infinity",
                                           "old|0044-03-15 BC|294276-12-31 23:59:59.999999+00"};
  const std::string files = archive_folder() + "/**/partitions/*/*/*.parquet";
  EXPECT_EQ(Python("import duckdb, sys\n"
                   "for r in duckdb.sql(f\"SELECT id, d, t FROM '{sys.argv[1]}' ORDER BY id\")"
                   ".fetchall(): print('|'.join(map(str, r)))",
                   {files}),
            wanted);
  EXPECT_EQ(Python("import glob, sys, pyarrow.parquet as pq\n"
                   "for f in glob.glob(sys.argv[1], recursive=True):\n"
                   "  for r in sorted(pq.ParquetFile(f).read(['id', 'd', 't']).to_pylist(), "
                   "key=lambda r: r['id']): print('|'.join(map(str, r.values())))",
                   {files}),
            wanted);
  const Ended got = Pgattic({"get", "old"});
  EXPECT_EQ(got.json().at("row").at("d"), "0044-03-15 BC") << got.text();
}

}  // namespace
}  // namespace pgattic::test
