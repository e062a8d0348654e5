#include "s3/s3_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "s3/s3_object_store.h"

namespace pgattic::s3 {
namespace {

S3Options Good() {
  S3Options options;
  options.bucket = "games";
  return options;
}

TEST(S3OptionsTest, TakesABucketAlone) { EXPECT_TRUE(Good().Validate().ok()); }

TEST(S3OptionsTest, NamesTheOptionThatIsWrong) {
  const std::vector<std::pair<std::string, std::function<void(S3Options&)>>> table{
      {"archive.url", [](S3Options& o) { o.bucket = ""; }},
      {"archive.url", [](S3Options& o) { o.bucket = "a/b"; }},
      {"s3.endpoint", [](S3Options& o) { o.endpoint = "localhost:9000"; }},
      {"s3.access_key", [](S3Options& o) { o.access_key = Secret("only"); }},
      {"archive.url", [](S3Options& o) { o.prefix = "/abs"; }},
      {"archive.url", [](S3Options& o) { o.prefix = "a/../b"; }},
      {"s3.part_size", [](S3Options& o) { o.part_size_bytes = 1024; }},
      {"s3.parts_in_flight", [](S3Options& o) { o.parts_in_flight = 0; }},
      {"s3.request_timeout",
       [](S3Options& o) { o.request_timeout = std::chrono::milliseconds(0); }},
  };
  for (const auto& [name, spoil] : table) {
    S3Options options = Good();
    spoil(options);
    const Status status = options.Validate();
    ASSERT_TRUE(status.Is(Code::kInvalidArgument)) << name;
    EXPECT_THAT(status.error().message, testing::HasSubstr(name));
  }
}

TEST(S3OptionsTest, PutsTheBucketIntoThePathWhereAHostNameCannotHoldIt) {
  S3Options options;
  options.bucket = "games";
  EXPECT_FALSE(UsesPathStyle(options));
  options.bucket = "games.example";
  EXPECT_TRUE(UsesPathStyle(options));
  options.path_style = false;
  EXPECT_FALSE(UsesPathStyle(options));
  options = {.bucket = "games", .endpoint = "http://127.0.0.1:9000"};
  EXPECT_TRUE(UsesPathStyle(options));
}

TEST(S3OptionsTest, OpenRefusesAMissingCaFile) {
  S3Options options = Good();
  options.ca_file = "/no/such/ca.pem";
  const auto store = S3ObjectStore::Open(options);
  ASSERT_TRUE(store.Is(Code::kFailedPrecondition));
  EXPECT_THAT(store.error().message, testing::HasSubstr("/no/such/ca.pem"));
}

TEST(S3OptionsTest, OpensAndClosesManyStores) {
  S3Options options = Good();
  options.access_key = Secret("a");
  options.secret_key = Secret("s");
  const auto first = S3ObjectStore::Open(options);
  EXPECT_TRUE(first.ok());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(S3ObjectStore::Open(options).ok());
}

}  // namespace
}  // namespace pgattic::s3
