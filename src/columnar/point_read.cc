#include "columnar/point_read.h"

#include <parquet/properties.h>

#include <algorithm>
#include <utility>

#include "columnar/arrow_error.h"

namespace pgattic::columnar {
namespace {

Status Corrupt(const std::string& what) {
  return {Code::kCorruption, "the part's page index is damaged (" + what +
                                 "); verify the part, then repair it from the copy"};
}

}  // namespace

ByteView PointRead::IndexBytes(const FileSpan& span) const {
  return indexes_.subspan(static_cast<std::size_t>(span.offset - layout_.data_end),
                          static_cast<std::size_t>(span.length));
}

// Pages lie one after the other in their chunk, and so do their rows.
Result<PointRead::Pages> PointRead::LoadPages(std::size_t column) const {
  return GuardParquet(ArrowUse::kReading, [&]() -> Result<Pages> {
    const ChunkLayout& chunk = group_.chunks[column];
    const ByteView bytes = IndexBytes(chunk.offset_index);
    const auto index =
        parquet::OffsetIndex::Make(bytes.data(), static_cast<std::int64_t>(bytes.size()),
                                   parquet::default_reader_properties());
    Pages pages = index->page_locations();
    if (pages.empty() || pages[0].first_row_index != 0) return Corrupt("no first page");
    std::int64_t offset = chunk.pages.offset;
    for (std::size_t i = 0; i < pages.size(); ++i) {
      const std::int64_t next = i + 1 < pages.size() ? pages[i + 1].first_row_index : group_.rows;
      if (pages[i].offset != offset || pages[i].compressed_page_size <= 0 ||
          pages[i].compressed_page_size > chunk.pages.end() - offset ||
          pages[i].first_row_index >= next) {
        return Corrupt("place of a page");
      }
      offset += pages[i].compressed_page_size;
    }
    return pages;
  });
}

Result<std::vector<PointRead::PageRange>> PointRead::CandidatePages(const IdKey& id,
                                                                    const Pages& pages) const {
  using Ranges = std::vector<PageRange>;
  if (!group_.id_column_index) return Ranges{{0, pages.size() - 1}};
  return GuardParquet(ArrowUse::kReading, [&]() -> Result<Ranges> {
    const ByteView bytes = IndexBytes(*group_.id_column_index);
    const auto id_index = static_cast<int>(layout_.schema.id_index);
    const auto index = parquet::ColumnIndex::Make(
        *layout_.descriptor->Column(id_index), bytes.data(),
        static_cast<std::int64_t>(bytes.size()), parquet::default_reader_properties());
    const auto& least = index->encoded_min_values();
    const auto& most = index->encoded_max_values();
    if (least.size() != pages.size() || most.size() != pages.size()) {
      return Corrupt("number of pages");
    }
    const auto transport = layout_.schema.id().transport;
    Ranges ranges;
    for (std::size_t i = 0; i < pages.size(); ++i) {
      const auto min = IdKeyFromPlain(transport, least[i]);
      const auto max = IdKeyFromPlain(transport, most[i]);
      if (!min || !max) return Corrupt("bounds of a page");
      if (id < *min || *max < id) continue;
      if (!ranges.empty() && ranges.back().last + 1 == i) {
        ranges.back().last = i;
      } else {
        ranges.push_back({i, i});
      }
    }
    if (ranges.size() > 1) return Corrupt("ids are not sorted");
    return ranges;
  });
}

Result<std::unique_ptr<ColumnCursor>> PointRead::OpenPages(std::size_t column, const Pages& pages,
                                                           const PageRange& range) const {
  const parquet::PageLocation& last = pages[range.last];
  const std::int64_t begin = pages[range.first].offset;
  const std::int64_t end = last.offset + last.compressed_page_size;
  const std::int64_t end_row =
      range.last + 1 < pages.size() ? pages[range.last + 1].first_row_index : group_.rows;
  const PageRun run{bytes_.subspan(static_cast<std::size_t>(begin - group_.span.offset),
                                   static_cast<std::size_t>(end - begin)),
                    end_row - pages[range.first].first_row_index};
  return ColumnCursor::Open(layout_.schema.columns[column],
                            *layout_.descriptor->Column(static_cast<int>(column)), run);
}

Result<PointRead::RowRange> PointRead::MatchingRows(const IdKey& id) const {
  const std::size_t column = layout_.schema.id_index;
  PGATTIC_ASSIGN_OR_RETURN(const Pages pages, LoadPages(column));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<PageRange> ranges, CandidatePages(id, pages));
  if (ranges.empty()) return RowRange{};
  const PageRange& range = ranges.front();
  PGATTIC_ASSIGN_OR_RETURN(const auto cursor, OpenPages(column, pages, range));
  const std::int64_t end_row =
      range.last + 1 < pages.size() ? pages[range.last + 1].first_row_index : group_.rows;
  RowRange found;
  IdKey key;
  for (std::int64_t row = pages[range.first].first_row_index; row < end_row; ++row) {
    PGATTIC_RETURN_IF_ERROR(cursor->Next());
    PGATTIC_RETURN_IF_ERROR(cursor->AssignKey(key));
    if (id < key) break;
    if (key < id) continue;
    if (found.count == 0) found.first = row;
    if (found.first + found.count != row) return Corrupt("ids are not sorted");
    ++found.count;
  }
  return found;
}

Status PointRead::ReadColumn(std::size_t column, const RowRange& range,
                             std::vector<Row>& rows) const {
  PGATTIC_ASSIGN_OR_RETURN(const Pages pages, LoadPages(column));
  const auto page_of = [&](std::int64_t row) {
    const auto next = std::upper_bound(
        pages.begin(), pages.end(), row,
        [](std::int64_t wanted, const auto& page) { return wanted < page.first_row_index; });
    return static_cast<std::size_t>(next - pages.begin()) - 1;
  };
  const PageRange covering{page_of(range.first), page_of(range.first + range.count - 1)};
  PGATTIC_ASSIGN_OR_RETURN(const auto cursor, OpenPages(column, pages, covering));
  PGATTIC_RETURN_IF_ERROR(cursor->Skip(range.first - pages[covering.first].first_row_index));
  for (Row& row : rows) {
    PGATTIC_RETURN_IF_ERROR(cursor->Next());
    PGATTIC_ASSIGN_OR_RETURN(row[column], cursor->Text());
  }
  return Status::Ok();
}

Result<std::vector<Row>> PointRead::Find(const IdKey& id) const {
  PGATTIC_ASSIGN_OR_RETURN(const RowRange range, MatchingRows(id));
  std::vector<Row> rows(static_cast<std::size_t>(range.count));
  for (Row& row : rows) row.resize(layout_.schema.columns.size());
  if (rows.empty()) return rows;
  for (std::size_t column = 0; column < layout_.schema.columns.size(); ++column) {
    PGATTIC_RETURN_IF_ERROR(ReadColumn(column, range, rows));
  }
  return rows;
}

}  // namespace pgattic::columnar
