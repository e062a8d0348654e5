#include "s3/aws_region.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace pgattic::s3 {
namespace {

/// A configuration file of AWS of its own, and none of the caller's variables.
class AwsRegionTest : public testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path() / ("aws-config-" + std::to_string(getpid()));
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"}) unsetenv(name);
    setenv("AWS_CONFIG_FILE", file_.c_str(), 1);
  }
  void TearDown() override {
    std::filesystem::remove(file_);
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"}) unsetenv(name);
    unsetenv("AWS_CONFIG_FILE");
  }
  void WriteProfiles() const {
    std::ofstream(file_) << "[default]\nregion = eu-north-1\n"
                            "[profile games]\nregion = ap-south-1\n[profile bare]\n";
  }

 private:
  std::filesystem::path file_;
};

TEST_F(AwsRegionTest, IsUsEast1WhenNothingSaysOtherwise) {
  EXPECT_EQ(DefaultRegion(), "us-east-1");
}

TEST_F(AwsRegionTest, ComesFromTheProfile) {
  WriteProfiles();
  EXPECT_EQ(DefaultRegion(), "eu-north-1");
  setenv("AWS_PROFILE", "games", 1);
  EXPECT_EQ(DefaultRegion(), "ap-south-1");
  setenv("AWS_PROFILE", "bare", 1);
  EXPECT_EQ(DefaultRegion(), "us-east-1");
}

TEST_F(AwsRegionTest, VariablesGoBeforeTheProfile) {
  WriteProfiles();
  setenv("AWS_DEFAULT_REGION", "eu-west-3", 1);
  EXPECT_EQ(DefaultRegion(), "eu-west-3");
  setenv("AWS_REGION", "sa-east-1", 1);
  EXPECT_EQ(DefaultRegion(), "sa-east-1");
}

}  // namespace
}  // namespace pgattic::s3
