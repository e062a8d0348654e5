#include "store/faulty_object_store.h"

#include <gtest/gtest.h>

#include "store/memory_object_store.h"

namespace pgattic::store {
namespace {

class FaultyObjectStoreTest : public testing::Test {
 protected:
  static Error Down() { return {Code::kUnavailable, "down", {"test", "503"}, {}}; }

  OpContext ctx_;
  MemoryObjectStore memory_;
  FaultyObjectStore store_{memory_};
};

TEST_F(FaultyObjectStoreTest, FailsTheNthCallBeforeItsEffect) {
  store_.Add({.operation = StoreOperation::kPut, .nth = 2, .error = Down()});
  EXPECT_TRUE(store_.Put(ctx_, "a", AsBytes("1"), {}).ok());
  EXPECT_TRUE(store_.Put(ctx_, "b", AsBytes("1"), {}).Is(Code::kUnavailable));
  EXPECT_TRUE(store_.Put(ctx_, "c", AsBytes("1"), {}).ok());
  EXPECT_TRUE(memory_.Head(ctx_, "b", "").Is(Code::kNotFound));
  EXPECT_EQ(store_.calls(StoreOperation::kPut), 3);
}

TEST_F(FaultyObjectStoreTest, LosesAReplyAfterTheEffect) {
  store_.Add({.operation = StoreOperation::kUploadComplete,
              .after_effect = true,
              .error = {Code::kInDoubt, "lost", {}, {}}});
  auto upload = store_.StartUpload(ctx_, "k", {}).value();
  ASSERT_TRUE(upload->Write(ctx_, AsBytes("x")).ok());
  EXPECT_TRUE(upload->Complete(ctx_).Is(Code::kInDoubt));
  EXPECT_TRUE(upload->Complete(ctx_).Is(Code::kInDoubt));
  EXPECT_EQ(*memory_.Get(ctx_, "k", {}), "x");
}

TEST_F(FaultyObjectStoreTest, FailsInTheMiddleOfAnUpload) {
  store_.Add({.operation = StoreOperation::kUploadWrite, .nth = 2, .error = Down()});
  auto upload = store_.StartUpload(ctx_, "k", {}).value();
  EXPECT_TRUE(upload->Write(ctx_, AsBytes("x")).ok());
  EXPECT_TRUE(upload->Write(ctx_, AsBytes("y")).Is(Code::kUnavailable));
  EXPECT_TRUE(upload->Complete(ctx_).Is(Code::kUnavailable));
  EXPECT_TRUE(memory_.Head(ctx_, "k", "").Is(Code::kNotFound));
}

TEST_F(FaultyObjectStoreTest, DamagesReads) {
  ASSERT_TRUE(store_.Put(ctx_, "k", AsBytes("abcd"), {}).ok());
  store_.Add(ReadDamage{.nth = 1, .offset = 1});
  store_.Add(ReadDamage{.nth = 2, .truncate = true, .offset = 3});
  EXPECT_EQ(*store_.Get(ctx_, "k", {}), "accd");
  EXPECT_EQ(*store_.Get(ctx_, "k", {}), "abc");
  EXPECT_EQ(*store_.Get(ctx_, "k", {}), "abcd");
  EXPECT_EQ(store_.bytes_read(), 11);
}

TEST_F(FaultyObjectStoreTest, StaysDownUntilCleared) {
  store_.FailAlways(StoreOperation::kHead, Down());
  EXPECT_TRUE(store_.Head(ctx_, "k", "").Is(Code::kUnavailable));
  EXPECT_TRUE(store_.Head(ctx_, "k", "").Is(Code::kUnavailable));
  store_.ClearFaults();
  EXPECT_TRUE(store_.Head(ctx_, "k", "").Is(Code::kNotFound));
}

TEST_F(FaultyObjectStoreTest, PassesEverythingElseThrough) {
  const ObjectInfo info = *store_.Put(ctx_, "k", AsBytes("x"), {});
  EXPECT_EQ(store_.List(ctx_, "")->size(), 1U);
  EXPECT_TRUE(store_.ListUploads(ctx_, "")->empty());
  EXPECT_TRUE(store_.AbortUploads(ctx_, "k").ok());
  EXPECT_TRUE(store_.Delete(ctx_, "k", {.if_match = info.etag}).ok());
  EXPECT_EQ(store_.Describe(), "memory://");
}

}  // namespace
}  // namespace pgattic::store
