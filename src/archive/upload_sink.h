// From the writer of a part to its upload.
#pragma once

#include <string>

#include "base/hash.h"
#include "catalog/journal.h"
#include "columnar/part_writer.h"
#include "store/object_store.h"

namespace pgattic::archive {

/// Hands the file's bytes to the upload, and hashes them as they were sent. References outlive it.
class UploadSink final : public columnar::ByteSink {
 public:
  UploadSink(const OpContext& ctx, store::Upload& upload) : ctx_(ctx), upload_(upload) {}
  Status Write(ByteView bytes) override;
  /// REQUIRES: called once, last.
  std::string HexDigest() { return sha256_.HexDigest(); }

 private:
  const OpContext& ctx_;
  store::Upload& upload_;
  Sha256 sha256_;
};

/// How a part's object is written: where nothing is, with its nonce.
store::WriteOptions PartWriteOptions(const catalog::JournalPart& part);

/// Completes the upload of a part. A lost reply is settled: the object is ours when it carries the
/// nonce; Conflict when it is another's.
Result<store::ObjectInfo> CompleteOrFind(const OpContext& ctx, store::ObjectStore& store,
                                         store::Upload& upload, const catalog::JournalPart& part);

/// Takes over what was written: rows, digest, sizes, ids, and what the store can name.
void FillIn(const columnar::PartSummary& summary, const store::ObjectInfo& object,
            catalog::JournalPart& part);

}  // namespace pgattic::archive
