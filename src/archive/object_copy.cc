#include "archive/object_copy.h"

#include <algorithm>
#include <functional>

#include "archive/run_context.h"
#include "base/failpoint.h"
#include "base/hash.h"

namespace pgattic::archive {
namespace {

constexpr std::int64_t kPieceBytes = std::int64_t{8} << 20;

Status ForEachPiece(const OpContext& ctx, const ObjectRef& object, std::int64_t bytes,
                    const std::function<Status(ByteView)>& on_piece) {
  for (std::int64_t offset = 0; offset < bytes; offset += kPieceBytes) {
    store::ReadOptions options;
    options.range = store::ByteRange{offset, std::min(kPieceBytes, bytes - offset)};
    if (!object.etag.empty()) options.if_match = object.etag;
    options.version_id = object.version_id;
    PGATTIC_ASSIGN_OR_RETURN(const std::string piece, object.store.Get(ctx, object.key, options));
    PGATTIC_RETURN_IF_ERROR(on_piece(AsBytes(piece)));
  }
  return Status::Ok();
}

Status Damaged(const ObjectRef& object) {
  return {Code::kCorruption, object.store.Describe() + "/" + object.key +
                                 " is not what was proven: its sha256 is another; it was not "
                                 "copied"};
}

/// What a run before this one, or a lost reply, left under the key.
Result<store::ObjectInfo> TakeFinished(const OpContext& ctx, const ObjectIdentity& identity,
                                       store::ObjectStore& to, const std::string& key) {
  PGATTIC_ASSIGN_OR_RETURN(store::ObjectInfo found, to.Head(ctx, key, ""));
  if (!CarriesNonce(found, identity.nonce) || found.size_bytes != identity.bytes) {
    return WrittenByAnother(to, key);
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const std::string sha256,
      HashObject(ctx, {to, key, found.etag, found.version_id}, identity.bytes));
  if (sha256 != identity.sha256) return Damaged({to, key, "", ""});
  return found;
}

}  // namespace

Result<std::string> HashObject(const OpContext& ctx, const ObjectRef& object, std::int64_t bytes) {
  Sha256 hash;
  PGATTIC_RETURN_IF_ERROR(ForEachPiece(ctx, object, bytes, [&](ByteView piece) {
    hash.Update(piece);
    return Status::Ok();
  }));
  return hash.HexDigest();
}

Result<store::ObjectInfo> CopyObject(const OpContext& ctx, const ObjectRef& from,
                                     const ObjectIdentity& identity, store::ObjectStore& to,
                                     const std::string& key) {
  store::WriteOptions write;
  write.if_absent = true;
  write.user_metadata = {{kNonceKey, identity.nonce}};
  write.content_type = identity.content_type;
  PGATTIC_FAILPOINT("copy.before_upload");
  PGATTIC_ASSIGN_OR_RETURN(const auto upload, to.StartUpload(ctx, key, write));
  Sha256 hash;
  std::int64_t bytes = 0;
  Status sent = ForEachPiece(ctx, from, identity.bytes, [&](ByteView piece) {
    hash.Update(piece);
    bytes += static_cast<std::int64_t>(piece.size());
    PGATTIC_FAILPOINT("copy.in_upload");
    return upload->Write(ctx, piece);
  });
  PGATTIC_RETURN_IF_ERROR(std::move(sent));
  if (bytes != identity.bytes || hash.HexDigest() != identity.sha256) return Damaged(from);
  Result<store::ObjectInfo> done = upload->Complete(ctx);
  PGATTIC_FAILPOINT("copy.after_complete");
  if (done.Is(Code::kAlreadyExists) || done.Is(Code::kInDoubt)) {
    return TakeFinished(ctx, identity, to, key);
  }
  return done;
}

}  // namespace pgattic::archive
