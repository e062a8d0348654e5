// Time zones, daylight saving, the edges of a month, and partitions that are no months.
#include "attack.h"

namespace pgattic::test {
namespace {

class TimeAttack : public Attack {
 protected:
  void SetUp() override {}
  /// One row at each instant, with the ids given, in the order of `at`.
  std::string BoundsOf(const std::string& partition) {
    return One("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = '" + partition +
               "'::regclass");
  }
};

TEST_F(TimeAttack, MonthsOfAServerInNewYorkKeepTheirEdgesAcrossDaylightSaving) {
  auto started = sandbox::PostgresCluster::Start(OpContext(), {.timezone = "America/New_York"});
  ASSERT_TRUE(started.ok()) << started.status().ToString();
  UseCluster(**started);
  SetUpEmpty();
  Sql().Run(R"sql(
CREATE TABLE public.events (id text NOT NULL, at timestamptz NOT NULL, n integer)
  PARTITION BY RANGE (at);
CREATE TABLE public.m02 PARTITION OF public.events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE public.m03 PARTITION OF public.events FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
CREATE TABLE public.m11 PARTITION OF public.events FOR VALUES FROM ('2024-11-01') TO ('2024-12-01');
INSERT INTO public.events VALUES
  ('feb-first', '2024-02-01', 1), ('feb-leap', '2024-02-29 12:00', 2),
  ('feb-last', '2024-02-29 23:59:59.999999', 3),
  ('mar-first', '2024-03-01', 4), ('mar-before', '2024-03-10 01:59:59.999999', 5),
  ('mar-after', '2024-03-10 03:00', 6), ('mar-last', '2024-03-31 23:59:59.999999', 7),
  ('nov-first', '2024-11-01', 8), ('nov-one', '2024-11-03 01:30-04', 9),
  ('nov-two', '2024-11-03 01:30-05', 10), ('nov-last', '2024-11-30 23:59:59.999999', 11);
)sql");
  ASSERT_NE(BoundsOf("m11").find("2024-11-01 00:00:00-04"), std::string::npos);
  const std::vector<std::string> rows = Live("public.events");
  const std::string bounds = BoundsOf("m03");
  const std::map<std::string, std::string> east = {{"PGTZ", "Pacific/Kiritimati"}};
  const std::map<std::string, std::string> west = {{"PGTZ", "Pacific/Niue"},
                                                   {"TZ", "Pacific/Niue"}};
  ExpectDone(Pgattic({"init"}, east));
  ExpectDone(Pgattic({"archive", "--until", "uploaded"}, east));
  ExpectDone(Pgattic({"archive", "--until", "marked"}, west));
  ExpectDone(Pgattic({"archive", "--until", "detached"}));
  EXPECT_EQ(BoundsOf("m03_late"), bounds);
  Sql().Run("INSERT INTO public.events VALUES ('late', '2024-03-31 23:59:59.999999', 12)");
  ExpectDone(Pgattic({"rollback", "m03"}, east));
  EXPECT_EQ(BoundsOf("m03"), bounds);
  EXPECT_EQ(One("SELECT count(*) FROM public.m03"), "5");
  Sql().Run("DELETE FROM public.events WHERE id = 'late'");
  Configure(archive_url(), "",
            "[[source]]\ntable = \"public.events\"\nid_column = \"id\"\ngrace = \"0\"\n"
            "allow_changes = true\n");
  ExpectDone(Pgattic({"archive"}, west));
  EXPECT_EQ(Archived(), rows);
  EXPECT_EQ(Archived("**/month=03/*.parquet").size(), 4U);
  EXPECT_EQ(Archived("**/month=11/*.parquet").size(), 4U);
  ExpectFound({"feb-first", "feb-last", "mar-first", "mar-last", "nov-one", "nov-two"}, "archive");
  const std::pair<const char*, const char*> edges[] = {{"mar-first", "2024-03-01T05:00:00Z"},
                                                       {"mar-last", "2024-04-01T03:59:59.999999Z"}};
  for (const auto& [id, at] : edges) ExpectFound({id}, "archive", {"--created-at", at});
}

TEST_F(TimeAttack, PartitionsByDayQuarterAndYearOfEveryType) {
  SetUpEmpty();
  std::string sources;
  std::map<std::string, std::vector<std::string>> rows;
  const std::pair<const char*, const char*> kinds[] = {
      {"date", "bigint"}, {"timestamp", "uuid"}, {"timestamptz", "text"}};
  for (const auto& [type, id_type] : kinds) {
    const std::string table = std::string("public.by_") + type;
    const bool is_date = std::string(type) == "date";
    const std::string last = is_date ? "" : " 23:59:59.999999";
    const auto id = [&](int n) {
      const std::string digits = std::to_string(n);
      return std::string(id_type) == "uuid" ? "'00000000-0000-0000-0000-00000000000" + digits + "'"
                                            : "'" + digits + "'";
    };
    Sql().Run("SET TimeZone = 'UTC'; CREATE TABLE " + table + " (k " + id_type + " NOT NULL, d " +
              type + " NOT NULL) PARTITION BY RANGE (d)");
    const std::string of = " PARTITION OF " + table + " FOR VALUES FROM ";
    Sql().Run("CREATE TABLE " + table + "_y" + of + "('2022-01-01') TO ('2023-01-01')");
    Sql().Run("CREATE TABLE " + table + "_q" + of + "('2023-01-01') TO ('2023-04-01')");
    Sql().Run("CREATE TABLE " + table + "_d1" + of + "('2023-04-01') TO ('2023-04-02')");
    Sql().Run("CREATE TABLE " + table + "_d2" + of + "('2023-04-02') TO ('2023-04-03')");
    Sql().Run("INSERT INTO " + table + " VALUES (" + id(1) + ", '2022-01-01'), (" + id(2) +
              ", '2022-12-31" + last + "'), (" + id(3) + ", '2023-01-01'), (" + id(4) +
              ", '2023-03-31" + last + "'), (" + id(5) + ", '2023-04-01'), (" + id(6) +
              ", '2023-04-01" + last + "'), (" + id(7) + ", '2023-04-02')");
    sources += "[[source]]\ntable = \"" + table + "\"\nid_column = \"k\"\ngrace = \"0\"\n";
    rows[table] = Live(table);
    EXPECT_EQ(rows[table].size(), 7U);
  }
  Configure(archive_url(), "", sources);
  ExpectDone(Pgattic({"init"}));
  ExpectDone(Pgattic({"archive"}));
  for (const auto& [table, live] : rows) {
    SCOPED_TRACE(table);
    EXPECT_EQ(Archived("*." + table + "/partitions/*/*/*.parquet").size(), 7U);
    EXPECT_EQ(One("SELECT count(*) FROM " + table), "0");
    EXPECT_EQ(Archived("*." + table + "/partitions/*/*/*.parquet"), live);
    const std::string id =
        table.ends_with("timestamp") ? "00000000-0000-0000-0000-000000000006" : "6";
    ExpectFound({id}, "archive", {"--source", table});
    ExpectFound({id}, "archive",
                {"--source", table, "--created-at",
                 table.ends_with("date") ? "2023-04-01" : "2023-04-01T23:59:59.999999Z"});
    // Late rows go into partitions with the very bounds.
    Sql().Run("INSERT INTO " + table + " SELECT " +
              (table.ends_with("timestamp") ? "gen_random_uuid()" : "8") + ", '2023-04-01'");
  }
  ExpectDone(Pgattic({"archive"}));
  EXPECT_EQ(Archived().size(), 24U);
  ExpectDone(Pgattic({"verify"}));
}

}  // namespace
}  // namespace pgattic::test
