// RecoveryAttack: a server with a base backup and archived WAL, to be recovered to any moment.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "attack.h"
#include "sandbox/postgres_install.h"

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
    // A cold copy is a base backup; what comes after it is in the archived WAL.
    ASSERT_TRUE(first_->Stop(OpContext()).ok());
    base_ = wal_->path() + "/base";
    std::filesystem::copy(first_->data_dir(), base_, std::filesystem::copy_options::recursive);
    GiveAway(base_);
    ASSERT_TRUE(first_->Restart(OpContext()).ok());
    Reconnect();
  }
  void TearDown() override {
    recovered_.reset();
    first_.reset();
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
