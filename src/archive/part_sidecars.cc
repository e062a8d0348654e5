#include "archive/part_sidecars.h"

#include "base/failpoint.h"
#include "base/hash.h"
#include "model/object_keys.h"

namespace pgattic::archive {
namespace {

/// Writes an object of the part with this nonce, where there is none of other bytes.
Result<store::ObjectInfo> PutOnce(const RunContext& run, const std::string& key, ByteView bytes,
                                  const std::string& nonce) {
  store::WriteOptions options;
  options.if_absent = true;
  options.user_metadata = {{kNonceKey, nonce}};
  Result<store::ObjectInfo> put = run.store.Put(run.ctx, key, bytes, options);
  if (!put.Is(Code::kAlreadyExists) && !put.Is(Code::kInDoubt)) return put;
  const bool is_in_doubt = put.Is(Code::kInDoubt);
  Result<store::ObjectInfo> head = run.store.Head(run.ctx, key, "");
  if (is_in_doubt && head.Is(Code::kNotFound)) return run.store.Put(run.ctx, key, bytes, options);
  PGATTIC_ASSIGN_OR_RETURN(store::ObjectInfo found, std::move(head));
  if (!CarriesNonce(found, nonce)) return WrittenByAnother(run.store, key);
  store::ReadOptions read;
  read.if_match = found.etag;
  PGATTIC_ASSIGN_OR_RETURN(const std::string there, run.store.Get(run.ctx, key, read));
  if (there == AsText(bytes)) return found;
  // Another version of this program wrote it.
  PGATTIC_RETURN_IF_ERROR(run.store.Delete(run.ctx, key, {found.version_id, found.etag}));
  return run.store.Put(run.ctx, key, bytes, options);
}

Status WriteFilter(const RunContext& run, const columnar::IdFilter& filter,
                   catalog::JournalPart& part) {
  const std::string bytes = filter.Serialize();
  PGATTIC_FAILPOINT("filter.before_put");
  const auto put = PutOnce(run, part.record.filter_key, AsBytes(bytes), part.nonce);
  PGATTIC_FAILPOINT("filter.after_put");
  if (!put.ok()) return put.status().Clone().While("writing " + part.record.filter_key);
  part.record.filter_etag = put->etag;
  return Status::Ok();
}

Status WriteNarrow(const RunContext& run, const columnar::NarrowFile& file,
                   catalog::JournalPart& part) {
  const std::string key = model::ObjectKeys::Narrow(part.record.key);
  const auto put = PutOnce(run, key, AsBytes(file.bytes), part.nonce);
  if (!put.ok()) return put.status().Clone().While("writing " + key);
  Sha256 sha256;
  sha256.Update(AsBytes(file.bytes));
  part.record.narrow = model::NarrowObject{static_cast<std::int64_t>(file.bytes.size()),
                                           sha256.HexDigest(), put->etag, file.columns};
  return Status::Ok();
}

}  // namespace

Status PartSidecars::Add(const columnar::RowView& row) {
  filter_.Insert(row.id());
  return narrow_.Add(row);
}

Status PartSidecars::Write(const RunContext& run, catalog::JournalPart& part) {
  PGATTIC_RETURN_IF_ERROR(WriteFilter(run, filter_, part));
  part.record.narrow.reset();
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<columnar::NarrowFile> file, narrow_.Finish());
  PGATTIC_FAILPOINT("narrow.before_put");
  if (file) PGATTIC_RETURN_IF_ERROR(WriteNarrow(run, *file, part));
  PGATTIC_FAILPOINT("narrow.after_put");
  return Status::Ok();
}

}  // namespace pgattic::archive
