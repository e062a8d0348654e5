// A pg_dump that straddles the swap.
#include <filesystem>

#include "attack.h"

namespace pgattic::test {
namespace {

class DumpAttack : public Attack {
 protected:
  /// Programs of the server's version, or nothing where only the server itself is installed.
  std::string Program(const std::string& name) const {
    const std::string path = cluster().bin_dir() + "/" + name;
    return std::filesystem::exists(path) ? path : "";
  }
  std::unique_ptr<sandbox::Subprocess> StartDump(const std::string& file) const {
    auto dump = sandbox::Subprocess::Spawn(
        {.argv = {Program("pg_dump"), "-d", url(), "-Fc", "-t", "public.*", "-f", file}});
    EXPECT_TRUE(dump.ok()) << dump.status().ToString();
    return std::move(*dump);
  }
};

TEST_F(DumpAttack, ADumpThatStraddlesTheSwapRestoresEveryRow) {
  if (Program("pg_dump").empty()) GTEST_SKIP() << "SKIP: no pg_dump of this version";
  // Dumps lock every table first and read them later: this one makes it wait in between.
  Sql().Run("CREATE TABLE public.aaa_gate (x integer)");
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "verified"}));
  Session gate(url());
  gate.Run("BEGIN; LOCK TABLE public.aaa_gate IN ACCESS EXCLUSIVE MODE");
  const std::string file = folder() + "/dump";
  auto dump = StartDump(file);
  ASSERT_TRUE(Await(
      [&] {
        return One("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = "
                   "'public.aaa_gate'::regclass AND NOT granted)") == "t";
      },
      "pg_dump to wait"));
  // What matters is its snapshot, which it has already; the mark has to wait it out.
  Configure(archive_url(), "snapshot_wait = \"300ms\"");
  const Ended swapped =
      Pgattic({"archive", "--partition", "events_2024_01", "--until", "detached"});
  EXPECT_EQ(swapped.code, 75) << swapped.text();
  gate.Run("COMMIT");
  ASSERT_EQ(Finish(*dump).code, 0);
  const std::string restored = database() + "_restored";
  AsSuperuser("CREATE DATABASE " + restored);
  const auto ran = sandbox::Subprocess::Run(
      OpContext(),
      {.argv = {Program("pg_restore"), "--exit-on-error", "-d", cluster().Url(restored), file}});
  ASSERT_TRUE(ran.ok());
  EXPECT_EQ(ran->exit.code, 0) << ran->err;
  EXPECT_EQ(Session(cluster().Url(restored)).One("SELECT count(*) FROM public.events"), "400");
}

TEST_F(DumpAttack, ADumpTakenDuringTheGraceRestoresEveryRow) {
  if (Program("pg_dump").empty()) GTEST_SKIP() << "SKIP: no pg_dump of this version";
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "marked"}));
  // The dump has listed the tables when the swap commits; it then reads both names.
  auto program = StartAndStopAt(
      "swap.before_commit", {"archive", "--partition", "events_2024_01", "--until", "detached"});
  const std::string file = folder() + "/dump";
  auto dump = StartDump(file);
  ASSERT_TRUE(Await(
      [&] {
        return One("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = "
                   "'public.events'::regclass AND mode = 'AccessShareLock' AND NOT granted)") ==
               "t";
      },
      "pg_dump to wait for the swap"));
  ExpectDone(WakeAndFinish(*program));
  ASSERT_EQ(Finish(*dump).code, 0);
  const std::string restored = database() + "_restored";
  AsSuperuser("CREATE DATABASE " + restored);
  const auto ran = sandbox::Subprocess::Run(
      OpContext(),
      {.argv = {Program("pg_restore"), "--exit-on-error", "-d", cluster().Url(restored), file}});
  ASSERT_TRUE(ran.ok());
  EXPECT_EQ(ran->exit.code, 0) << ran->err;
  Session session(cluster().Url(restored));
  EXPECT_EQ(session.One("SELECT (SELECT count(*) FROM public.events WHERE id < 'e300' OR id >= "
                        "'e300') + (SELECT count(*) FROM public.events_2024_01 WHERE "
                        "tableoid NOT IN (SELECT inhrelid FROM pg_inherits))"),
            "400");
}

}  // namespace
}  // namespace pgattic::test
