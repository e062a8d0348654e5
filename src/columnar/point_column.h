// PointColumn: values of a few rows of one column, out of just the pages that hold them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/id_key.h"
#include "model/column.h"

namespace pgattic::columnar {

/// One page: header and frame.
struct PageBytes {
  ByteView bytes;
  std::int64_t rows = 0;
};

/// Reads one column of pages that lie one after the other. The scan of a whole part reads by
/// Arrow's own reader instead, so that what is proven is what others will read; here a page is not
/// decompressed beyond the row that is wanted, and nothing is set up for more rows than those.
/// Made for one read. Not thread-safe. Column and bytes outlive it.
class PointColumn {
 public:
  PointColumn(const model::Column& column, std::vector<PageBytes> pages)
      : column_(column), pages_(std::move(pages)) {}

  /// Returns PostgreSQL's text of `count` rows that come after the first `skip`, nullopt for NULL.
  /// Corruption when the pages hold fewer, or what the column's type cannot hold.
  Result<std::vector<std::optional<std::string>>> Texts(std::int64_t skip,
                                                        std::int64_t count) const;
  /// Hands the key of each row to `on_key`, in order, until it returns false. Corruption as above,
  /// and for NULL. REQUIRES: the column may be an id.
  Status VisitKeys(const std::function<bool(const IdKey& key)>& on_key) const;

 private:
  template <typename Codec, typename OnValue>
  Status Walk(const Codec& codec, std::int64_t skip, std::int64_t count,
              const OnValue& on_value) const;
  Status Damaged(const std::string& what) const;

  const model::Column& column_;
  std::vector<PageBytes> pages_;
};

}  // namespace pgattic::columnar
