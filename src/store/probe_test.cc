#include "store/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/faulty_object_store.h"
#include "store/memory_object_store.h"

namespace pgattic::store {
namespace {

/// A store that drops some conditions, as stores in the field did.
class CarelessStore final : public ObjectStore {
 public:
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
    return memory_.Put(ctx, key, bytes, kept);
  }
  Result<std::unique_ptr<Upload>> StartUpload(const OpContext& ctx, const std::string& key,
                                              const WriteOptions& options) override {
    WriteOptions kept = options;
    if (drop_complete_if_absent) kept.if_absent = false;
    return memory_.StartUpload(ctx, key, kept);
  }
  Result<std::string> Get(const OpContext& ctx, const std::string& key,
                          const ReadOptions& options) override {
    ReadOptions kept = options;
    if (drop_get_if_match) kept.if_match.reset();
    return memory_.Get(ctx, key, kept);
  }
  Result<ObjectInfo> Head(const OpContext& ctx, const std::string& key,
                          const std::string& version_id) override {
    return memory_.Head(ctx, key, version_id);
  }
  Status Delete(const OpContext& ctx, const std::string& key,
                const DeleteOptions& options) override {
    DeleteOptions kept = options;
    if (drop_delete_if_match) {
      const Result<ObjectInfo> current = memory_.Head(ctx, key, "");
      if (current.ok()) kept.if_match = current->etag;
    }
    return memory_.Delete(ctx, key, kept);
  }
  Result<std::vector<std::string>> List(const OpContext& ctx, const std::string& prefix) override {
    return memory_.List(ctx, prefix);
  }
  Result<std::vector<std::string>> ListUploads(const OpContext& ctx,
                                               const std::string& prefix) override {
    return memory_.ListUploads(ctx, prefix);
  }
  Result<std::vector<std::string>> ListVersions(const OpContext&, const std::string&) override {
    return std::vector<std::string>();
  }
  Status AbortUploads(const OpContext& ctx, const std::string& key) override {
    return memory_.AbortUploads(ctx, key);
  }
  std::string Describe() const override { return "careless://"; }

 private:
  MemoryObjectStore memory_;
};

struct ProbeCase {
  bool CarelessStore::*dropped;
  std::string named;
};

class ProbeTest : public testing::TestWithParam<ProbeCase> {};

TEST_P(ProbeTest, NamesTheConditionThatIsIgnoredAndCleansUp) {
  const OpContext ctx;
  CarelessStore store;
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
