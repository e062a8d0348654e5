// The conformance suite: what the port promises, asked of every store. Include it in one
// test file and instantiate it:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, ObjectStoreConformance, testing::Values(StoreCase{...}),
//                            StoreCaseName);
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/object_store.h"
#include "store/probe.h"

namespace pgattic::store {

/// A store under test with what it needs to live. Each test gets its own, empty.
class StoreFixture {
 public:
  StoreFixture() = default;
  StoreFixture(const StoreFixture&) = delete;
  StoreFixture& operator=(const StoreFixture&) = delete;
  virtual ~StoreFixture() = default;
  virtual ObjectStore& store() = 0;
};

struct StoreCase {
  std::string name;
  std::function<std::unique_ptr<StoreFixture>()> make;
};

inline void PrintTo(const StoreCase& store_case, std::ostream* out) { *out << store_case.name; }

inline std::string StoreCaseName(const testing::TestParamInfo<StoreCase>& info) {
  return info.param.name;
}

class ObjectStoreConformance : public testing::TestWithParam<StoreCase> {
 protected:
  void SetUp() override { fixture_ = GetParam().make(); }
  ObjectStore& store() { return fixture_->store(); }

  /// More than the least part size of S3: the store, not only the client, knows the upload.
  static std::string Large(std::size_t bytes = std::size_t{6} << 20) {
    std::string text(bytes, '\0');
    std::uint64_t state = 0x9E3779B97F4A7C15ULL;
    for (char& c : text) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      c = static_cast<char>(state >> 56);
    }
    return text;
  }
  ObjectInfo MustPut(const std::string& key, const std::string& text,
                     const WriteOptions& options = {}) {
    Result<ObjectInfo> info = store().Put(ctx_, key, AsBytes(text), options);
    EXPECT_TRUE(info.ok()) << info.status().ToString();
    return info.ok() ? *info : ObjectInfo();
  }
  std::string MustGet(const std::string& key, const ReadOptions& options = {}) {
    Result<std::string> text = store().Get(ctx_, key, options);
    EXPECT_TRUE(text.ok()) << text.status().ToString();
    return text.ok() ? *text : "<error>";
  }
  std::unique_ptr<Upload> MustStart(const std::string& key, const WriteOptions& options = {}) {
    Result<std::unique_ptr<Upload>> upload = store().StartUpload(ctx_, key, options);
    EXPECT_TRUE(upload.ok()) << upload.status().ToString();
    return upload.ok() ? std::move(upload).value() : nullptr;
  }

  OpContext ctx_;
  std::unique_ptr<StoreFixture> fixture_;
};

template <typename Outcome>
std::string CodeNameOf(const Outcome& outcome) {
  return std::string(outcome.ok() ? "ok" : TraitsOf(outcome.error().code).name);
}

TEST_P(ObjectStoreConformance, GivesBackWhatWasPut) {
  const ObjectInfo put = MustPut("a/b.bin", "hello");
  EXPECT_EQ(put.size_bytes, 5);
  EXPECT_FALSE(put.etag.empty());
  EXPECT_EQ(MustGet("a/b.bin"), "hello");
  const Result<ObjectInfo> head = store().Head(ctx_, "a/b.bin", "");
  ASSERT_TRUE(head.ok()) << head.status().ToString();
  EXPECT_EQ(head->etag, put.etag);
  EXPECT_EQ(head->size_bytes, 5);
}

TEST_P(ObjectStoreConformance, KeepsEmptyObjects) {
  EXPECT_EQ(MustPut("empty", "").size_bytes, 0);
  EXPECT_EQ(MustGet("empty"), "");
  std::unique_ptr<Upload> upload = MustStart("empty-upload");
  ASSERT_TRUE(upload->Complete(ctx_).ok());
  EXPECT_EQ(MustGet("empty-upload"), "");
}

TEST_P(ObjectStoreConformance, AnswersNotFoundForAMissingKey) {
  EXPECT_EQ(CodeNameOf(store().Get(ctx_, "no/such", {})), "NotFound");
  EXPECT_EQ(CodeNameOf(store().Head(ctx_, "no/such", "")), "NotFound");
  MustPut("file", "x");
  EXPECT_EQ(CodeNameOf(store().Get(ctx_, "file/below", {})), "NotFound");
}

TEST_P(ObjectStoreConformance, NamesStoreAndKeyInMessages) {
  const Result<std::string> missing = store().Get(ctx_, "folder/no-such", {});
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, testing::HasSubstr("folder/no-such"));
  EXPECT_THAT(missing.error().message, testing::HasSubstr("://"));
  EXPECT_FALSE(missing.error().origin.code.empty());
}

TEST_P(ObjectStoreConformance, ReadsRanges) {
  MustPut("r", "0123456789");
  const auto range = [&](std::int64_t offset, std::int64_t length) {
    return MustGet("r", {.range = ByteRange{offset, length}});
  };
  EXPECT_EQ(range(0, 1), "0");
  EXPECT_EQ(range(3, 4), "3456");
  EXPECT_EQ(range(8, 100), "89");
  EXPECT_EQ(range(10, 5), "");
  EXPECT_EQ(range(1000, 5), "");
  EXPECT_EQ(CodeNameOf(store().Get(ctx_, "r", {.range = ByteRange{-1, 5}})), "InvalidArgument");
  EXPECT_EQ(CodeNameOf(store().Get(ctx_, "r", {.range = ByteRange{0, 0}})), "InvalidArgument");
}

TEST_P(ObjectStoreConformance, KeepsUserMetadata) {
  const std::map<std::string, std::string> metadata{{"nonce", "0f1e"}, {"part-no", "7 of 9"}};
  MustPut("m", "x", {.user_metadata = metadata});
  std::unique_ptr<Upload> upload = MustStart("mu", {.user_metadata = metadata});
  ASSERT_TRUE(upload->Write(ctx_, AsBytes(Large())).ok());
  ASSERT_TRUE(upload->Complete(ctx_).ok());
  for (const char* key : {"m", "mu"}) {
    const Result<ObjectInfo> head = store().Head(ctx_, key, "");
    ASSERT_TRUE(head.ok()) << head.status().ToString();
    EXPECT_EQ(head->user_metadata, metadata) << key;
  }
  MustPut("m", "y");
  EXPECT_TRUE(store().Head(ctx_, "m", "")->user_metadata.empty());
}

TEST_P(ObjectStoreConformance, RefusesToReplaceWithIfAbsent) {
  MustPut("once", "first", {.if_absent = true});
  EXPECT_EQ(CodeNameOf(store().Put(ctx_, "once", AsBytes("2nd"), {.if_absent = true})),
            "AlreadyExists");
  for (const std::string& text : {std::string("small"), Large()}) {
    std::unique_ptr<Upload> upload = MustStart("once", {.if_absent = true});
    ASSERT_TRUE(upload->Write(ctx_, AsBytes(text)).ok());
    EXPECT_EQ(CodeNameOf(upload->Complete(ctx_)), "AlreadyExists");
  }
  EXPECT_EQ(MustGet("once"), "first");
}

TEST_P(ObjectStoreConformance, ReplacesOnlyTheObjectThatIfMatchNames) {
  const ObjectInfo first = MustPut("doc", "one");
  const ObjectInfo second = MustPut("doc", "two", {.if_match = first.etag});
  EXPECT_NE(first.etag, second.etag);
  EXPECT_EQ(CodeNameOf(store().Put(ctx_, "doc", AsBytes("3"), {.if_match = first.etag})),
            "Conflict");
  EXPECT_EQ(CodeNameOf(store().Put(ctx_, "gone", AsBytes("3"), {.if_match = first.etag})),
            "Conflict");
  EXPECT_EQ(MustGet("doc"), "two");
}

TEST_P(ObjectStoreConformance, ReadsOnlyTheObjectThatIfMatchNames) {
  const ObjectInfo first = MustPut("doc", "one");
  EXPECT_EQ(MustGet("doc", {.if_match = first.etag}), "one");
  MustPut("doc", "two");
  EXPECT_EQ(CodeNameOf(store().Get(ctx_, "doc", {.if_match = first.etag})), "Conflict");
  const ReadOptions ranged{.range = ByteRange{0, 2}, .if_match = first.etag};
  EXPECT_EQ(CodeNameOf(store().Get(ctx_, "doc", ranged)), "Conflict");
}

TEST_P(ObjectStoreConformance, DeletesOnlyWhatIsNamed) {
  const ObjectInfo first = MustPut("d/x", "one");
  const ObjectInfo second = MustPut("d/x", "two");
  EXPECT_EQ(CodeNameOf(store().Delete(ctx_, "d/x", {.if_match = first.etag})), "Conflict");
  EXPECT_EQ(MustGet("d/x"), "two");
  EXPECT_EQ(CodeNameOf(store().Delete(ctx_, "d/x", {})), "InvalidArgument");
  EXPECT_EQ(CodeNameOf(store().Delete(ctx_, "d/x", {.if_match = second.etag})), "ok");
  EXPECT_EQ(CodeNameOf(store().Head(ctx_, "d/x", "")), "NotFound");
  EXPECT_EQ(CodeNameOf(store().Delete(ctx_, "d/x", {.if_match = second.etag})), "ok");
}

TEST_P(ObjectStoreConformance, LetsExactlyOneOfManyPutsWin) {
  constexpr int kWriters = 6;
  std::atomic<int> won{0};
  std::atomic<int> lost{0};
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        const WriteOptions once{.if_absent = true,
                                .user_metadata = {{"writer", std::to_string(i)}}};
        const auto outcome = store().Put(ctx_, "race", AsBytes(std::to_string(i)), once);
        if (outcome.ok()) ++won;
        if (outcome.Is(Code::kAlreadyExists) || outcome.Is(Code::kConflict)) ++lost;
      });
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, kWriters - 1);
  EXPECT_EQ(store().Head(ctx_, "race", "")->user_metadata["writer"], MustGet("race"));
}

TEST_P(ObjectStoreConformance, LetsExactlyOneCompareAndSetWin) {
  const std::string etag = MustPut("cas", "start").etag;
  std::atomic<int> won{0};
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
      writers.emplace_back([&, i] {
        const std::string text = "writer " + std::to_string(i);
        if (store().Put(ctx_, "cas", AsBytes(text), {.if_match = etag}).ok()) ++won;
      });
    }
  }
  EXPECT_EQ(won, 1);
}

TEST_P(ObjectStoreConformance, ShowsAnUploadOnlyWhenComplete) {
  std::unique_ptr<Upload> upload = MustStart("up/load");
  const std::string text = Large();
  ASSERT_TRUE(upload->Write(ctx_, AsBytes(text)).ok());
  EXPECT_EQ(CodeNameOf(store().Head(ctx_, "up/load", "")), "NotFound");
  EXPECT_THAT(*store().List(ctx_, ""), testing::IsEmpty());
  EXPECT_THAT(*store().ListUploads(ctx_, "up/"), testing::ElementsAre("up/load"));
  const Result<ObjectInfo> info = upload->Complete(ctx_);
  ASSERT_TRUE(info.ok()) << info.status().ToString();
  EXPECT_EQ(info->size_bytes, static_cast<std::int64_t>(text.size()));
  EXPECT_EQ(info->etag, store().Head(ctx_, "up/load", "")->etag);
  EXPECT_EQ(Sha256::Of(AsBytes(MustGet("up/load"))), Sha256::Of(AsBytes(text)));
  EXPECT_THAT(*store().ListUploads(ctx_, ""), testing::IsEmpty());
}

TEST_P(ObjectStoreConformance, StoresManyPartsInOrder) {
  const std::string text = Large(std::size_t{20} << 20);
  std::unique_ptr<Upload> upload = MustStart("big");
  for (std::size_t at = 0; at < text.size(); at += 777'777) {
    ASSERT_TRUE(upload->Write(ctx_, AsBytes(text.substr(at, 777'777))).ok());
  }
  ASSERT_TRUE(upload->Complete(ctx_).ok());
  EXPECT_EQ(Sha256::Of(AsBytes(MustGet("big"))), Sha256::Of(AsBytes(text)));
  const ByteRange seam{(std::int64_t{5} << 20) - 3, 6};
  EXPECT_EQ(MustGet("big", {.range = seam}), text.substr((5U << 20) - 3, 6));
}

TEST_P(ObjectStoreConformance, LeavesNothingOfADestroyedUpload) {
  for (const std::string& text : {std::string(), std::string("small"), Large()}) {
    std::unique_ptr<Upload> upload = MustStart("aborted");
    ASSERT_TRUE(upload->Write(ctx_, AsBytes(text)).ok());
  }
  EXPECT_THAT(*store().ListUploads(ctx_, ""), testing::IsEmpty());
  EXPECT_THAT(*store().List(ctx_, ""), testing::IsEmpty());
}

TEST_P(ObjectStoreConformance, AbortsTheUploadsOfOneKeyOnly) {
  std::unique_ptr<Upload> doomed = MustStart("k");
  std::unique_ptr<Upload> below = MustStart("k/below");
  std::unique_ptr<Upload> longer = MustStart("kk");
  for (Upload* upload : {doomed.get(), below.get(), longer.get()}) {
    ASSERT_TRUE(upload->Write(ctx_, AsBytes(Large())).ok());
  }
  EXPECT_EQ(CodeNameOf(store().AbortUploads(ctx_, "k")), "ok");
  EXPECT_EQ(CodeNameOf(store().AbortUploads(ctx_, "never-begun")), "ok");
  EXPECT_THAT(*store().ListUploads(ctx_, ""), testing::ElementsAre("k/below", "kk"));
  EXPECT_EQ(CodeNameOf(doomed->Complete(ctx_)), "Conflict");
  EXPECT_EQ(CodeNameOf(longer->Complete(ctx_)), "ok");
}

TEST_P(ObjectStoreConformance, GoesOnFailingAfterAnError) {
  std::unique_ptr<Upload> upload = MustStart("sticky");
  std::stop_source stop;
  stop.request_stop();
  const OpContext stopped(ctx_.clock(), stop.get_token());
  EXPECT_EQ(CodeNameOf(upload->Write(stopped, AsBytes("x"))), "Cancelled");
  EXPECT_EQ(CodeNameOf(upload->Write(ctx_, AsBytes("x"))), "Cancelled");
  EXPECT_EQ(CodeNameOf(upload->Complete(ctx_)), "Cancelled");
  EXPECT_EQ(CodeNameOf(store().Head(ctx_, "sticky", "")), "NotFound");
}

TEST_P(ObjectStoreConformance, CompletesOnce) {
  std::unique_ptr<Upload> upload = MustStart("twice");
  ASSERT_TRUE(upload->Complete(ctx_).ok());
  EXPECT_FALSE(upload->Complete(ctx_).ok());
  EXPECT_FALSE(upload->Write(ctx_, AsBytes("x")).ok());
}

TEST_P(ObjectStoreConformance, ListsInByteOrder) {
  for (const char* key : {"b/1", "a", "b0", "b/10", "B", "b/2", "c", "b-"}) MustPut(key, "x");
  EXPECT_THAT(*store().List(ctx_, ""),
              testing::ElementsAre("B", "a", "b-", "b/1", "b/10", "b/2", "b0", "c"));
  EXPECT_THAT(*store().List(ctx_, "b/"), testing::ElementsAre("b/1", "b/10", "b/2"));
  EXPECT_THAT(*store().List(ctx_, "b/1"), testing::ElementsAre("b/1", "b/10"));
  EXPECT_THAT(*store().List(ctx_, "zz/"), testing::IsEmpty());
}

TEST_P(ObjectStoreConformance, TakesOddKeys) {
  const std::vector<std::string> keys{
      "a+b c&d=e?f#g.parquet", "percent%2Fsign%", "year=2024/month=01/_x.json",
      "uni/gr\xC3\xBC\xC3\x9F-\xE2\x82\xAC-\xF0\x9F\x8E\xB2", "quote'\"<tag>&amp;;,:@!$*()"};
  for (const std::string& key : keys) {
    MustPut(key, key);
    EXPECT_EQ(MustGet(key), key);
  }
  std::vector<std::string> sorted = keys;
  std::ranges::sort(sorted);
  EXPECT_EQ(*store().List(ctx_, ""), sorted);
  const ObjectInfo info = *store().Head(ctx_, keys[1], "");
  EXPECT_EQ(CodeNameOf(store().Delete(ctx_, keys[1], {info.version_id, info.etag})), "ok");
  EXPECT_EQ(CodeNameOf(store().Head(ctx_, keys[1], "")), "NotFound");
}

TEST_P(ObjectStoreConformance, RefusesBadKeysAndConditions) {
  for (const char* key :
       {"", "/abs", "a//b", "a/", "../up", "a/../b", "./a", ".pgattic/uploads/x"}) {
    EXPECT_EQ(CodeNameOf(store().Put(ctx_, key, AsBytes("x"), {})), "InvalidArgument") << key;
    EXPECT_EQ(CodeNameOf(store().Get(ctx_, key, {})), "InvalidArgument") << key;
  }
  const WriteOptions both{.if_absent = true, .if_match = "\"x\""};
  EXPECT_EQ(CodeNameOf(store().Put(ctx_, "k", AsBytes("x"), both)), "InvalidArgument");
  const WriteOptions shouting{.user_metadata = {{"Upper", "x"}}};
  EXPECT_EQ(CodeNameOf(store().Put(ctx_, "k", AsBytes("x"), shouting)), "InvalidArgument");
}

TEST_P(ObjectStoreConformance, ObeysDeadlineAndStop) {
  MustPut("k", "x");
  std::stop_source stop;
  stop.request_stop();
  const OpContext stopped(ctx_.clock(), stop.get_token());
  const OpContext late = ctx_.WithDeadline(std::chrono::milliseconds(0));
  EXPECT_EQ(CodeNameOf(store().Get(stopped, "k", {})), "Cancelled");
  EXPECT_EQ(CodeNameOf(store().Get(late, "k", {})), "DeadlineExceeded");
  EXPECT_EQ(CodeNameOf(store().Put(late, "k2", AsBytes("x"), {})), "DeadlineExceeded");
  EXPECT_EQ(CodeNameOf(store().Head(late, "k", "")), "DeadlineExceeded");
  EXPECT_EQ(CodeNameOf(store().List(late, "")), "DeadlineExceeded");
  EXPECT_EQ(CodeNameOf(store().Delete(late, "k", {.if_match = "\"e\""})), "DeadlineExceeded");
  EXPECT_EQ(MustGet("k"), "x");
}

TEST_P(ObjectStoreConformance, PassesTheProbeAndIsCleanAfterIt) {
  const Status probed = ProbeConditions(ctx_, store(), "some/prefix/");
  EXPECT_TRUE(probed.ok()) << probed.ToString();
  EXPECT_THAT(*store().List(ctx_, ""), testing::IsEmpty());
  EXPECT_THAT(*store().ListUploads(ctx_, ""), testing::IsEmpty());
}

}  // namespace pgattic::store
