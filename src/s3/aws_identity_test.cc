#include "s3/aws_identity.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace pgattic::s3 {
namespace {

/// None of the caller's variables, and no way to a metadata service.
class AwsIdentityTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : kNames) unsetenv(name);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
  }
  void TearDown() override {
    for (const char* name : kNames) unsetenv(name);
    for (const char* name :
         {"AWS_EC2_METADATA_DISABLED", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}) {
      unsetenv(name);
    }
  }
  static constexpr const char* kNames[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                           "AWS_SESSION_TOKEN", "AWS_PROFILE"};
};

TEST_F(AwsIdentityTest, FixedKeysGoBeforeTheChain) {
  setenv("AWS_ACCESS_KEY_ID", "other", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "other", 1);
  const auto identity =
      AwsIdentity::Open({"athena", {Secret("key"), Secret("secret"), Secret("token")}, "", ""});
  ASSERT_TRUE(identity.ok());
  const auto keys = (*identity)->Keys({});
  ASSERT_TRUE(keys.ok()) << keys.error().ToString();
  EXPECT_EQ(keys->access_key.Reveal(), "key");
  EXPECT_EQ(keys->secret_key.Reveal(), "secret");
  EXPECT_EQ(keys->session_token.Reveal(), "token");
}

TEST_F(AwsIdentityTest, TheChainReadsTheEnvironment) {
  setenv("AWS_ACCESS_KEY_ID", "fromenv", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  const auto identity = AwsIdentity::Open({"athena", {}, "", ""});
  ASSERT_TRUE(identity.ok());
  const auto keys = (*identity)->Keys({});
  ASSERT_TRUE(keys.ok()) << keys.error().ToString();
  EXPECT_EQ(keys->access_key.Reveal(), "fromenv");
  EXPECT_TRUE(keys->session_token.empty());
}

TEST_F(AwsIdentityTest, NoneAtAllSaysWhatToDo) {
  const auto identity = AwsIdentity::Open({"athena", {}, "", "set athena.access_key"});
  ASSERT_TRUE(identity.ok());
  const auto keys = (*identity)->Keys(OpContext().WithDeadline(std::chrono::seconds(20)));
  ASSERT_TRUE(keys.Is(Code::kPermissionDenied));
  EXPECT_NE(keys.error().message.find("set athena.access_key"), std::string::npos);
}

TEST_F(AwsIdentityTest, NeitherAsksNorWaitsWhenItIsOver) {
  const auto identity = AwsIdentity::Open({"athena", {}, "", ""});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE((*identity)->Keys(OpContext(SystemClock(), stop.get_token())).Is(Code::kCancelled));
}

TEST_F(AwsIdentityTest, ACaFileThatIsNoneIsSaid) {
  EXPECT_TRUE(AwsIdentity::Open({"athena", {}, "/no/such.pem", ""}).Is(Code::kFailedPrecondition));
}

}  // namespace
}  // namespace pgattic::s3
