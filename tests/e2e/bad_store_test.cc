// Stores that are absent, closed, full, wrong about the time, or lose what they held: a clear
// error, and no row moves.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "game_archive.h"
#include "tests/support/s3/http_tap.h"

namespace pgattic::test {
namespace {

class BadStore : public GameArchive {
 protected:
  void SetUp() override {
    GameArchive::SetUp();
    LoadMonths({1}, 60);
    ASSERT_EQ(Pgattic({"init"}).code, 0);
  }
  void Fails(const Ran& ran, const std::string& words) {
    EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
    EXPECT_NE(ran.err.find(words), std::string::npos) << words << " is not in: " << ran.err;
    EXPECT_EQ(ran.err.find("never-shown"), std::string::npos) << ran.err;
    EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "60");
  }
  void ConfigureS3(const std::string& endpoint, const std::string& url, const std::string& key,
                   const std::string& secret) {
    Configure(url, "[s3]\nendpoint = \"" + endpoint + "\"\nmax_retries = 0\naccess_key = \"" + key +
                       "\"\nsecret_key = \"" + secret + "\"");
  }
};

TEST_F(BadStore, OfS3IsNamedWithItsRemedy) {
  UseS3();
  const std::string good = "s3://" + bucket();
  ConfigureS3(s3().endpoint(), "s3://no-such-bucket", s3().access_key(), s3().secret_key());
  Fails(Pgattic({"archive"}), "no-such-bucket");
  ConfigureS3(s3().endpoint(), good, s3().access_key(), "never-shown");
  Fails(Pgattic({"archive"}), "s3.secret_key");
  ConfigureS3(s3().endpoint(), good, "nobody", "never-shown");
  Fails(Pgattic({"archive"}), "s3.access_key");
  ConfigureS3("http://127.0.0.1:1", good, "a", "never-shown");
  Fails(Pgattic({"archive"}), "127.0.0.1:1");
  HttpTap late(0);
  late.SetHook([](const TapRequest&) {
    return TapAction::Reply("403 Forbidden",
                            "<?xml version=\"1.0\"?><Error><Code>RequestTimeTooSkewed</Code>"
                            "<Message>The difference is too large.</Message></Error>");
  });
  ConfigureS3(late.endpoint(), good, "a", "never-shown");
  Fails(Pgattic({"archive"}), "clock");
  const Ran doctor = Pgattic({"doctor"});
  EXPECT_EQ(doctor.code, 1);
  EXPECT_NE(doctor.out.find("clock"), std::string::npos) << doctor.out;
}

TEST_F(BadStore, AFolderThatIsFullIsToldAndARunGoesOnWhenThereIsRoom) {
  // A limit of the process stands for the end of the disk; the server is not its child.
  sandbox::SubprocessOptions options;
  options.argv = {"bash",
                  "-c",
                  "trap '' XFSZ; ulimit -f 16; exec \"$@\"",
                  "bash",
                  std::getenv("PGATTIC_BIN"),
                  "archive",
                  "--config",
                  config()};
  const auto full = sandbox::Subprocess::Run(OpContext(), options);
  ASSERT_TRUE(full.ok());
  Fails({full->exit.code, full->exit.signal, full->out, full->err}, "file size limit");
  const Ran ran = Pgattic({"archive", "--until", "detached"});
  EXPECT_EQ(ran.code, 0) << ran.err;
}

TEST_F(BadStore, AFolderThatCannotBeWrittenIsNamed) {
  if (geteuid() == 0) {
    // Nothing is closed to root: run as the account that may reach the server's socket.
    const auto user = sandbox::FindOsUser("postgres");
    if (!user.ok()) GTEST_SKIP() << "SKIP: no account but root";
    const std::string closed = "/tmp/" + One("SELECT current_database()") + "-closed";
    ASSERT_TRUE(std::filesystem::create_directory(closed));
    sandbox::SubprocessOptions options;
    options.argv = {std::getenv("PGATTIC_BIN"), "archive"};
    options.user = *user;
    options.working_folder = "/";
    options.env = {{"PGATTIC_DATABASE_URL", url()},
                   {"PGATTIC_ARCHIVE_URL", "file://" + closed},
                   {"PGATTIC_SOURCE_TABLE", "public.past_games"},
                   {"PGATTIC_SOURCE_ID_COLUMN", "gid"}};
    const auto ran = sandbox::Subprocess::Run(OpContext(), options);
    std::filesystem::remove(closed);
    ASSERT_TRUE(ran.ok());
    Fails({ran->exit.code, ran->exit.signal, ran->out, ran->err}, closed);
    return;
  }
  ASSERT_EQ(chmod(archive_folder().c_str(), 0555), 0);
  Fails(Pgattic({"archive"}), archive_folder());
  chmod(archive_folder().c_str(), 0755);
}

TEST_F(BadStore, AnObjectDeletedAfterArchivingIsNeverAnAbsentRow) {
  const std::string id = One("SELECT min(gid) FROM public.past_games");
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  const std::string key = One("SELECT key FROM pgattic.part");
  std::filesystem::remove(archive_folder() + "/" + key);
  const Ran get = Pgattic({"get", id});
  EXPECT_EQ(get.code, 1);
  EXPECT_EQ(get.json().at("availability"), "temporarily_unavailable");
  EXPECT_TRUE(get.json().at("row").is_null());
  EXPECT_NE(get.err.find(key), std::string::npos) << get.err;
  const Ran verify = Pgattic({"verify"});
  EXPECT_EQ(verify.code, 1);
  EXPECT_NE(verify.out.find("FAILED  " + key), std::string::npos) << verify.out;
}

}  // namespace
}  // namespace pgattic::test
