// Attack: a database with a small partitioned table, the program, and room for mischief.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sandbox/postgres_cluster.h"
#include "sandbox/scratch_folder.h"
#include "sandbox/subprocess.h"
#include "session.h"

namespace pgattic::test {

/// How `pgattic` ended.
struct Ended {
  int code = 0;
  int signal = 0;
  std::string out;
  std::string err;
  nlohmann::json json() const { return nlohmann::json::parse(out, nullptr, false); }
  std::string text() const { return "exit " + std::to_string(code) + "\n" + out + err; }
  bool Says(const std::string& words) const {
    return out.find(words) != out.npos || err.find(words) != err.npos;
  }
};

/// Waits for `condition`; fails the test after a minute.
bool Await(const std::function<bool()>& condition, const std::string& what);

/// A test with a database of its own. By default it is on one server for the whole program,
/// and everything runs as its unprivileged owner "keeper"; a test that needs its own server
/// calls UseCluster() first.
class Attack : public ::testing::Test {
 protected:
  Attack();
  /// Makes the database on the shared server, unless UseCluster() made it elsewhere, the
  /// table public.events (id, at, v, note) with months 2024-01 and 2024-02, 200 rows each,
  /// and the journal.
  void SetUp() override;
  /// As SetUp(), without tables and journal.
  void SetUpEmpty();
  /// Makes public.events.
  void MakeEvents();
  void UseCluster(sandbox::PostgresCluster& cluster) { cluster_ = &cluster; }

  /// Writes the configuration. `sources` are [[source]] tables; "" is public.events.
  void Configure(const std::string& archive_url, const std::string& before_sources = "",
                 const std::string& sources = "");
  /// Runs `pgattic ARGUMENTS --config …`.
  Ended Pgattic(std::vector<std::string> arguments,
                const std::map<std::string, std::string>& env = {}) const;
  /// Starts it. `failpoint` as in PGATTIC_FAILPOINT; "" for none.
  std::unique_ptr<sandbox::Subprocess> Start(std::vector<std::string> arguments,
                                             const std::string& failpoint = "") const;
  /// Waits for the end of a started program.
  static Ended Finish(sandbox::Subprocess& program);
  /// Starts the program and returns once it has stopped itself (SIGSTOP) at `failpoint`.
  std::unique_ptr<sandbox::Subprocess> StartAndStopAt(const std::string& failpoint,
                                                      std::vector<std::string> arguments) const;
  /// Wakes a stopped program and waits for its end.
  static Ended WakeAndFinish(sandbox::Subprocess& program);

  /// The test's own session, as the owner.
  Session& Sql() { return *sql_; }
  std::string One(const std::string& sql) { return sql_->One(sql); }
  /// For after a restart of the server.
  void Reconnect() { sql_ = std::make_unique<Session>(url()); }
  /// Runs SQL as the superuser, in the test's database.
  void AsSuperuser(const std::string& sql) const { Session(admin_url()).Run(sql); }
  int server_version();

  /// Expects that the program ended well.
  static void ExpectDone(const Ended& ended) { EXPECT_EQ(ended.code, 0) << ended.text(); }
  /// Expects a refusal with these words.
  static void ExpectRefused(const Ended& ended, const std::string& words);

  /// What the Parquet files hold, through pyarrow: "column=value|…" a row, sorted. `glob` is
  /// relative to the archive's folder; "" is all parts.
  std::vector<std::string> Archived(const std::string& glob = "") const;
  /// The same form from PostgreSQL, of `FROM relation`.
  std::vector<std::string> Live(const std::string& relation);
  /// Expects that each of `ids` is found by `get`, in the tier named; "" is any.
  void ExpectFound(const std::vector<std::string>& ids, const std::string& tier,
                   const std::vector<std::string>& options = {}) const;
  /// Paths of regular files under the archive's folder, without hidden ones and the table's
  /// definition, which every run keeps current.
  std::vector<std::string> Files() const;
  /// Path to contents of Files(), to see that nothing was touched.
  std::map<std::string, std::string> Contents() const;
  /// Runs a Python script of the test's third-party environment; returns its lines.
  static std::vector<std::string> Python(const std::string& script,
                                         const std::vector<std::string>& arguments);

  sandbox::PostgresCluster& cluster() const { return *cluster_; }
  std::string url() const { return cluster_->Url(database_, "keeper"); }
  std::string url_of(const std::string& user) const { return cluster_->Url(database_, user); }
  std::string admin_url() const { return cluster_->Url(database_); }
  const std::string& database() const { return database_; }
  const std::string& folder() const { return scratch_->path(); }
  std::string archive_folder() const { return folder() + "/archive"; }
  std::string archive_url() const { return "file://" + archive_folder(); }

 private:
  sandbox::SubprocessOptions CommandOf(std::vector<std::string> arguments) const;

  sandbox::PostgresCluster* cluster_ = nullptr;
  std::unique_ptr<sandbox::ScratchFolder> scratch_;
  std::unique_ptr<Session> sql_;
  std::string database_;
};

}  // namespace pgattic::test
