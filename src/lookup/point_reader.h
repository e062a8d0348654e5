// PointReader: one row by id from one part: footer from a cache, then one ranged GET.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "columnar/id_filter.h"
#include "columnar/part_reader.h"
#include "model/part.h"
#include "store/object_store.h"

namespace pgattic::lookup {

/// Rows found, with the schema they were stored under.
struct StoredRows {
  std::shared_ptr<const columnar::Footer> footer;
  std::vector<columnar::Row> rows;
};

/// Reads rows of parts. Footers and id filters are kept, by bytes, keyed by (key, ETag): an
/// entry can never be stale. Not thread-safe.
class PointReader {
 public:
  PointReader(store::ObjectStore& store, std::int64_t cache_bytes)
      : store_(store), cache_bytes_(cache_bytes) {}

  /// Returns every row of the part with this id. One GET when the footer is cached, two when
  /// not, none more where no row group can hold the id. NotFound and Conflict mean that the
  /// part is no longer what the journal said: read that again.
  Result<StoredRows> Read(const OpContext& ctx, const model::PartRecord& part,
                          const std::string& id);
  /// False when the part's filter knows that it does not hold the id; true when it may, or
  /// when there is no filter. One GET, once.
  Result<bool> MayHold(const OpContext& ctx, const model::PartRecord& part, const std::string& id);

 private:
  struct Entry {
    std::string key;
    std::int64_t bytes = 0;
    std::shared_ptr<const columnar::Footer> footer;
    std::shared_ptr<const columnar::IdFilter> filter;
  };
  Result<std::shared_ptr<const columnar::Footer>> FooterOf(const OpContext& ctx,
                                                           const model::PartRecord& part);
  const Entry* Find(const std::string& key);
  void Keep(Entry entry);

  store::ObjectStore& store_;
  const std::int64_t cache_bytes_;
  std::int64_t kept_bytes_ = 0;
  std::list<Entry> entries_;  ///< Most recently used first.
  std::map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace pgattic::lookup
