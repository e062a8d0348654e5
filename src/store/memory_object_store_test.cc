#include "store/memory_object_store.h"

#include "store/conformance_suite.h"
#include "store/file_object_store.h"
#include "store/test_folder.h"

namespace pgattic::store {
namespace {

class MemoryFixture final : public StoreFixture {
 public:
  explicit MemoryFixture(bool versioned) : store_({.versioned = versioned}) {}
  ObjectStore& store() override { return store_; }

 private:
  MemoryObjectStore store_;
};

class FileFixture final : public StoreFixture {
 public:
  FileFixture() : store_(FileObjectStore::Open({.root = folder_.path()}).value()) {}
  ObjectStore& store() override { return *store_; }

 private:
  TestFolder folder_;
  std::unique_ptr<ObjectStore> store_;
};

INSTANTIATE_TEST_SUITE_P(
    Stores, ObjectStoreConformance,
    testing::Values(StoreCase{"Memory", [] { return std::make_unique<MemoryFixture>(false); }},
                    StoreCase{"VersionedMemory",
                              [] { return std::make_unique<MemoryFixture>(true); }},
                    StoreCase{"File", [] { return std::make_unique<FileFixture>(); }}),
    StoreCaseName);

TEST(MemoryObjectStoreTest, KeepsVersionsWhenAsked) {
  MemoryObjectStore store({.versioned = true});
  const OpContext ctx;
  const ObjectInfo first = *store.Put(ctx, "k", AsBytes("one"), {});
  const ObjectInfo second = *store.Put(ctx, "k", AsBytes("two"), {});
  EXPECT_NE(first.version_id, second.version_id);
  ASSERT_TRUE(store.Delete(ctx, "k", {.if_match = second.etag}).ok());
  EXPECT_TRUE(store.Head(ctx, "k", "").Is(Code::kNotFound));
  EXPECT_EQ(*store.Get(ctx, "k", {.version_id = first.version_id}), "one");
  ASSERT_TRUE(store.Delete(ctx, "k", {.version_id = first.version_id}).ok());
  EXPECT_TRUE(store.Head(ctx, "k", first.version_id).Is(Code::kNotFound));
  EXPECT_TRUE(store.Head(ctx, "k", second.version_id).ok());
}

}  // namespace
}  // namespace pgattic::store
