// Rewriting: a part without some of its rows, from Parquet to Parquet.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/hash.h"
#include "base/op_context.h"
#include "base/result.h"
#include "columnar/part_reader.h"
#include "columnar/part_writer.h"

namespace pgattic::columnar {

/// What was read, left out and written. A plain value. The digest of what was read is that of
/// what was left out and written together, or RewritePart did not succeed.
struct Rewritten {
  ReadBack former;  ///< As ReadPart says of the part that was read.
  RowDigest left_out;
  PartSummary written;  ///< Its fingerprint_sum means nothing.
};

/// Which rows to leave out, by id.
using LeavesOut = std::function<bool(const std::string& id)>;

/// The part that is read. References for the length of a call.
struct FormerPart {
  const ReadRange& read;
  std::int64_t file_bytes;
  const Footer& footer;
};

/// How the new one is written. A plain value.
struct RewriteOptions {
  PartWriterOptions part;
  std::map<std::string, std::string> file_metadata;  ///< Laid over the former's pgattic.* ones.
};

/// Reads a whole part and writes its rows, but those that `leaves_out` names, to `sink` as a new
/// part: the same columns, transports, order and pgattic.* file metadata. Memory: a few row
/// groups. Errors: those of ReadPart and of PartWriter; Corruption when the digests do not add up.
Result<Rewritten> RewritePart(const OpContext& ctx, const FormerPart& former,
                              const LeavesOut& leaves_out, const RewriteOptions& options,
                              ByteSink& sink);

}  // namespace pgattic::columnar
