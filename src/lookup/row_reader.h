// RowReader: the port through which rows are asked for by id, whatever tier has them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"

namespace pgattic::lookup {

enum class Availability { kAvailable, kAbsent, kErased, kTemporarilyUnavailable };
enum class Tier { kNone, kDatabase, kCache, kArchive, kCopy, kEngine };

/// What is known of one id. A plain value.
struct Answer {
  std::string id;  ///< As it was asked for.
  Availability availability = Availability::kAbsent;
  Tier tier = Tier::kNone;
  std::string row_json;    ///< When available: the first row, oldest first.
  std::string created_at;  ///< When available: its instant in the partition column, RFC 3339, UTC.
  int duplicates = 0;      ///< Further rows of the same id in the place that answered.
  bool is_immutable = false;  ///< The row lies in an archive that no rollback can take back.
  std::string why;            ///< When unavailable.
};

/// Rows of one source by id. Thread-safe; outlives none of what it was made of.
class RowReader {
 public:
  virtual ~RowReader() = default;

  /// Returns what is known of `id`, at `created_at` where given. Blocks, for as long as the
  /// deadline of `ctx` allows. "Absent" is said only when it is known. Errors: only those of the
  /// request itself (InvalidArgument); a tier that is down gives kTemporarilyUnavailable.
  virtual Result<Answer> Get(const OpContext& ctx, const std::string& id,
                             const std::optional<std::string>& created_at) = 0;

  /// Get() of an id alone. `likely` is what somebody knows of the row's created_at, as PostgreSQL
  /// writes it: where it is right the answer may come sooner; else it changes nothing.
  virtual Result<Answer> GetLikely(const OpContext& ctx, const std::string& id,
                                   const std::optional<std::string>& /*likely*/) {
    return Get(ctx, id, std::nullopt);
  }

  /// Returns an answer for each of `ids` (at most 1,000), in their order; each may be of
  /// another availability. Errors as of Get.
  virtual Result<std::vector<Answer>> GetMany(const OpContext& ctx,
                                              const std::vector<std::string>& ids) = 0;
};

}  // namespace pgattic::lookup
