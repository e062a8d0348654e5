// deploy/iam: the policies, given to users of an S3 server, are enough and no more.
#include <sys/xattr.h>

#include <csignal>
#include <filesystem>

#include "tests/deploy/tool.h"
#include "tests/e2e/game_archive.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

/// A versioned bucket `my-archive` with the users writer and reader, each with its policy. A
/// bucket's policy in the place of a user's: the statements are the same, but for the principal.
/// Unlike AWS, this server answers 404 for a missing key to one who may not list.
class Iam : public GameArchive {
 protected:
  void SetUp() override {
    GameArchive::SetUp();
    LoadMonths({1, 2}, 60);
    StartServer();
    Root({"-X", "PUT", endpoint_ + "/my-archive"});
    Root({"-X", "PUT", "--data-binary",
          "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>"
          "Enabled</Status></VersioningConfiguration>",
          endpoint_ + "/my-archive?versioning="});
    nlohmann::json policy = {{"Version", "2012-10-17"}, {"Statement", nlohmann::json::array()}};
    for (const char* user : {"writer", "reader"}) {
      const auto made = RunTool({Server(), "admin", "--access", "root", "--secret", "root-secret",
                                 "--endpoint-url", endpoint_, "create-user", "--access", user,
                                 "--secret", Secret(user), "--role", "user"});
      ASSERT_TRUE(made.exit.ok()) << made.out << made.err;
      const std::string file = "deploy/iam/" + std::string(user) + ".json";
      const auto of_user = nlohmann::json::parse(FileText(InSources(file)));
      for (nlohmann::json statement : of_user["Statement"]) {
        statement["Principal"]["AWS"] = nlohmann::json::array({user});
        policy["Statement"].push_back(statement);
      }
    }
    Root({"-X", "PUT", "--data-binary", policy.dump(), endpoint_ + "/my-archive?policy="});
    Configure("s3://my-archive", "[s3]\nendpoint = \"" + endpoint_ + "\"\n");
  }

  void TearDown() override {
    if (HasFailure() && server_) std::fputs(server_->Stdout().c_str(), stderr);
  }

  static std::string Server() { return Variable("PGATTIC_THIRD_PARTY") + "/bin/versitygw"; }
  static std::string Secret(const std::string& user) { return user + "-secret"; }

  void StartServer() {
    for (const char* name : {"/root", "/versions", "/iam", "/sidecar"}) {
      fs::create_directories(folder() + "/s3" + name);
    }
    const std::uint16_t port = FreePort();
    const std::string at = folder() + "/s3";
    endpoint_ = "http://127.0.0.1:" + std::to_string(port);
    std::vector<std::string> argv = {Server(),
                                     "--port",
                                     "127.0.0.1:" + std::to_string(port),
                                     "--access",
                                     "root",
                                     "--secret",
                                     "root-secret",
                                     "--iam-dir",
                                     at + "/iam",
                                     "posix",
                                     "--versioning-dir",
                                     at + "/versions"};
    // The better place for its metadata: in sidecar files an object's outlives its deletion.
    if (::setxattr(at.c_str(), "user.pgattic-probe", "1", 1, 0) != 0) {
      argv.insert(argv.end(), {"--sidecar", at + "/sidecar"});
    }
    argv.push_back(at + "/root");
    auto begun = sandbox::Subprocess::Spawn({.argv = argv});
    ASSERT_TRUE(begun.ok()) << begun.error().ToString();
    server_ = std::move(*begun);
    const OpContext limit = OpContext().WithDeadline(std::chrono::seconds(30));
    while (!ConnectToLoopback(port).is_open()) {
      ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(5)).ok());
    }
  }

  /// A request as the server's owner.
  void Root(const std::vector<std::string>& arguments) {
    std::vector<std::string> argv = {"curl",
                                     "-s",
                                     "-f",
                                     "--aws-sigv4",
                                     "aws:amz:us-east-1:s3",
                                     "--user",
                                     "root:root-secret",
                                     "-H",
                                     "x-amz-content-sha256: UNSIGNED-PAYLOAD"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto ran = RunTool(argv);
    ASSERT_TRUE(ran.exit.ok()) << ran.out << ran.err;
  }

  Ran As(const std::string& user, const std::vector<std::string>& arguments,
         std::map<std::string, std::string> env = {}) {
    env["PGATTIC_S3_ACCESS_KEY"] = user;
    env["PGATTIC_S3_SECRET_KEY"] = Secret(user);
    Ran ran = Pgattic(arguments, env);
    last_ = ran.out + ran.err;
    return ran;
  }

  std::string endpoint_;
  std::unique_ptr<sandbox::Subprocess> server_;
  std::string last_;
};

TEST_F(Iam, AWriterWithoutListArchivesRollsBackAndGoesOnAfterAKill) {
  ASSERT_EQ(As("writer", {"init"}).code, 0) << last_;
  const std::string month = "past_games_2024_01";
  // Its object is there and in no record: the next run has to find and delete it.
  const Ran killed = As("writer", {"archive"}, {{"PGATTIC_FAILPOINT", "part.before_record"}});
  ASSERT_EQ(killed.signal, SIGKILL) << last_;
  ASSERT_EQ(As("writer", {"archive", "--partition", month, "--until", "detached"}).code, 0)
      << last_;
  EXPECT_EQ(As("writer", {"rollback", month}).code, 0) << last_;
  ASSERT_EQ(As("writer", {"archive"}).code, 0) << last_;
  EXPECT_EQ(As("writer", {"verify"}).code, 0) << last_;
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.archive WHERE phase = 'archived'"), "2");
}

TEST_F(Iam, AReaderReadsAndWritesNothing) {
  ASSERT_EQ(As("writer", {"init"}).code, 0) << last_;
  ASSERT_EQ(As("writer", {"archive", "--partition", "past_games_2024_01"}).code, 0) << last_;
  const std::string id = One("SELECT uuid FROM public.games WHERE migration_status = 3 LIMIT 1");
  EXPECT_EQ(As("reader", {"get", id}).json()["tier"], "archive") << last_;
  EXPECT_EQ(As("reader", {"verify"}).code, 0) << last_;
  const Ran refused = As("reader", {"archive", "--json"});
  EXPECT_EQ(refused.code, 1) << last_;
  EXPECT_NE(last_.find("AccessDenied"), last_.npos) << last_;
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games_2024_02"), "60");
}

}  // namespace
}  // namespace pgattic::test
