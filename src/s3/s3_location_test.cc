#include "s3/s3_location.h"

#include <gtest/gtest.h>

namespace pgattic::s3 {
namespace {

S3Options Options(const std::string& bucket) {
  S3Options options;
  options.bucket = bucket;
  return options;
}

TEST(S3LocationTest, PutsTheBucketIntoTheHostOnAws) {
  S3Options options = Options("games");
  options.region = "eu-west-1";
  const S3Location at(options);
  EXPECT_EQ(at.endpoint(), "https://games.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(at.host(), "games.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(at.ObjectPath("a/b", {}), "/a/b");
  EXPECT_EQ(at.BucketPath({{"uploads", ""}}), "/?uploads=");
  EXPECT_TRUE(at.is_tls());
}

TEST(S3LocationTest, KnowsChinaAndDottedBuckets) {
  S3Options options = Options("games.example");
  options.region = "cn-north-1";
  const S3Location at(options);
  EXPECT_EQ(at.host(), "s3.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(at.ObjectPath("k", {}), "/games.example/k");
}

TEST(S3LocationTest, PutsTheBucketIntoThePathOnOtherServers) {
  S3Options options = Options("games");
  options.endpoint = "http://localhost:9000/";
  EXPECT_EQ(S3Location(options).endpoint(), "http://localhost:9000");
  EXPECT_EQ(S3Location(options).host(), "localhost:9000");
  EXPECT_EQ(S3Location(options).ObjectPath("k", {{"versionId", "a/b"}}),
            "/games/k?versionId=a%2Fb");
  EXPECT_FALSE(S3Location(options).is_tls());
  options.path_style = false;
  EXPECT_EQ(S3Location(options).endpoint(), "http://games.localhost:9000");
}

TEST(S3LocationTest, PutsThePrefixBeforeKeysAndTakesItAway) {
  S3Options options = Options("games");
  options.prefix = "old/stuff";
  const S3Location at(options);
  EXPECT_EQ(at.FullKey("k"), "old/stuff/k");
  EXPECT_EQ(at.KeyOf("old/stuff/k"), "k");
  EXPECT_EQ(at.Describe(), "s3://games/old/stuff");
  EXPECT_EQ(S3Location(Options("games")).Describe(), "s3://games");
}

TEST(S3LocationTest, EncodesAsSignaturesWantIt) {
  EXPECT_EQ(PercentEncode("a b/c+d=\xC3\xA9~-._", true), "a%20b/c%2Bd%3D%C3%A9~-._");
  EXPECT_EQ(PercentEncode("a/b", false), "a%2Fb");
  EXPECT_EQ(PercentDecode("a%20b+c%2Bd%zz%"), "a b c+d%zz%");
}

}  // namespace
}  // namespace pgattic::s3
