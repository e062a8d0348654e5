#include "store/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/faulty_object_store.h"
#include "store/forwarding_object_store.h"
#include "store/memory_object_store.h"

namespace pgattic::store {
namespace {

/// A store that drops some conditions, as stores in the field did.
class CarelessStore final : public ForwardingObjectStore {
 public:
  using ForwardingObjectStore::ForwardingObjectStore;
  bool drop_put_if_absent = false;
  bool drop_complete_if_absent = false;
  bool drop_put_if_match = false;
  bool drop_get_if_match = false;
  bool drop_delete_if_match = false;

  Result<ObjectInfo> Put(const OpContext& ctx, const std::string& key, ByteView bytes,
                         const WriteOptions& options) override {
    WriteOptions kept = options;
    if (drop_put_if_absent) kept.if_absent = false;
    if (drop_put_if_match) kept.if_match.reset();
    return inner().Put(ctx, key, bytes, kept);
  }
  Result<std::unique_ptr<Upload>> StartUpload(const OpContext& ctx, const std::string& key,
                                              const WriteOptions& options) override {
    WriteOptions kept = options;
    if (drop_complete_if_absent) kept.if_absent = false;
    return inner().StartUpload(ctx, key, kept);
  }
  Result<std::string> Get(const OpContext& ctx, const std::string& key,
                          const ReadOptions& options) override {
    ReadOptions kept = options;
    if (drop_get_if_match) kept.if_match.reset();
    return inner().Get(ctx, key, kept);
  }
  Status Delete(const OpContext& ctx, const std::string& key,
                const DeleteOptions& options) override {
    DeleteOptions kept = options;
    if (drop_delete_if_match) {
      const Result<ObjectInfo> current = inner().Head(ctx, key, "");
      if (current.ok()) kept.if_match = current->etag;
    }
    return inner().Delete(ctx, key, kept);
  }
  std::string Describe() const override { return "careless://"; }
};

struct ProbeCase {
  bool CarelessStore::*dropped;
  std::string named;
};

class ProbeTest : public testing::TestWithParam<ProbeCase> {};

TEST_P(ProbeTest, NamesTheConditionThatIsIgnoredAndCleansUp) {
  const OpContext ctx;
  MemoryObjectStore memory;
  CarelessStore store(memory);
  store.*GetParam().dropped = true;
  const Status probed = ProbeConditions(ctx, store, "p/");
  ASSERT_TRUE(probed.Is(Code::kUnsupported)) << probed.ToString();
  EXPECT_THAT(probed.error().message, testing::HasSubstr(GetParam().named));
  EXPECT_TRUE(store.List(ctx, "")->empty());
  EXPECT_TRUE(store.ListUploads(ctx, "")->empty());
}

INSTANTIATE_TEST_SUITE_P(
    Conditions, ProbeTest,
    testing::Values(ProbeCase{&CarelessStore::drop_put_if_absent, "If-None-Match on PutObject"},
                    ProbeCase{&CarelessStore::drop_complete_if_absent,
                              "If-None-Match on CompleteMultipartUpload"},
                    ProbeCase{&CarelessStore::drop_put_if_match, "If-Match on PutObject"},
                    ProbeCase{&CarelessStore::drop_get_if_match, "If-Match on GetObject"},
                    ProbeCase{&CarelessStore::drop_delete_if_match, "If-Match on DeleteObject"}));

TEST(ProbeErrorTest, PassesErrorsOfTheStoreOn) {
  MemoryObjectStore memory;
  FaultyObjectStore store(memory);
  store.Add({.operation = StoreOperation::kPut,
             .error = {Code::kPermissionDenied, "no", {"s3", "AccessDenied"}, {}}});
  EXPECT_TRUE(ProbeConditions(OpContext(), store, "").Is(Code::kPermissionDenied));
}

}  // namespace
}  // namespace pgattic::store
