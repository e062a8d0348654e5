// Tables that share names, are managed by pg_partman, or are published.
#include "attack.h"

namespace pgattic::test {
namespace {

class TableAttack : public Attack {
 protected:
  void AllowPublications() {
    Configure(archive_url(), "",
              "[[source]]\ntable = \"public.events\"\nid_column = \"id\"\ngrace = \"0\"\n"
              "allow_publications = true\n");
  }
};

TEST_F(TableAttack, TwoSchemasWithEqualNamesShareNothing) {
  for (const char* schema : {"a", "b"}) {
    Sql().Run(std::string("CREATE SCHEMA ") + schema + "; CREATE TABLE " + schema +
              ".events (id text NOT NULL, at timestamptz NOT NULL, note text) PARTITION BY RANGE "
              "(at); CREATE TABLE " +
              schema + ".events_2024_01 PARTITION OF " + schema +
              ".events FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00'); "
              "INSERT INTO " +
              schema + ".events SELECT 'x' || i, '2024-01-05', '" + schema +
              "' || i FROM generate_series(1, 20) i");
  }
  const std::vector<std::string> rows_a = Live("a.events");
  const std::vector<std::string> rows_b = Live("b.events");
  Configure(archive_url(), "",
            "[[source]]\ntable = \"a.events\"\nid_column = \"id\"\ngrace = \"0\"\n"
            "[[source]]\ntable = \"b.events\"\nid_column = \"id\"\ngrace = \"0\"\n");
  ExpectDone(Pgattic({"archive", "--until", "detached"}));
  const Ended vague = Pgattic({"rollback", "events_2024_01"});
  EXPECT_EQ(vague.code, 2) << vague.text();
  ExpectDone(Pgattic({"rollback", "b.events_2024_01"}));
  EXPECT_EQ(Live("b.events"), rows_b);
  EXPECT_EQ(One("SELECT count(*) FROM a.events"), "0");
  EXPECT_EQ(Archived(), rows_a);
  ExpectFound({"x7"}, "archive", {"--source", "a.events"});
  ExpectFound({"x7"}, "database", {"--source", "b.events"});
  ExpectDone(Pgattic({"archive"}));
  EXPECT_EQ(Archived("*.a.events/**/*.parquet"), rows_a);
  EXPECT_EQ(Archived("*.b.events/**/*.parquet"), rows_b);
  EXPECT_EQ(Pgattic({"get", "x7", "--source", "b.events"}).json().at("row").at("note"), "b7");
  ExpectDone(Pgattic({"verify"}));
}

TEST_F(TableAttack, ATableManagedByPartmanIsArchivedAndStillManaged) {
  Session admin(admin_url());
  if (admin.One("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_partman'") == "0") {
    GTEST_SKIP() << "SKIP: this server has no pg_partman";
  }
  admin.Run(
      "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman; "
      "GRANT ALL ON SCHEMA partman TO keeper; GRANT ALL ON ALL TABLES IN SCHEMA partman TO "
      "keeper; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA partman TO keeper");
  Sql().Run(
      "CREATE TABLE public.metrics (id bigint NOT NULL, at timestamptz NOT NULL) PARTITION "
      "BY RANGE (at)");
  Sql().Run(
      "SELECT partman.create_parent('public.metrics', 'at', 'native', 'monthly', "
      "p_start_partition := '2024-01-01')");
  Sql().Run(
      "INSERT INTO public.metrics SELECT i, timestamptz '2024-01-01 00:00+00' + i * interval "
      "'1 day' FROM generate_series(0, 59) i");
  ASSERT_EQ(One("SELECT count(*) FROM public.metrics_default"), "0");
  Configure(archive_url(), "",
            "[[source]]\ntable = \"public.metrics\"\nid_column = \"id\"\ngrace = \"0\"\n");
  ExpectDone(Pgattic({"archive"}));
  EXPECT_EQ(One("SELECT count(*) FROM public.metrics"), "0");
  ExpectFound({"0", "30", "59"}, "archive");
  Sql().Run("SELECT partman.run_maintenance('public.metrics')");
  Sql().Run("INSERT INTO public.metrics VALUES (100, '2024-01-31 12:00+00')");
  ASSERT_EQ(One("SELECT count(*) FROM public.metrics_default"), "0");
  ExpectDone(Pgattic({"archive"}));
  Sql().Run("SELECT partman.run_maintenance('public.metrics')");
  ExpectFound({"0", "100"}, "archive");
}

TEST_F(TableAttack, ADefaultPartitionWithRowsIsRefused) {
  Sql().Run("CREATE TABLE public.rest PARTITION OF public.events DEFAULT");
  Sql().Run("INSERT INTO public.events VALUES ('stray', '1999-01-01', 1, 'x')");
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}),
                "DEFAULT partition public.rest holds rows");
  Sql().Run("DELETE FROM public.rest");
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "marked"}));
  Sql().Run("INSERT INTO public.events VALUES ('stray', '1999-01-01', 1, 'x')");
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "holds rows");
  EXPECT_EQ(One("SELECT count(*) FROM public.events"), "401");
}

TEST_F(TableAttack, PublicationsThatWouldCarryTheJournalAreRefusedUnlessConfirmed) {
  AsSuperuser("CREATE PUBLICATION everything FOR ALL TABLES");
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "everything FOR ALL TABLES");
  AsSuperuser("DROP PUBLICATION everything");
  Sql().Run("CREATE PUBLICATION listed FOR TABLE public.events_2024_01");
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "publication listed");
  EXPECT_EQ(One("SELECT count(*) FROM public.events"), "400");
  AllowPublications();
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01"}));
}

TEST_F(TableAttack, APublicationOfTheSchemaIsRefusedUnlessConfirmed) {
  if (server_version() < 15) GTEST_SKIP() << "SKIP: there are none before PostgreSQL 15";
  AsSuperuser("CREATE PUBLICATION whole FOR TABLES IN SCHEMA public");
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "publication whole");
  AsSuperuser("DROP PUBLICATION whole; CREATE PUBLICATION whole FOR TABLES IN SCHEMA pgattic");
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "publication whole");
}

TEST_F(TableAttack, APublicationOfTheParentIsRefusedWhereWalsendersDoNotNoticeAnAttach) {
  Sql().Run("CREATE PUBLICATION parent FOR TABLE public.events");
  if (server_version() >= 15) {
    ExpectDone(Pgattic({"archive", "--partition", "events_2024_01"}));
    return;
  }
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "lists the parent");
  EXPECT_EQ(One("SELECT count(*) FROM public.events"), "400");
  AllowPublications();
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01"}));
}

TEST_F(TableAttack, ASubscriberOfTheParentGetsLateRowsAndNoneTwice) {
  if (server_version() < 15) GTEST_SKIP() << "SKIP: refused before PostgreSQL 15, see above";
  Sql().Run(
      "CREATE PUBLICATION parent FOR TABLE public.events WITH "
      "(publish_via_partition_root = true)");
  const std::string subscriber = database() + "_sub";
  AsSuperuser("CREATE DATABASE " + subscriber);
  Session other(cluster().Url(subscriber));
  other.Run("CREATE TABLE public.events (id text, at timestamptz, v integer, note text)");
  // On one server, CREATE SUBSCRIPTION would wait for itself to make the slot.
  AsSuperuser("SELECT pg_create_logical_replication_slot('" + subscriber + "', 'pgoutput')");
  other.Run("CREATE SUBSCRIPTION s CONNECTION '" + admin_url() +
            "' PUBLICATION parent WITH (create_slot = false, slot_name = '" + subscriber + "')");
  const auto rows = [&] { return other.One("SELECT count(*) FROM public.events"); };
  ASSERT_TRUE(Await([&] { return rows() == "400"; }, "the first copy"));
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "detached"}));
  Sql().Run("INSERT INTO public.events VALUES ('late', '2024-01-31', 1, 'x')");
  ASSERT_TRUE(Await([&] { return rows() == "401"; }, "the late row"));
  ExpectDone(Pgattic({"rollback", "events_2024_01"}));
  Sql().Run("INSERT INTO public.events VALUES ('later', '2024-01-31', 1, 'x')");
  ASSERT_TRUE(Await(
      [&] { return other.One("SELECT count(*) FROM public.events WHERE id = 'later'") == "1"; },
      "the later row"));
  EXPECT_EQ(other.One("SELECT count(*) - count(DISTINCT id) FROM public.events"), "0");
  EXPECT_EQ(rows(), "402");
  other.Run("ALTER SUBSCRIPTION s DISABLE");
  other.Run("ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s");
  ASSERT_TRUE(Await(
      [&] {
        return One("SELECT active FROM pg_replication_slots WHERE slot_name = '" + subscriber +
                   "'") == "f";
      },
      "the slot to be free"));
  AsSuperuser("SELECT pg_drop_replication_slot('" + subscriber + "')");
}

}  // namespace
}  // namespace pgattic::test
