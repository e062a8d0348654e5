// LookupWorld: the readers of one source as `pgattic serve` has them, and where each row lies, so
// that the very bytes which a lookup needs can be asked for bare.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/source_table.h"
#include "columnar/part_reader.h"
#include "lookup/row_reader.h"
#include "metrics/registry.h"
#include "model/part.h"
#include "service/config.h"
#include "service/readers.h"

namespace pgattic::bench {

/// One row group that holds a row.
struct Spot {
  model::PartRecord part;
  columnar::RowGroupSpan span;
};

/// Not thread-safe but for reader() and GetBare().
class LookupWorld {
 public:
  static Result<std::unique_ptr<LookupWorld>> Open(const std::string& config_file);

  /// A reader that knows nothing yet; the former ones stay.
  lookup::RowReader& Renew();
  lookup::RowReader& reader() { return *readers_of_source_.back(); }
  service::Readers& readers() { return *readers_; }
  const catalog::SourceTable& source() const { return source_; }
  const service::Config& config() const { return config_; }

  /// Finds where the rows lie. NotFound for an id that is in no part.
  Status Learn(const std::vector<std::string>& ids);
  const Spot& SpotOf(const std::string& id) const { return spots_.at(id); }
  /// The one request that a lookup cannot do without.
  Status GetBare(const OpContext& ctx, const std::string& id) const;
  /// Requests to the store so far, of all readers.
  double Gets() const;

 private:
  Status Find(const std::vector<std::string>& ids, pg::Connection& connection);

  service::Config config_;
  metrics::Registry registry_;
  std::unique_ptr<service::Readers> readers_;
  catalog::SourceTable source_;
  std::vector<std::unique_ptr<lookup::RowReader>> readers_of_source_;
  std::map<std::string, Spot> spots_;
};

}  // namespace pgattic::bench
