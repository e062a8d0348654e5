// Which requests the store sends, counted between it and a real server.
#include <chrono>

#include "base/hash.h"
#include "s3/s3_tap_fixture.h"

namespace pgattic::s3 {
namespace {

using testing::ElementsAre;

class S3RequestTest : public S3TapTest {};

TEST_F(S3RequestTest, ReadsARangeWithOneGetOfItsBytes) {
  ASSERT_TRUE(store_->Put(ctx_, "k", AsBytes(std::string(3 << 20, 'x')), {}).ok());
  tap_.TakeRecords();
  const store::ReadOptions range{.range = store::ByteRange{1 << 20, 1 << 20}};
  EXPECT_EQ(store_->Get(ctx_, "k", range)->size(), 1U << 20);
  const auto records = tap_.TakeRecords();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].method, "GET");
  EXPECT_EQ(records[0].status, 206);
  EXPECT_EQ(records[0].body_bytes, 1 << 20);
}

TEST_F(S3RequestTest, ReadsAWholeLargeObjectWithOneGet) {
  const std::string text(12 << 20, 'y');
  ASSERT_TRUE(store_->Put(ctx_, "k", AsBytes(text), {}).ok());
  tap_.TakeRecords();
  EXPECT_EQ(*store_->Get(ctx_, "k", {}), text);
  EXPECT_THAT(TakeMethods(), ElementsAre("GET"));
}

TEST_F(S3RequestTest, WritesWhatFitsIntoAPartWithOnePut) {
  auto upload = store_->StartUpload(ctx_, "k", {.if_absent = true}).value();
  ASSERT_TRUE(upload->Write(ctx_, AsBytes(std::string(5 << 20, 'z'))).ok());
  ASSERT_TRUE(upload->Complete(ctx_).ok());
  EXPECT_THAT(TakeMethods(), ElementsAre("PUT"));
}

TEST_F(S3RequestTest, WritesMoreAsPartsThatAreBoundedInNumber) {
  auto upload = store_->StartUpload(ctx_, "k", {}).value();
  ASSERT_TRUE(upload->Write(ctx_, AsBytes(std::string(11 << 20, 'z'))).ok());
  ASSERT_TRUE(upload->Complete(ctx_).ok());
  const std::vector<std::string> methods = TakeMethods();
  EXPECT_EQ(std::ranges::count(methods, "POST"), 2);
  EXPECT_EQ(std::ranges::count(methods, "PUT"), 3);
  EXPECT_EQ(methods.size(), 5U);
}

TEST_F(S3RequestTest, AbortsAMultipartUploadThatIsDestroyed) {
  {
    auto upload = store_->StartUpload(ctx_, "k", {}).value();
    ASSERT_TRUE(upload->Write(ctx_, AsBytes(std::string(11 << 20, 'z'))).ok());
  }
  EXPECT_EQ(TakeMethods().back(), "DELETE");
  EXPECT_TRUE(store_->ListUploads(ctx_, "")->empty());
}

TEST_F(S3RequestTest, SendsTheAttributesOfNewObjects) {
  S3Options options = Options();
  options.storage_class = "STANDARD";
  options.tags = {{"team", "a b"}, {"x", "1"}};
  std::vector<std::string> heads;
  tap_.SetHook([&](const test::TapRequest& request) {
    heads.push_back(request.Header("x-amz-storage-class") + "|" + request.Header("x-amz-tagging") +
                    "|" + request.Header("x-amz-meta-nonce") + "|" +
                    request.Header("Content-Type") + "|" + request.Header("If-None-Match"));
    return test::TapAction{};
  });
  const auto store = OpenStore(options);
  const store::WriteOptions write{
      .if_absent = true, .user_metadata = {{"nonce", "n1"}}, .content_type = "application/json"};
  ASSERT_TRUE(store->Put(ctx_, "k", AsBytes("{}"), write).ok());
  tap_.SetHook({});
  EXPECT_THAT(heads, ElementsAre("STANDARD|team=a%20b&x=1|n1|application/json|*"));
}

TEST_F(S3RequestTest, KnowsTheChecksumOfWhatItWrote) {
  const store::ObjectInfo put = *store_->Put(ctx_, "small", AsBytes("123456789"), {});
  // CRC-64/NVME of "123456789" is AE8B14860A799888 (its catalogue's check value).
  EXPECT_EQ(put.crc64nvme, "rosUhgp5mIg=");
  EXPECT_EQ(store_->Head(ctx_, "small", "")->crc64nvme, put.crc64nvme);
  auto upload = store_->StartUpload(ctx_, "large", {}).value();
  ASSERT_TRUE(upload->Write(ctx_, AsBytes(std::string(6 << 20, 'c'))).ok());
  const store::ObjectInfo completed = *upload->Complete(ctx_);
  EXPECT_FALSE(completed.crc64nvme.empty());
  EXPECT_EQ(store_->Head(ctx_, "large", "")->crc64nvme, completed.crc64nvme);
}

TEST_F(S3RequestTest, LeavesChecksumsOutWhenToldTo) {
  S3Options options = Options();
  options.checksums = false;
  std::string seen;
  tap_.SetHook([&](const test::TapRequest& request) {
    seen += request.Header("x-amz-checksum-crc64nvme") +
            request.Header("x-amz-checksum-algorithm") + request.Header("x-amz-checksum-mode");
    return test::TapAction{};
  });
  const auto store = OpenStore(options);
  auto upload = store->StartUpload(ctx_, "k", {}).value();
  ASSERT_TRUE(upload->Write(ctx_, AsBytes(std::string(6 << 20, 'c'))).ok());
  ASSERT_TRUE(upload->Complete(ctx_).ok());
  EXPECT_EQ(store->Get(ctx_, "k", {})->size(), 6U << 20);
  tap_.SetHook({});
  EXPECT_EQ(seen, "");
}

TEST_F(S3RequestTest, FollowsListsOverPages) {
  int page = 0;
  tap_.SetHook([&](const test::TapRequest& request) {
    if (request.target.find("list-type=2") == std::string::npos) return test::TapAction{};
    const bool is_first = request.target.find("continuation-token") == std::string::npos;
    ++page;
    const std::string prefix = "FollowsListsOverPages/";
    return test::TapAction::Reply(
        "200 OK", is_first ? "<R><EncodingType>url</EncodingType><Contents><Key>" + prefix +
                                 "b%2Bc</Key></Contents><NextContinuationToken>t&amp;1"
                                 "</NextContinuationToken></R>"
                           : "<R><Contents><Key>" + prefix + "a</Key></Contents></R>");
  });
  EXPECT_THAT(*store_->List(ctx_, ""), ElementsAre("a", "b+c"));
  tap_.SetHook({});
  EXPECT_EQ(page, 2);
}

TEST_F(S3RequestTest, TakesARangeOutOfAnAnswerThatIgnoredIt) {
  Meet("GET", "/k", test::TapAction::Reply("200 OK", "0123456789"), 1);
  EXPECT_EQ(*store_->Get(ctx_, "k", {.range = store::ByteRange{2, 3}}), "234");
}

TEST_F(S3RequestTest, RefusesAnotherRangeThanAskedFor) {
  Meet("GET", "/k",
       test::TapAction::Reply("206 Partial Content", "abc", "Content-Range: bytes 7-9/10\r\n"), 1);
  EXPECT_TRUE(store_->Get(ctx_, "k", {.range = store::ByteRange{2, 3}}).Is(Code::kCorruption));
}

}  // namespace
}  // namespace pgattic::s3
