// Sessions that hold, wait and write while a month is fenced and swapped.
#include <csignal>
#include <string>
#include <vector>

#include "attack.h"

namespace pgattic::test {
namespace {

class RaceAttack : public Attack {
 protected:
  void SetUp() override {
    Attack::SetUp();
    ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "verified"}));
  }
  static std::vector<std::string> Swap() {
    return {"archive", "--partition", "events_2024_01", "--until", "detached"};
  }
  /// Somebody waits for a lock of this mode on the relation.
  bool IsWaiting(const std::string& relation, const std::string& mode) {
    return One("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = '" + relation +
               "'::regclass AND mode = '" + mode + "' AND NOT granted)") == "t";
  }
};

TEST_F(RaceAttack, ALateWriterThatCommitsWhileTheFenceWaitsIsArchived) {
  auto program = StartAndStopAt("swap.before_lock", Swap());
  Session writer(url());
  writer.Run("BEGIN; INSERT INTO public.events VALUES ('late', '2024-01-31', 1, 'late')");
  ASSERT_TRUE(program->Signal(SIGCONT).ok());
  // The fence has to wait for the writer; its snapshot must not be older than that wait.
  ASSERT_TRUE(
      Await([&] { return IsWaiting("public.events_2024_01", "ShareLock"); }, "the fence to wait"));
  writer.Run("COMMIT");
  ExpectDone(Finish(*program));
  EXPECT_EQ(Archived().size(), 214U);
  ExpectFound({"late", "e3"}, "archive");
}

TEST_F(RaceAttack, ARepeatableReaderOpenedBeforeTheMarkKeepsItsRows) {
  Session reader(url());
  reader.Run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM pg_class LIMIT 1");
  Configure(archive_url(), "snapshot_wait = \"300ms\"");
  const Ended deferred = Pgattic(Swap());
  EXPECT_EQ(deferred.code, 75) << deferred.text();
  EXPECT_TRUE(deferred.Says("pid " + std::to_string(reader.pid()))) << deferred.text();
  EXPECT_EQ(reader.One("SELECT count(*) FROM public.events WHERE at < '2024-02-01 00:00+00'"),
            "213");
  reader.Run("COMMIT");
  ExpectDone(Pgattic(Swap()));
}

TEST_F(RaceAttack, ALongReaderOfTheParentIsNotDisturbedByAnyTry) {
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "marked"}));
  Session reader(url());
  reader.Run("BEGIN; SELECT count(*) FROM public.events WHERE at >= '2024-02-01 00:00+00'");
  // From here on every look at pg_locks is one of another session.
  auto program = Start(Swap());
  int waits = 0;
  while (!program->TryWait()) {
    waits += IsWaiting("public.events", "AccessExclusiveLock") ? 1 : 0;
  }
  const Ended ended = Finish(*program);
  EXPECT_EQ(ended.code, 75) << ended.text();
  EXPECT_TRUE(ended.Says("pid " + std::to_string(reader.pid()))) << ended.text();
  EXPECT_EQ(waits, 0);
  reader.Run("COMMIT");
  ExpectDone(Pgattic(Swap()));
}

TEST_F(RaceAttack, ALongReaderOfTheParentIsNotDisturbedByARollback) {
  ExpectDone(Pgattic(Swap()));
  Session reader(url());
  reader.Run("BEGIN; SELECT count(*) FROM public.events WHERE at >= '2024-02-01 00:00+00'");
  auto program = Start({"rollback", "events_2024_01"});
  int waits = 0;
  while (!program->TryWait()) {
    waits += IsWaiting("public.events", "AccessExclusiveLock") ? 1 : 0;
  }
  const Ended ended = Finish(*program);
  EXPECT_EQ(ended.code, 75) << ended.text();
  EXPECT_EQ(waits, 0);
  reader.Run("COMMIT");
  ExpectDone(Pgattic({"rollback", "events_2024_01"}));
  EXPECT_EQ(One("SELECT count(*) FROM public.events"), "400");
}

TEST_F(RaceAttack, APreparedTransactionIsNamed) {
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "marked"}));
  Sql().Run("BEGIN; SELECT count(*) FROM public.events; PREPARE TRANSACTION 'forgotten one'");
  const Ended ended = Pgattic(Swap());
  EXPECT_EQ(ended.code, 75) << ended.text();
  EXPECT_TRUE(ended.Says("'forgotten one'")) << ended.text();
  Sql().Run("ROLLBACK PREPARED 'forgotten one'");
  ExpectDone(Pgattic(Swap()));
}

TEST_F(RaceAttack, AWriterThatWaitsForThePartitionIsNoVictimOfADeadlock) {
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "marked"}));
  // Stopped with SHARE on the partition: the writer has the parent and waits for us.
  auto program = StartAndStopAt("swap.before_waiters", Swap());
  Session writer(url());
  writer.Start("INSERT INTO public.events VALUES ('waits', '2024-01-31', 1, 'x')");
  ASSERT_TRUE(Await([&] { return IsWaiting("public.events_2024_01", "RowExclusiveLock"); },
                    "the writer to wait"));
  ASSERT_TRUE(program->Signal(SIGCONT).ok());
  while (writer.IsBusy()) {
    EXPECT_FALSE(IsWaiting("public.events", "AccessExclusiveLock"))
        << "the parent is asked for while a writer that holds it waits for us";
  }
  EXPECT_EQ(writer.Finish(), "");
  if (Finish(*program).code != 0) ExpectDone(Pgattic(Swap()));
  ExpectFound({"waits"}, "archive");
}

TEST_F(RaceAttack, AWriterStoppedByTheFenceGetsItsRowThrough) {
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "marked"}));
  auto program = StartAndStopAt("swap.before_detach", Swap());
  Session writer(url());
  writer.Start("INSERT INTO public.events VALUES ('waits', '2024-01-31', 1, 'x')");
  ASSERT_TRUE(
      Await([&] { return IsWaiting("public.events", "RowExclusiveLock"); }, "the writer to wait"));
  ExpectDone(WakeAndFinish(*program));
  EXPECT_EQ(writer.Finish(), "");
  EXPECT_EQ(One("SELECT id FROM public.events_2024_01_late"), "waits");
  ExpectFound({"waits"}, "database");
}

TEST_F(RaceAttack, WithoutTheParentsOwnerRoleNothingIsSwapped) {
  AsSuperuser(
      "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stranger') THEN CREATE "
      "ROLE stranger LOGIN; END IF; END $$");
  AsSuperuser("GRANT USAGE ON SCHEMA public, pgattic TO stranger");
  AsSuperuser("GRANT SELECT ON ALL TABLES IN SCHEMA public TO stranger");
  AsSuperuser("GRANT ALL ON ALL TABLES IN SCHEMA pgattic TO stranger");
  const Ended ended = Pgattic(Swap(), {{"PGATTIC_DATABASE_URL", url_of("stranger")}});
  EXPECT_NE(ended.code, 0) << ended.text();
  EXPECT_TRUE(ended.Says("owner")) << ended.text();
  EXPECT_EQ(One("SELECT count(*) FROM public.events"), "400");
}

}  // namespace
}  // namespace pgattic::test
