// PointRead: the rows of one id out of the bytes of one row group, page by page.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/page_format.h"
#include "columnar/part_layout.h"
#include "columnar/point_column.h"

namespace pgattic::columnar {

/// Finds the rows by the id column's page index, then reads of every column only the pages
/// that hold them. Made for one read. Not thread-safe.
class PointRead {
 public:
  /// `indexes` holds the file's bytes from `layout.data_end` to `layout.metadata_start`,
  /// `bytes` those of the row group. All must outlive this.
  PointRead(const PartLayout& layout, ByteView indexes, const RowGroupLayout& group, ByteView bytes)
      : layout_(layout), indexes_(indexes), group_(group), bytes_(bytes) {}

  /// Returns every row with this id, in file order. Corruption for damaged bytes.
  Result<std::vector<Row>> Find(const IdKey& id) const;

 private:
  using Pages = std::vector<PagePlace>;
  struct PageRange {
    std::size_t first = 0;
    std::size_t last = 0;  // inclusive
  };
  struct RowRange {
    std::int64_t first = 0;
    std::int64_t count = 0;
  };

  ByteView IndexBytes(const FileSpan& span) const;
  Result<Pages> LoadPages(std::size_t column) const;
  std::int64_t EndRow(const Pages& pages, std::size_t page) const;
  Result<PageRange> CandidatePages(const IdKey& id, const Pages& pages) const;
  Result<std::vector<Row>> FindRows(const IdKey& id) const;
  Result<RowRange> MatchingRows(const IdKey& id) const;
  PointColumn OpenPages(std::size_t column, const Pages& pages, const PageRange& range) const;
  Status ReadColumn(std::size_t column, const RowRange& range, std::vector<Row>& rows) const;

  const PartLayout& layout_;
  ByteView indexes_;
  const RowGroupLayout& group_;
  ByteView bytes_;
};

}  // namespace pgattic::columnar
