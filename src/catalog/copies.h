// Copies: what the journal knows of the second store.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// The copy of one part and of its id filter: same keys, same bytes, ETags of their own. A plain
/// value.
struct PartCopy {
  std::string etag;
  std::string version_id;
  std::string crc64nvme;
  std::string filter_etag;
};

/// The copies of an archive's sidecars. A plain value.
struct ArchiveCopy {
  int generation = 0;  ///< Whose sidecars they are; 0: none.
  std::string checksums_etag;
  std::string metadata_etag;
  std::string copied_at;
};

/// Returns the copies of an archive's parts by their number.
Result<std::map<int, PartCopy>> LoadPartCopies(const OpContext& ctx, pg::Connection& connection,
                                               std::int64_t archive_id);
/// Returns the copies of its sidecars; of generation 0 when there are none.
Result<ArchiveCopy> LoadArchiveCopy(const OpContext& ctx, pg::Connection& connection,
                                    std::int64_t archive_id);

/// Records a copy, in the place of what was recorded. REQUIRES: a transaction that began with the
/// compare-and-set on the archive.
Status RecordPartCopy(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                      int number, const PartCopy& copy);
/// Forgets the copy of a part: it has to be made again.
Status ForgetPartCopy(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                      int number);
Status RecordArchiveCopy(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                         const ArchiveCopy& copy);
/// Forgets the copies of the sidecars: they are deleted.
Status ForgetArchiveCopy(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id);

/// How far the copy of an archive is. A plain value.
struct CopyState {
  int parts = 0;          ///< Published.
  int copied = 0;         ///< Of them, with a copy.
  bool is_whole = false;  ///< These, and the sidecars of this generation.
  std::string copied_at;  ///< "" unless whole.
};
/// Returns the state of every archive that has published parts, by its id.
Result<std::map<std::int64_t, CopyState>> CopyStates(const OpContext& ctx,
                                                     pg::Connection& connection);

}  // namespace pgattic::catalog
