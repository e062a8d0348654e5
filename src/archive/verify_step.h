// Verifying: every object of a published archive, read again and compared with its proof.
#pragma once

#include <string>
#include <vector>

#include "base/op_context.h"
#include "catalog/journal.h"
#include "model/object_keys.h"
#include "store/object_store.h"

namespace pgattic::archive {

/// What was found of one object. A plain value.
struct Verdict {
  std::string partition;
  std::string key;
  bool is_part = false;   ///< Else an id filter or a sidecar.
  std::int64_t rows = 0;  ///< Of a part.
  Status status;          ///< Corruption, NotFound, or what kept it from being read.
};

/// Reads a part whole and compares it with its record.
Status VerifyPart(const OpContext& ctx, store::ObjectStore& store, const model::PartRecord& part);
/// Reads the id filter of a part and the part's ids: a filter that lacks one would make a reader
/// say "absent" of a row.
Status VerifyFilter(const OpContext& ctx, store::ObjectStore& store, const model::PartRecord& part);
/// Reads the narrow object of a part. REQUIRES: the part has one.
Status VerifyNarrow(const OpContext& ctx, store::ObjectStore& store, const model::PartRecord& part);
/// Reads checksums and metadata of a published archive.
std::vector<Verdict> VerifySidecars(const OpContext& ctx, store::ObjectStore& store,
                                    const model::ObjectKeys& keys,
                                    const catalog::ArchiveRecord& record,
                                    const std::vector<catalog::JournalPart>& parts);

/// Reads every object of the archive that the journal names as published: parts whole (sha256,
/// rows, digest, first and last id), id filters (no id of the part may be missing from them),
/// checksums and metadata (the object that was written; the metadata names the parts). Empty for
/// an archive that is not published. May read the whole archive; changes nothing.
std::vector<Verdict> VerifyArchive(const OpContext& ctx, store::ObjectStore& store,
                                   const model::ObjectKeys& keys,
                                   const catalog::ArchiveRecord& record,
                                   const std::vector<catalog::JournalPart>& parts);

}  // namespace pgattic::archive
