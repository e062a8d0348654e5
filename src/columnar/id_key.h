// IdKey: an id in the order in which parts are sorted: text by bytes, integers by value. IdBounds:
// between which ids a row group or a page is said to lie.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "model/column.h"

namespace pgattic::columnar {

/// An id: `number` for integers, `text` for everything else. Comparable with ids of the same
/// column only. A plain value.
struct IdKey {
  std::int64_t number = 0;
  std::string text;

  auto operator<=>(const IdKey&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// Returns the key of PostgreSQL's text; nothing when the column's type cannot hold it.
std::optional<IdKey> IdKeyFromText(model::Transport transport, std::string_view text);
/// Sets `key`, whose memory is used again, to a field of COPY BINARY. False when the field is
/// none of the transport's.
bool AssignIdKey(model::Transport transport, ByteView field, IdKey& key);
/// Returns the key of a value in Parquet's plain encoding, as statistics hold it.
std::optional<IdKey> IdKeyFromPlain(model::Transport transport, std::string_view plain);
/// Returns PostgreSQL's text.
std::string IdText(model::Transport transport, const IdKey& key);

/// What an index says of one of several ranges of sorted ids that lie one after the other.
struct IdBounds {
  std::optional<IdKey> least;  ///< Nothing: not known.
  std::optional<IdKey> most;
};

/// Whether `id` may be in range `index` of `ranges`: it lies between its bounds, or between them
/// and the nearest of a neighbour's, that included. Bounds have no checksum, ids have: where a
/// range ends is for the ids on both sides to show, so that no single wrong bound hides a row.
/// REQUIRES: index < ranges.size().
bool MayBeIn(const std::vector<IdBounds>& ranges, std::size_t index, const IdKey& id);

}  // namespace pgattic::columnar
