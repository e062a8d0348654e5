#include "columnar/point_read.h"

#include <parquet/page_index.h>
#include <parquet/properties.h>

#include <algorithm>
#include <optional>
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
  const ChunkLayout& chunk = group_.chunks[column];
  std::optional<Pages> pages = ParseOffsetIndex(IndexBytes(chunk.offset_index));
  if (!pages || pages->empty() || pages->front().first_row != 0) return Corrupt("no first page");
  std::int64_t offset = chunk.pages.offset;
  for (std::size_t i = 0; i < pages->size(); ++i) {
    const PagePlace& page = (*pages)[i];
    if (page.offset != offset || page.bytes <= 0 || page.bytes > chunk.pages.end() - offset ||
        page.first_row >= EndRow(*pages, i)) {
      return Corrupt("place of a page");
    }
    offset += page.bytes;
  }
  return std::move(*pages);
}

std::int64_t PointRead::EndRow(const Pages& pages, std::size_t page) const {
  return page + 1 < pages.size() ? pages[page + 1].first_row : group_.rows;
}

Result<PointRead::PageRange> PointRead::CandidatePages(const IdKey& id, const Pages& pages) const {
  if (!group_.id_column_index) return PageRange{0, pages.size() - 1};
  const ByteView bytes = IndexBytes(*group_.id_column_index);
  const auto id_index = static_cast<int>(layout_.schema.id_index);
  const auto index = parquet::ColumnIndex::Make(*layout_.descriptor->Column(id_index), bytes.data(),
                                                static_cast<std::int64_t>(bytes.size()),
                                                parquet::default_reader_properties());
  const auto& least = index->encoded_min_values();
  const auto& most = index->encoded_max_values();
  if (least.size() != pages.size() || most.size() != pages.size()) {
    return Corrupt("number of pages");
  }
  const auto transport = layout_.schema.id().transport;
  std::vector<IdBounds> bounds;
  bounds.reserve(pages.size());
  for (std::size_t i = 0; i < pages.size(); ++i) {
    bounds.push_back({IdKeyFromPlain(transport, least[i]), IdKeyFromPlain(transport, most[i])});
    if (!bounds.back().least || !bounds.back().most) return Corrupt("bounds of a page");
  }
  std::optional<PageRange> range;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    if (!MayBeIn(bounds, i, id)) continue;
    if (!range) range = PageRange{i, i};
    if (i > range->last + 1) return Corrupt("ids are not sorted");
    range->last = i;
  }
  return range ? *range : Result<PageRange>(Corrupt("ids are not sorted"));
}

PointColumn PointRead::OpenPages(std::size_t column, const Pages& pages,
                                 const PageRange& range) const {
  std::vector<PageBytes> bytes;
  for (std::size_t i = range.first; i <= range.last; ++i) {
    bytes.push_back({bytes_.subspan(static_cast<std::size_t>(pages[i].offset - group_.span.offset),
                                    static_cast<std::size_t>(pages[i].bytes)),
                     EndRow(pages, i) - pages[i].first_row});
  }
  return {layout_.schema.columns[column], std::move(bytes)};
}

Result<PointRead::RowRange> PointRead::MatchingRows(const IdKey& id) const {
  const std::size_t column = layout_.schema.id_index;
  PGATTIC_ASSIGN_OR_RETURN(const Pages pages, LoadPages(column));
  PGATTIC_ASSIGN_OR_RETURN(const PageRange candidates, CandidatePages(id, pages));
  std::int64_t row = pages[candidates.first].first_row;
  RowRange found;
  bool is_sorted = true;
  const auto look = [&](const IdKey& key) {
    if (key == id) {
      if (found.count == 0) found.first = row;
      is_sorted = found.first + found.count == row;
      ++found.count;
    }
    ++row;
    return is_sorted && !(id < key);
  };
  PGATTIC_RETURN_IF_ERROR(OpenPages(column, pages, candidates).VisitKeys(look));
  return is_sorted ? Result<RowRange>(found) : Corrupt("ids are not sorted");
}

Status PointRead::ReadColumn(std::size_t column, const RowRange& range,
                             std::vector<Row>& rows) const {
  PGATTIC_ASSIGN_OR_RETURN(const Pages pages, LoadPages(column));
  const auto page_of = [&](std::int64_t row) {
    const auto next = std::upper_bound(
        pages.begin(), pages.end(), row,
        [](std::int64_t wanted, const PagePlace& page) { return wanted < page.first_row; });
    return static_cast<std::size_t>(next - pages.begin()) - 1;
  };
  const PageRange covering{page_of(range.first), page_of(range.first + range.count - 1)};
  PGATTIC_ASSIGN_OR_RETURN(auto texts,
                           OpenPages(column, pages, covering)
                               .Texts(range.first - pages[covering.first].first_row, range.count));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i][column] = std::move(texts[i]);
  return Status::Ok();
}

// As Arrow's readers do, ours allocate what a page says that it holds.
Result<std::vector<Row>> PointRead::Find(const IdKey& id) const {
  return GuardParquet(ArrowUse::kReading, [&] { return FindRows(id); });
}

Result<std::vector<Row>> PointRead::FindRows(const IdKey& id) const {
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
