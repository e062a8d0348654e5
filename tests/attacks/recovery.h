// RecoveryAttack: a server with a base backup and archived WAL, to be recovered to any moment.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "attack.h"
#include "sandbox/postgres_install.h"
#include "sandbox/text_file.h"

namespace pgattic::test {

/// Journal, tables and statuses go back, the bucket does not. A server of its own.
class RecoveryAttack : public Attack {
 protected:
  void SetUp() override {
    const auto user = sandbox::ChooseServerUser("");
    ASSERT_TRUE(user.ok());
    auto wal = sandbox::ScratchFolder::Make({.owner = *user});
    ASSERT_TRUE(wal.ok());
    wal_ = std::move(*wal);
    auto first = sandbox::PostgresCluster::Start(
        OpContext(), {.settings = {{"wal_level", "replica"},
                                   {"archive_mode", "on"},
                                   {"archive_command", "cp %p " + wal_->path() + "/%f"}}});
    ASSERT_TRUE(first.ok()) << first.status().ToString();
    first_ = std::move(*first);
    UseCluster(*first_);
    Attack::SetUp();
    base_ = wal_->path() + "/base";
    BackUp();
  }
  void TearDown() override {
    recovered_.reset();
    first_.reset();
  }
  /// Makes a base backup of the running server: what its documentation asks for between the two
  /// calls, and the label. What comes after is in the archived WAL.
  void BackUp() {
    Session admin(first_->Url());
    const bool is_old = server_version() < 15;
    admin.Run(is_old ? "SELECT pg_start_backup('base', true, false)"
                     : "SELECT pg_backup_start('base', true)");
    // Pages that change meanwhile are made whole by the WAL.
    Sql().Run("CREATE TABLE public.during_backup AS SELECT generate_series(1, 1000) AS n");
    CopyRunning(first_->data_dir(), base_);
    const std::string label = admin.One(is_old ? "SELECT labelfile FROM pg_stop_backup(false, true)"
                                               : "SELECT labelfile FROM pg_backup_stop(true)");
    ASSERT_TRUE(sandbox::WriteTextFile(base_ + "/backup_label", label).ok());
    GiveAway(base_);
  }
  /// A data folder without its WAL, of files that may vanish or grow meanwhile.
  static void CopyRunning(const std::filesystem::path& from, const std::filesystem::path& to) {
    namespace fs = std::filesystem;
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from)) {
      const std::string name = entry.path().filename();
      std::error_code vanished;
      if (entry.is_directory() && name != "pg_wal" && name != "pg_stat_tmp") {
        CopyRunning(entry, to / name);
      } else if (entry.is_directory()) {
        fs::create_directories(to / name / "archive_status");
      } else if (name != "postmaster.pid" && name != "postmaster.opts") {
        fs::copy_file(entry, to / name, vanished);
      }
    }
    fs::permissions(to, fs::perms::owner_all);
  }
  static void GiveAway(const std::string& path) {
    const auto user = sandbox::ChooseServerUser("");
    if (!user.ok() || !*user) return;
    const auto ran =
        sandbox::Subprocess::Run(OpContext(), {.argv = {"chown", "-R", (*user)->name, path}});
    EXPECT_TRUE(ran.ok() && ran->exit.ok());
  }
  /// Names this moment.
  void Remember(const std::string& name) {
    Session admin(first_->Url(database()));
    admin.Run("SELECT pg_create_restore_point('" + name + "')");
  }
  /// Ends the first server's life, its last WAL archived.
  void Disaster() {
    Session(first_->Url()).Run("SELECT pg_switch_wal()");
    ASSERT_TRUE(first_->Stop(OpContext()).ok());
  }
  /// A server recovered to the moment `name`, in the place of the first.
  void RecoverTo(const std::string& name) {
    recovered_.reset();
    auto recovered = sandbox::PostgresCluster::Start(
        OpContext(), {.settings = {{"archive_mode", "off"},
                                   {"restore_command", "cp " + wal_->path() + "/%f %p"},
                                   {"recovery_target_name", name},
                                   {"recovery_target_action", "promote"}},
                      .copy_of = base_,
                      .signal_file = "recovery.signal"});
    ASSERT_TRUE(recovered.ok()) << recovered.status().ToString();
    recovered_ = std::move(*recovered);
    UseCluster(*recovered_);
    ASSERT_TRUE(
        Await([&] { return Session(recovered_->Url()).One("SELECT pg_is_in_recovery()") == "f"; },
              "promotion"));
    Configure(archive_url());
  }
  /// Keeps the archive's folder as it is, to be put back by ResetBucket.
  void KeepBucket() { CopyFolder(archive_folder(), folder() + "/kept"); }
  void ResetBucket() {
    std::filesystem::remove_all(archive_folder());
    CopyFolder(folder() + "/kept", archive_folder());
  }
  /// With the times of its files, which are part of their ETags.
  static void CopyFolder(const std::filesystem::path& from, const std::filesystem::path& to) {
    namespace fs = std::filesystem;
    fs::copy(from, to, fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
      if (!entry.is_regular_file()) continue;
      fs::last_write_time(to / fs::relative(entry.path(), from), entry.last_write_time());
    }
  }

  std::unique_ptr<sandbox::ScratchFolder> wal_;
  std::unique_ptr<sandbox::PostgresCluster> first_;
  std::unique_ptr<sandbox::PostgresCluster> recovered_;
  std::string base_;
};

}  // namespace pgattic::test
