#include "store/probe.h"

#include "base/hash.h"

namespace pgattic::store {
namespace {

// Over the least part size of S3, so that Complete() is a real CompleteMultipartUpload.
constexpr std::size_t kLargeBytes = (std::size_t{5} << 20) + 1;

// The probe writes at most five.
constexpr int kMostVersions = 8;

constexpr char kNobodysEtag[] = "\"00000000000000000000000000000000\"";

/// One probe: the store at hand and the object it plays with.
class Probe {
 public:
  Probe(const OpContext& ctx, ObjectStore& store, std::string key)
      : ctx_(ctx), store_(store), key_(std::move(key)) {}

  Status Run() {
    PGATTIC_RETURN_IF_ERROR(CheckPutIfAbsent());
    PGATTIC_RETURN_IF_ERROR(CheckCompleteIfAbsent());
    PGATTIC_RETURN_IF_ERROR(CheckIfMatch());
    return CheckDeleteIfMatch();
  }

  Status CleanUp() {
    // In a versioned bucket each delete of a version shows the one before.
    for (int version = 0; version < kMostVersions; ++version) {
      const Result<ObjectInfo> left = store_.Head(ctx_, key_, "");
      // To an identity that may not list, a missing key answers 403.
      const bool is_gone = left.Is(Code::kPermissionDenied) && version > 0;
      if (left.Is(Code::kNotFound) || is_gone) return Status::Ok();
      if (!left.ok()) return left.status();
      PGATTIC_RETURN_IF_ERROR(store_.Delete(ctx_, key_, {left->version_id, left->etag}));
    }
    return {Code::kInternal,
            store_.Describe() + ": " + key_ + " comes back after each delete; delete it by hand"};
  }

 private:
  Status Ignored(const std::string& what) const {
    return {Code::kUnsupported,
            store_.Describe() + " ignores " + what +
                ", so two writers could overwrite each other; upgrade the store or use "
                "another one (AWS S3, MinIO, Ceph and versitygw of 2025 or later honour it)"};
  }
  // Ok when `outcome` is the refusal that the condition demands.
  template <typename Outcome>
  Status Demand(Code code, const Outcome& outcome, const std::string& what) const {
    if (outcome.ok()) return Ignored(what);
    if (outcome.Is(code)) return Status::Ok();
    return Status(outcome.error()).While("probing " + what);
  }

  Status CheckPutIfAbsent() {
    const WriteOptions once{.if_absent = true};
    PGATTIC_RETURN_IF_ERROR(
        store_.Put(ctx_, key_, AsBytes("1"), once).status().While("probing with a first PUT"));
    return Demand(Code::kAlreadyExists, store_.Put(ctx_, key_, AsBytes("2"), once),
                  "If-None-Match on PutObject");
  }

  Status CheckCompleteIfAbsent() {
    PGATTIC_ASSIGN_OR_RETURN(std::unique_ptr<Upload> upload,
                             store_.StartUpload(ctx_, key_, {.if_absent = true}));
    const std::string bytes(kLargeBytes, 'p');
    PGATTIC_RETURN_IF_ERROR(upload->Write(ctx_, AsBytes(bytes)).While("probing an upload"));
    return Demand(Code::kAlreadyExists, upload->Complete(ctx_),
                  "If-None-Match on CompleteMultipartUpload");
  }

  Status CheckIfMatch() {
    PGATTIC_RETURN_IF_ERROR(Demand(Code::kConflict,
                                   store_.Put(ctx_, key_, AsBytes("3"), {.if_match = kNobodysEtag}),
                                   "If-Match on PutObject"));
    PGATTIC_RETURN_IF_ERROR(Demand(Code::kConflict,
                                   store_.Get(ctx_, key_, {.if_match = kNobodysEtag}),
                                   "If-Match on GetObject"));
    PGATTIC_ASSIGN_OR_RETURN(const ObjectInfo before, store_.Head(ctx_, key_, ""));
    PGATTIC_ASSIGN_OR_RETURN(const ObjectInfo after,
                             store_.Put(ctx_, key_, AsBytes("33"), {.if_match = before.etag}));
    if (after.etag == before.etag) return Ignored("that an ETag is of one object only");
    return Status::Ok();
  }

  Status CheckDeleteIfMatch() {
    const Status refused = store_.Delete(ctx_, key_, {.if_match = kNobodysEtag});
    return Demand(Code::kConflict, refused, "If-Match on DeleteObject");
  }

  const OpContext& ctx_;
  ObjectStore& store_;
  std::string key_;
};

}  // namespace

Status ProbeConditions(const OpContext& ctx, ObjectStore& store, const std::string& prefix) {
  Probe probe(ctx, store, prefix + "_probe-" + RandomHex(8));
  Status outcome = probe.Run();
  Status cleaned = probe.CleanUp();
  if (!outcome.ok()) return outcome;
  return std::move(cleaned).While("deleting the probe");
}

}  // namespace pgattic::store
