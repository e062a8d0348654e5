// Evidence: what journal, catalog and bucket say of one archive, side by side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/run_context.h"
#include "model/metadata.h"

namespace pgattic::archive {

/// A plain value.
struct Evidence {
  std::optional<catalog::ArchiveRecord> record;  ///< nullopt: the journal does not know it.
  std::vector<catalog::JournalPart> parts;       ///< Of the journal.
  std::optional<catalog::Partition> attached;    ///< What has its bounds now.
  model::ObjectKeys keys;

  std::optional<model::Metadata> metadata;  ///< nullopt: there is none in the bucket.
  store::ObjectInfo metadata_object;
  std::string checksums_etag;
  std::vector<catalog::JournalPart> stored;   ///< The metadata's parts, published, with nonces.
  std::vector<catalog::JournalPart> orphans;  ///< Objects of parts that nobody names.
  bool could_list = false;                    ///< Orphans are known.
  int highest_attempt = 0;                    ///< Of every part known or found.
  int next_part = 0;                          ///< Above every number known or found.

  bool is_other_server = false;
  bool is_other_timeline = false;
  bool is_wal_behind = false;   ///< The metadata was written at a later WAL position.
  bool is_foreign = false;      ///< The metadata is not of this journal row.
  bool is_ahead = false;        ///< It is newer than the journal.
  bool is_other_table = false;  ///< The partition is not the table of the round under way.
  bool is_unrecorded = false;   ///< Written, and its record was lost with the process.
  bool is_gone = false;         ///< The journal says published, the bucket has no metadata.

  /// Metadata or partition is another than the journal knows.
  bool differs() const {
    return is_foreign || is_ahead || is_gone || is_other_table || (!record && metadata);
  }
  /// Nothing is to be repaired.
  bool is_whole() const {
    return !differs() && !is_other_server && !is_other_timeline && !is_wal_behind && !is_unrecorded;
  }
};

/// Reads all of it. Changes nothing. `record` is null where the journal has none; then `attached`
/// gives the bounds. Lists the archive's folder where that is allowed.
Result<Evidence> GatherEvidence(const RunContext& run, const catalog::ArchiveRecord* record,
                                const std::optional<catalog::Partition>& attached);

/// Returns the parts that a metadata names as the journal keeps them, published and verified; the
/// nonce of each is read from its object. Corruption or NotFound when an object is not what the
/// metadata says.
Result<std::vector<catalog::JournalPart>> PartsOfMetadata(const RunContext& run,
                                                          const model::Metadata& metadata);

}  // namespace pgattic::archive
