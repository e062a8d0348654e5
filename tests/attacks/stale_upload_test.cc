// A process that stood still (SIGSTOP) wakes up after others went on.
#include <csignal>

#include "attack.h"
#include "tests/support/s3/s3_server.h"

namespace pgattic::test {
namespace {

class StaleAttack : public Attack {
 protected:
  static std::vector<std::string> January(const std::string& until) {
    return {"archive", "--partition", "events_2024_01", "--until", until};
  }
  /// Ends the sessions of the stopped program, as a network or a pooler does in time: only
  /// then can another one lead.
  void CutItsConnections() {
    AsSuperuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
                database() + "' AND application_name = 'pgattic'");
    ASSERT_TRUE(Await(
        [&] {
          return Session(admin_url())
                     .One("SELECT count(*) FROM pg_stat_activity WHERE datname = '" + database() +
                          "' AND application_name = 'pgattic'") == "0";
        },
        "its sessions to end"));
  }
  void UseS3() {
    auto server = S3Server::Start();
    ASSERT_TRUE(server.ok()) << server.error().ToString();
    server_ = std::move(*server);
    const auto bucket = server_->MakeBucket();
    ASSERT_TRUE(bucket.ok());
    Configure("s3://" + *bucket, "[s3]\nendpoint = \"" + server_->endpoint() +
                                     "\"\npath_style = true\naccess_key = \"" +
                                     server_->access_key() + "\"\nsecret_key = \"" +
                                     server_->secret_key() + "\"");
  }
  std::unique_ptr<S3Server> server_;
};

TEST_F(StaleAttack, AnUploadThatWakesAfterARollbackLeavesNothingInTheFolder) {
  auto stale = StartAndStopAt("part.before_complete", January("detached"));
  CutItsConnections();
  ExpectDone(Pgattic(January("detached")));
  ExpectDone(Pgattic({"rollback", "events_2024_01"}));
  const std::map<std::string, std::string> before = Contents();
  EXPECT_NE(WakeAndFinish(*stale).code, 0);
  EXPECT_EQ(Contents(), before);
  ExpectDone(Pgattic(January("archived")));
  EXPECT_EQ(Archived().size(), 213U);
}

TEST_F(StaleAttack, AnUploadThatWakesAfterTheDropDoublesNoRow) {
  auto stale = StartAndStopAt("part.before_complete", January("detached"));
  CutItsConnections();
  ExpectDone(Pgattic(January("archived")));
  const std::map<std::string, std::string> before = Contents();
  EXPECT_NE(WakeAndFinish(*stale).code, 0);
  EXPECT_EQ(Contents(), before);
  EXPECT_EQ(Archived().size(), 213U);
}

TEST_F(StaleAttack, AnUploadThatWakesAfterTheDropDoublesNoRowInS3) {
  UseS3();
  auto stale = StartAndStopAt("part.before_complete", January("detached"));
  CutItsConnections();
  ExpectDone(Pgattic(January("archived")));
  EXPECT_NE(WakeAndFinish(*stale).code, 0);
  const Ended status = Pgattic({"status", "--json"});
  EXPECT_EQ(status.json().at("archives").at(0).at("parts").size(), 1U) << status.text();
  ExpectDone(Pgattic({"verify"}));
  ExpectFound({"e1", "e212"}, "archive");
}

TEST_F(StaleAttack, ASwapThatWakesAfterARollbackSwapsNothing) {
  auto stale = StartAndStopAt("swap.before_begin", January("detached"));
  CutItsConnections();
  ExpectDone(Pgattic({"rollback", "events_2024_01"}));
  EXPECT_NE(WakeAndFinish(*stale).code, 0);
  EXPECT_EQ(One("SELECT count(*) FROM public.events"), "400");
  EXPECT_EQ(One("SELECT to_regclass('public.events_2024_01_late') IS NULL"), "t");
}

TEST_F(StaleAttack, ADropThatWakesAfterARollbackDropsNothing) {
  auto stale = StartAndStopAt("drop.before_begin", January("archived"));
  CutItsConnections();
  ExpectDone(Pgattic({"rollback", "events_2024_01"}));
  EXPECT_NE(WakeAndFinish(*stale).code, 0);
  EXPECT_EQ(One("SELECT count(*) FROM public.events_2024_01"), "213");
  EXPECT_EQ(One("SELECT count(*) FROM public.events"), "400");
}

TEST_F(StaleAttack, APublicationThatWakesAfterARollbackIsReplaced) {
  auto stale = StartAndStopAt("publish.before_metadata", January("detached"));
  CutItsConnections();
  ExpectDone(Pgattic({"rollback", "events_2024_01"}));
  EXPECT_NE(WakeAndFinish(*stale).code, 0);
  ExpectFound({"e1"}, "database");
  // The next run replaces what it wrote, since that is of the journal's past.
  ExpectDone(Pgattic(January("archived")));
  EXPECT_EQ(Archived().size(), 213U);
  ExpectDone(Pgattic({"verify"}));
}

TEST_F(StaleAttack, ARunKilledBetweenPublicationAndRecordCanBeRolledBack) {
  const Ended killed =
      Pgattic(January("detached"), {{"PGATTIC_FAILPOINT", "publish.after_metadata"}});
  ASSERT_EQ(killed.signal, SIGKILL) << killed.text();
  ExpectDone(Pgattic({"rollback", "events_2024_01"}));
  for (const std::string& file : Files()) {
    EXPECT_TRUE(file.ends_with("_pgattic_owner.json")) << file;
  }
  ExpectDone(Pgattic(January("archived")));
  EXPECT_EQ(Archived().size(), 213U);
}

}  // namespace
}  // namespace pgattic::test
