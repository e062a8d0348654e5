// The schema of the partition changes while it is archived: rows alone do not show it.
#include <string>
#include <vector>

#include "attack.h"

namespace pgattic::test {
namespace {

class SchemaAttack : public Attack {
 protected:
  static std::vector<std::string> Until(const std::string& phase) {
    return {"archive", "--partition", "events_2024_01", "--until", phase};
  }
  static std::vector<std::string> ToTheEnd() {
    return {"archive", "--partition", "events_2024_01"};
  }
  /// Archives up to each phase from `phases`, changes the table, and expects that what is
  /// archived in the end is what the table held after the change.
  void ChangesAreArchived(const std::vector<std::string>& phases, const std::string& change) {
    SCOPED_TRACE(change);
    for (const std::string& phase : phases) {
      SCOPED_TRACE(phase);
      ExpectDone(Pgattic(Until(phase)));
    }
    Sql().Run(change);
    const std::vector<std::string> rows = Live("public.events_2024_01");
    ExpectDone(Pgattic(ToTheEnd()));
    EXPECT_EQ(Archived(), rows);
    EXPECT_EQ(One("SELECT to_regclass('public.events_2024_01') IS NULL"), "t");
    ExpectDone(Pgattic({"verify"}));
  }
};

TEST_F(SchemaAttack, AColumnAddedAfterTheUploadIsArchived) {
  ChangesAreArchived({"uploaded"}, "ALTER TABLE public.events ADD COLUMN more integer DEFAULT 5");
}

TEST_F(SchemaAttack, AColumnAddedAfterTheMarkIsArchived) {
  ChangesAreArchived({"verified", "marked"},
                     "ALTER TABLE public.events ADD COLUMN more integer DEFAULT 5");
}

TEST_F(SchemaAttack, AColumnDroppedAfterTheMarkIsGoneFromTheArchive) {
  ChangesAreArchived({"marked"}, "ALTER TABLE public.events DROP COLUMN v");
}

TEST_F(SchemaAttack, AColumnRenamedAfterTheMarkHasItsNewName) {
  ChangesAreArchived({"marked"}, "ALTER TABLE public.events RENAME COLUMN note TO remark");
}

TEST_F(SchemaAttack, TwoColumnsThatSwapNamesAreTold) {
  ChangesAreArchived({"marked"},
                     "ALTER TABLE public.events ADD COLUMN w integer DEFAULT 0; "
                     "ALTER TABLE public.events RENAME COLUMN v TO x; "
                     "ALTER TABLE public.events RENAME COLUMN w TO v; "
                     "ALTER TABLE public.events RENAME COLUMN x TO w");
}

TEST_F(SchemaAttack, AnEnumLabelRenamedAfterTheMarkHasItsNewName) {
  Sql().Run("CREATE TYPE public.mood AS ENUM ('good', 'bad')");
  Sql().Run("ALTER TABLE public.events ADD COLUMN mood public.mood DEFAULT 'good'");
  ChangesAreArchived({"marked"}, "ALTER TYPE public.mood RENAME VALUE 'good' TO 'great'");
}

TEST_F(SchemaAttack, ATypeThatKeepsTheBytesIsSeen) {
  Sql().Run("ALTER TABLE public.events ADD COLUMN seen timestamp DEFAULT '2024-01-05 10:00'");
  ExpectDone(Pgattic(Until("marked")));
  // Under UTC no tuple is rewritten: count, ctid and xmin stay.
  const std::string oid = "SELECT relfilenode FROM pg_class WHERE relname = 'events_2024_01'";
  const std::string before = One(oid);
  Sql().Run("SET TimeZone = 'UTC'; ALTER TABLE public.events ALTER seen TYPE timestamptz");
  ASSERT_EQ(One(oid), before);
  ExpectDone(Pgattic(ToTheEnd()));
  EXPECT_NE(Archived().front().find("seen=2024-01-05 10:00:00+00:00"), std::string::npos)
      << Archived().front();
}

TEST_F(SchemaAttack, ARewriteBetweenPlanAndExportIsNotTakenForAnEmptyTable) {
  auto program = StartAndStopAt("export.after_start", ToTheEnd());
  Sql().Run("ALTER TABLE public.events ALTER v TYPE bigint");
  const std::vector<std::string> rows = Live("public.events_2024_01");
  WakeAndFinish(*program);  // May be refused; what counts is the end.
  ExpectDone(Pgattic(ToTheEnd()));
  EXPECT_EQ(Archived(), rows);
}

TEST_F(SchemaAttack, ATableRefilledBetweenPlanAndExportIsArchivedAsItIs) {
  auto program = StartAndStopAt("export.after_start", ToTheEnd());
  Sql().Run(
      "BEGIN; TRUNCATE public.events_2024_01; INSERT INTO public.events VALUES "
      "('new', '2024-01-03', 7, 'x'); COMMIT");
  const std::vector<std::string> rows = Live("public.events_2024_01");
  WakeAndFinish(*program);
  ExpectDone(Pgattic(ToTheEnd()));
  EXPECT_EQ(Archived(), rows);
}

TEST_F(SchemaAttack, ARewriteAfterTheMarkIsArchivedAnew) {
  ChangesAreArchived({"marked"}, "ALTER TABLE public.events ALTER v TYPE bigint USING v * 10");
}

TEST_F(SchemaAttack, AnArchiveIsNeverReplacedByTheSmallerOneOfATruncatedTable) {
  ExpectDone(Pgattic(Until("marked")));
  const std::vector<std::string> rows = Archived();
  const std::map<std::string, std::string> files = Contents();
  Sql().Run("TRUNCATE public.events_2024_01");
  ExpectRefused(Pgattic(ToTheEnd()), "has become empty");
  ExpectRefused(Pgattic(ToTheEnd()), "has become empty");
  for (const auto& [path, content] : files) EXPECT_EQ(Contents()[path], content) << path;
  EXPECT_EQ(Archived("**/partitions/*/*/events_2024_01.parquet"), rows);
  EXPECT_EQ(One("SELECT to_regclass('public.events_2024_01') IS NULL"), "f");
}

TEST_F(SchemaAttack, AnArchiveIsNeverReplacedByARefilledSmallerTable) {
  ExpectDone(Pgattic(Until("marked")));
  Sql().Run("TRUNCATE public.events_2024_01");
  Sql().Run("INSERT INTO public.events VALUES ('e3', '2024-01-03', 7, 'x')");
  ExpectRefused(Pgattic(ToTheEnd()), "--allow-shrink");
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--allow-shrink"}));
  EXPECT_EQ(Archived().size(), 1U);
}

TEST_F(SchemaAttack, AColumnAddedAfterTheSwapStopsTheDrop) {
  ExpectDone(Pgattic(Until("detached")));
  Sql().Run("ALTER TABLE public.events_2024_01 ADD COLUMN more integer DEFAULT 5");
  ExpectRefused(Pgattic(ToTheEnd()), "the columns of public.events_2024_01 changed");
  EXPECT_EQ(One("SELECT count(*) FROM public.events_2024_01"), "213");
}

}  // namespace
}  // namespace pgattic::test
