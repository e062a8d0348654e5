// Metadata: the JSON sidecar that makes an archive exist, and the checksums file beside it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/bounds.h"
#include "model/column.h"
#include "model/part.h"

namespace pgattic::model {

/// Everything that `_partition_metadata.json` says (docs/format.md). It never holds a
/// fingerprint: that is true on one timeline of one server only. A plain value.
struct Metadata {
  SourceId source;
  std::string partition_name;
  std::string partition_column;
  std::string id_column;
  Bounds bounds;
  std::vector<Column> columns;
  std::vector<PartRecord> parts;
  std::int64_t former_relation_bytes = 0;  ///< Of the table and its indexes.
  std::string archived_at;                 ///< RFC 3339.
  int generation = 0;
  int attempt = 0;
  std::int64_t revision = 0;
  std::string system_identifier;
  std::int64_t timeline = 0;
  std::string lsn;
  std::string tool_version;
  std::vector<std::string> erased;  ///< Keyed hashes of ids whose rows were in it; sorted.

  std::int64_t rows() const;
  std::int64_t raw_bytes() const;
  std::int64_t stored_bytes() const;
  RowDigest digest() const;
};

/// Returns the JSON document, with a final newline.
std::string SerializeMetadata(const Metadata& metadata);
/// Returns Corruption for text that SerializeMetadata could not have written.
Result<Metadata> ParseMetadata(std::string_view text);

/// Returns the file for `sha256sum -c`, run in the folder of the parts.
std::string SerializeChecksums(const std::vector<PartRecord>& parts);

/// The object that says whose prefix this is: one source of one server.
std::string SerializeOwner(const SourceId& source, const std::string& system_identifier);

}  // namespace pgattic::model
