// Erasures: which ids of a source were erased, as keyed hashes, and the audit of it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "base/secret.h"
#include "catalog/journal.h"
#include "model/bounds.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// The ids of one source that must not come back. The ids themselves are kept nowhere: only
/// their HMAC-SHA-256 under a key that the journal alone has. Immutable: a plain value.
class ErasureList {
 public:
  ErasureList() = default;
  ErasureList(Secret key, std::unordered_set<std::string> hashes)
      : key_(std::move(key)), hashes_(std::move(hashes)) {}

  bool empty() const { return hashes_.empty(); }
  /// Returns the keyed hash of an id as PostgreSQL writes it (CanonicalId): 64 hex digits.
  std::string HashOf(const std::string& id) const;
  bool Contains(const std::string& id) const {
    return !hashes_.empty() && hashes_.contains(HashOf(id));
  }
  /// Returns a list of these hashes alone, under the same key.
  ErasureList Of(const std::vector<std::string>& hashes) const {
    return {key_, {hashes.begin(), hashes.end()}};
  }

 private:
  Secret key_;
  std::unordered_set<std::string> hashes_;
};

/// Loads the key and every hash of the source.
Result<ErasureList> LoadErasures(const OpContext& ctx, pg::Connection& connection,
                                 const model::SourceId& source);

/// The same with nothing but those of `ids` that were erased: for a reader's few ids.
Result<ErasureList> LoadErasuresOf(const OpContext& ctx, pg::Connection& connection,
                                   const model::SourceId& source,
                                   const std::vector<std::string>& ids);

/// One request to erase ids. It names no id. A plain value.
struct ErasureRequest {
  std::int64_t id = 0;
  std::string at;
  std::string who;
  int ids = 0;
  std::int64_t table_rows = 0;     ///< Deleted from tables.
  std::int64_t archived_rows = 0;  ///< Left out of rewritten parts.
  std::vector<std::string> archives;
  std::string finished_at;  ///< "" while it is not done: ask for the same ids again.
};

/// Puts hashes on the list and opens a request for them: from here on they must not come back.
/// Returns the request's id. REQUIRES: a transaction of the caller's.
Result<std::int64_t> BeginErasure(const OpContext& ctx, pg::Connection& connection,
                                  const model::SourceId& source,
                                  const std::vector<std::string>& hashes);
/// Adds what was done of an open request: rows, and the archive concerned ("": none).
Status NoteErased(const OpContext& ctx, pg::Connection& connection, std::int64_t request,
                  std::int64_t table_rows, std::int64_t archived_rows, const std::string& archive);
/// Closes the request, and those before it that asked for a part of its hashes.
Status FinishErasure(const OpContext& ctx, pg::Connection& connection,
                     const model::SourceId& source, std::int64_t request,
                     const std::vector<std::string>& hashes);
/// Returns the requests of a source, the newest first.
Result<std::vector<ErasureRequest>> ListErasures(const OpContext& ctx, pg::Connection& connection,
                                                 const model::SourceId& source);

/// Hashes of ids whose rows were in the archive's parts: what its metadata names as erased.
Status AddArchiveErasures(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                          const std::vector<std::string>& hashes);
/// Returns those of `hashes` that are not on the list of the source, or not of the archive (0: of
/// none).
Result<std::vector<std::string>> UnknownErasures(const OpContext& ctx, pg::Connection& connection,
                                                 const model::SourceId& source,
                                                 std::int64_t archive_id,
                                                 const std::vector<std::string>& hashes);
/// Puts hashes that the archive's metadata names on both lists; the audit has a request that is
/// done, in which `rows` were deleted from tables. REQUIRES: a transaction of the caller's.
Status AdoptErasures(const OpContext& ctx, pg::Connection& connection, const ArchiveRecord& archive,
                     const std::vector<std::string>& hashes, std::int64_t rows);
/// Returns those of an archive, sorted.
Result<std::vector<std::string>> ArchiveErasures(const OpContext& ctx, pg::Connection& connection,
                                                 std::int64_t archive_id);

}  // namespace pgattic::catalog
