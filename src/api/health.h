// Health: whether rows can be read now, found out by reading one.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/op_context.h"
#include "base/result.h"
#include "catalog/source_table.h"
#include "pg/pool.h"
#include "resilience/last_look.h"
#include "store/object_store.h"

namespace pgattic::api {

struct HealthOptions {
  std::chrono::milliseconds slow{10'000};     ///< What takes longer is ill.
  std::chrono::milliseconds good_for{5'000};  ///< A finding is told again for so long.
};

/// One backend as it was found. A plain value.
struct Finding {
  std::string backend;  ///< "database", "archive", "copy".
  std::string source;   ///< Whose row was read; "" of the database.
  bool ok = false;
  std::string message;  ///< What is wrong, or what was looked at.
  std::chrono::milliseconds took{0};
};

/// Asks PostgreSQL, and reads an archived row of each source straight from each store: no cache
/// of any kind is asked, so each look costs two GETs a source and store. The row is one that was
/// recorded when its archive was made, the least id of its part; it is remembered, so that the
/// stores can be judged while PostgreSQL is down. Thread-safe; looks are shared. What it is given
/// outlives it.
class Health {
 public:
  struct Stores {
    store::ObjectStore& archive;
    store::ObjectStore* copy = nullptr;  ///< Null: none is configured.
  };
  Health(pg::Pool& pool, Stores stores, std::vector<catalog::SourceTable> sources, Clock& clock,
         const HealthOptions& options);
  ~Health();

  /// Returns what was found, now or a moment ago. Blocks at most for `slow` a backend and source,
  /// and within the time of `ctx`: while another looks for longer, nothing is well.
  std::vector<Finding> Look(const OpContext& ctx);

 private:
  struct Canary;
  struct Way;  // From a store to the rows of a part, without a cache.
  using Findings = std::vector<Finding>;

  Findings LookNow(const OpContext& ctx);
  /// What was found last, as it is told while a look takes too long.
  Findings Late() const;
  Finding LookAtDatabase(const OpContext& ctx);
  Finding LookAtStore(const OpContext& ctx, Way& way, const Canary& canary) const;
  Status FindCanaries(const OpContext& ctx);

  pg::Pool& pool_;
  Clock& clock_;
  const HealthOptions options_;
  std::vector<Canary> canaries_;  ///< Of whoever looks: one at a time.
  resilience::LastLook<Findings> last_look_;
};

}  // namespace pgattic::api
