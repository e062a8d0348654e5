// Versioned buckets of a real server.
#include <gtest/gtest.h>

#include "s3/s3_object_store.h"
#include "tests/support/s3/s3_server.h"

namespace pgattic::s3 {
namespace {

class S3VersionTest : public testing::Test {
 protected:
  void SetUp() override {
    server_ = test::S3Server::Start({.versioned_buckets = true}).value();
    store_ = S3ObjectStore::Open(server_->OptionsFor(server_->MakeBucket().value())).value();
  }

  OpContext ctx_;
  std::unique_ptr<test::S3Server> server_;
  std::unique_ptr<store::ObjectStore> store_;
};

TEST_F(S3VersionTest, ReadsEachVersionByItsId) {
  const store::ObjectInfo first = *store_->Put(ctx_, "k", AsBytes("one"), {});
  const store::ObjectInfo second = *store_->Put(ctx_, "k", AsBytes("two"), {});
  ASSERT_FALSE(first.version_id.empty());
  EXPECT_NE(first.version_id, second.version_id);
  EXPECT_EQ(*store_->Get(ctx_, "k", {}), "two");
  EXPECT_EQ(*store_->Get(ctx_, "k", {.version_id = first.version_id}), "one");
  EXPECT_EQ(store_->Head(ctx_, "k", first.version_id)->etag, first.etag);
}

TEST_F(S3VersionTest, NamesTheVersionThatAnUploadMade) {
  auto upload = store_->StartUpload(ctx_, "k", {}).value();
  ASSERT_TRUE(upload->Write(ctx_, AsBytes(std::string(6 << 20, 'v'))).ok());
  const store::ObjectInfo info = *upload->Complete(ctx_);
  EXPECT_FALSE(info.version_id.empty());
  EXPECT_EQ(store_->Head(ctx_, "k", "")->version_id, info.version_id);
}

TEST_F(S3VersionTest, DeletesOneVersionForGoodAndLeavesTheOthers) {
  const store::ObjectInfo first = *store_->Put(ctx_, "k", AsBytes("one"), {});
  const store::ObjectInfo second = *store_->Put(ctx_, "k", AsBytes("two"), {});
  ASSERT_TRUE(store_->Delete(ctx_, "k", {.version_id = first.version_id}).ok());
  EXPECT_TRUE(store_->Get(ctx_, "k", {.version_id = first.version_id}).Is(Code::kNotFound));
  EXPECT_EQ(*store_->Get(ctx_, "k", {}), "two");
  const Status again = store_->Delete(ctx_, "k", {.version_id = first.version_id});
  EXPECT_TRUE(again.ok()) << again.ToString();
}

TEST_F(S3VersionTest, ListsEveryVersionOfAKeyAndOfNoOther) {
  const store::ObjectInfo first = *store_->Put(ctx_, "k", AsBytes("one"), {});
  const store::ObjectInfo second = *store_->Put(ctx_, "k", AsBytes("two"), {});
  ASSERT_TRUE(store_->Put(ctx_, "k2", AsBytes("other"), {}).ok());
  ASSERT_TRUE(store_->Delete(ctx_, "k", {.if_match = second.etag}).ok());
  std::vector<std::string> ids = store_->ListVersions(ctx_, "k").value();
  EXPECT_EQ(ids.size(), 3U);  // And the delete marker.
  for (const std::string& id : ids) {
    const Status deleted = store_->Delete(ctx_, "k", {.version_id = id});
    EXPECT_TRUE(deleted.ok()) << deleted.ToString();
  }
  EXPECT_TRUE(store_->ListVersions(ctx_, "k")->empty());
  EXPECT_EQ(store_->ListVersions(ctx_, "k2")->size(), 1U);
}

TEST_F(S3VersionTest, KeepsTheVersionBehindADeleteByEtag) {
  const store::ObjectInfo only = *store_->Put(ctx_, "k", AsBytes("one"), {});
  ASSERT_TRUE(store_->Delete(ctx_, "k", {.if_match = only.etag}).ok());
  EXPECT_TRUE(store_->Head(ctx_, "k", "").Is(Code::kNotFound));
  EXPECT_TRUE(store_->Get(ctx_, "k", {}).Is(Code::kNotFound));
  EXPECT_EQ(*store_->Get(ctx_, "k", {.version_id = only.version_id}), "one");
}

}  // namespace
}  // namespace pgattic::s3
