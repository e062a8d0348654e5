#include "sandbox/postgres_cluster.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "sandbox/postgres_install.h"
#include "sandbox/postmaster.h"
#include "sandbox/text_file.h"

namespace pgattic::sandbox {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

OpContext Soon() { return OpContext().WithDeadline(milliseconds(60000)); }

/// Runs `sql` with psql and returns its unaligned output or its complaint.
std::string Psql(const PostgresCluster& cluster, const std::string& url, const std::string& sql) {
  const Result<SubprocessOutcome> outcome = Subprocess::Run(
      Soon(), {.argv = {cluster.bin_dir() + "/psql", "-X", "-A", "-t", "-q", "-d", url, "-c", sql},
               .working_folder = "/"});
  if (!outcome.ok()) return outcome.status().ToString();
  return outcome.value().exit.ok() ? outcome.value().out : "failed: " + outcome.value().err;
}

std::string Psql(const PostgresCluster& cluster, const std::string& sql) {
  return Psql(cluster, cluster.Url(), sql);
}

TEST(PostgresCluster, TakesConnectionsBySocketAndByTcp) {
  const auto cluster = PostgresCluster::Start(Soon(), {.settings = {{"work_mem", "7MB"}},
                                                       .timezone = "America/New_York"})
                           .value();
  EXPECT_EQ(Psql(*cluster, "SHOW work_mem"), "7MB\n");
  EXPECT_EQ(Psql(*cluster, "SHOW timezone"), "America/New_York\n");
  EXPECT_EQ(Psql(*cluster, "SHOW fsync"), "off\n");
  EXPECT_EQ(Psql(*cluster, cluster->TcpUrl("template1"), "SELECT current_database()"),
            "template1\n");
  EXPECT_NE(
      Psql(*cluster,
           "postgresql://postgres:wrong@127.0.0.1:" + std::to_string(cluster->port()) + "/postgres",
           "SELECT 1")
          .find("password authentication failed"),
      std::string::npos);
  EXPECT_NE(cluster->Log().find("password authentication failed"), std::string::npos);
}

TEST(PostgresCluster, RunsUnprivileged) {
  const auto cluster = PostgresCluster::Start(Soon(), {}).value();
  struct stat process {};
  ASSERT_EQ(::stat(("/proc/" + std::to_string(cluster->pid())).c_str(), &process), 0);
  EXPECT_NE(process.st_uid, 0U);
  struct stat folder {};
  ASSERT_EQ(::stat(cluster->folder().c_str(), &folder), 0);
  EXPECT_EQ(folder.st_mode & 0777U, 0700U);
}

TEST(PostgresCluster, RestartKeepsDataAndPort) {
  const auto cluster = PostgresCluster::Start(Soon(), {}).value();
  EXPECT_EQ(Psql(*cluster, "CREATE TABLE t AS SELECT 42 AS x"), "");
  const int port = cluster->port();
  ASSERT_TRUE(cluster->Stop(Soon()).ok());
  EXPECT_FALSE(cluster->running());
  EXPECT_EQ(cluster->pid(), 0);
  ASSERT_TRUE(cluster->Restart(Soon()).ok());
  EXPECT_EQ(cluster->port(), port);
  EXPECT_EQ(Psql(*cluster, "SELECT x FROM t"), "42\n");
  ASSERT_TRUE(cluster->Restart(Soon()).ok());
  EXPECT_EQ(Psql(*cluster, "SELECT x FROM t"), "42\n");
}

TEST(PostgresCluster, StartsAStandbyFromACopy) {
  const auto cluster =
      PostgresCluster::Start(Soon(), {.settings = {{"wal_level", "replica"}}}).value();
  EXPECT_EQ(Psql(*cluster, "CREATE TABLE t AS SELECT 42 AS x"), "");
  ASSERT_TRUE(cluster->Stop(Soon()).ok());
  const auto standby = PostgresCluster::Start(
      Soon(), {.copy_of = cluster->data_dir(), .signal_file = "standby.signal"});
  ASSERT_TRUE(standby.ok()) << standby.status().ToString();
  EXPECT_EQ(Psql(**standby, "SELECT x, pg_is_in_recovery() FROM t"), "42|t\n");
}

TEST(PostgresCluster, RecoversAfterKill) {
  const auto cluster = PostgresCluster::Start(Soon(), {}).value();
  EXPECT_EQ(Psql(*cluster, "CREATE TABLE t AS SELECT 42 AS x"), "");
  const std::optional<int> shared = ReadPostmasterFile(cluster->data_dir()).shared_memory_id;
  ASSERT_TRUE(shared);
  ASSERT_TRUE(cluster->Kill(Soon()).ok());
  EXPECT_TRUE(ProcessesIn(cluster->data_dir()).empty());
  struct shmid_ds segment {};
  EXPECT_EQ(::shmctl(*shared, IPC_STAT, &segment), -1);
  EXPECT_TRUE(cluster->Kill(Soon()).ok());
  ASSERT_TRUE(cluster->Restart(Soon()).ok());
  EXPECT_EQ(Psql(*cluster, "SELECT x FROM t"), "42\n");
  EXPECT_NE(cluster->Log().find("automatic recovery in progress"), std::string::npos);
}

TEST(PostgresCluster, RestartsAfterItsPostmasterWasKilledByOthers) {
  const auto cluster = PostgresCluster::Start(Soon(), {}).value();
  ASSERT_EQ(::kill(cluster->pid(), SIGKILL), 0);
  ASSERT_TRUE(cluster->Restart(Soon()).ok());
  EXPECT_EQ(Psql(*cluster, "SELECT 1"), "1\n");
}

TEST(PostgresCluster, DestructionLeavesNothingEvenWhenStopped) {
  auto cluster = PostgresCluster::Start(Soon(), {}).value();
  const std::string folder = cluster->folder();
  const std::string data = cluster->data_dir();
  EXPECT_FALSE(ProcessesIn(data).empty());
  ASSERT_EQ(::kill(cluster->pid(), SIGSTOP), 0);
  cluster.reset();
  EXPECT_FALSE(fs::exists(folder));
  EXPECT_TRUE(ProcessesIn(data).empty());
}

TEST(PostgresCluster, TwoRunAtOnceAndOutliveTheThreadThatStartedThem) {
  std::unique_ptr<PostgresCluster> a;
  std::unique_ptr<PostgresCluster> b;
  {
    const std::jthread first([&] { a = PostgresCluster::Start(Soon(), {}).value(); });
    const std::jthread second([&] { b = PostgresCluster::Start(Soon(), {}).value(); });
  }
  EXPECT_NE(a->port(), b->port());
  EXPECT_NE(a->folder(), b->folder());
  const char* identifier = "SELECT system_identifier FROM pg_control_system()";
  EXPECT_NE(Psql(*a, identifier), Psql(*b, identifier));
}

TEST(PostgresCluster, LeavesNothingWhenItsOwnerIsKilled) {
  const auto outer = ScratchFolder::Make({}).value();
  const std::string path_file = outer->path() + "/path";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto cluster = PostgresCluster::Start(Soon(), {});
    WriteTextFile(path_file, cluster.value()->folder()).ok();
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  const std::string folder = ReadTextFile(path_file);
  ASSERT_FALSE(folder.empty());
  const OpContext ctx = Soon();
  while (fs::exists(folder) || !ProcessesIn(folder + "/data").empty()) {
    ASSERT_TRUE(ctx.SleepFor(milliseconds(10)).ok()) << folder << " is still there";
  }
}

TEST(PostgresCluster, SaysWhatTheLogSaysWhenItDoesNotStart) {
  const auto cluster = PostgresCluster::Start(Soon(), {.settings = {{"work_mem", "a lot"}}});
  ASSERT_TRUE(cluster.Is(Code::kFailedPrecondition));
  EXPECT_NE(cluster.status().ToString().find("invalid value for parameter \"work_mem\""),
            std::string::npos);
}

TEST(PostgresCluster, RefusesAFolderTooLongForASocket) {
  const auto outer = ScratchFolder::Make({}).value();
  const std::string longer = outer->path() + "/" + std::string(80, 'x');
  fs::create_directory(longer);
  EXPECT_TRUE(PostgresCluster::Start(Soon(), {.parent_folder = longer}).Is(Code::kInvalidArgument));
}

TEST(PostgresInstall, TakesTheNewestVersionAndNamesTheRemedyWithoutOne) {
  const auto root = ScratchFolder::Make({}).value();
  for (const char* version : {"9", "14", "17", "notes"}) {
    const std::string bin = root->path() + "/" + version + "/bin";
    fs::create_directories(bin);
    ASSERT_TRUE(WriteTextFile(bin + "/initdb", "#!/bin/sh\n").ok());
    fs::permissions(bin + "/initdb", fs::perms::owner_all);
  }
  ::unsetenv("PGATTIC_PG_BIN");  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(FindPostgresBin("", root->path()).value(), root->path() + "/17/bin");
  const auto missing = FindPostgresBin("/no/such/folder");
  ASSERT_TRUE(missing.Is(Code::kNotFound));
  EXPECT_NE(missing.error().message.find("PGATTIC_PG_BIN"), std::string::npos);
}

}  // namespace
}  // namespace pgattic::sandbox
