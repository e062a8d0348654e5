#include "columnar/part_layout.h"

#include <arrow/util/key_value_metadata.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "columnar/arrow_error.h"
#include "columnar/parquet_schema.h"

namespace pgattic::columnar {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr std::int64_t kTrailerBytes = 8;  // length of the metadata, magic

Status Corrupt(const std::string& what) {
  return {Code::kCorruption, "the part's footer is damaged (" + what +
                                 "); verify the part, then repair it from the copy"};
}

bool Lies(const FileSpan& inner, std::int64_t begin, std::int64_t end) {
  return inner.offset >= begin && inner.length >= 0 && inner.offset <= end &&
         inner.length <= end - inner.offset;
}

FileSpan SpanOf(const parquet::IndexLocation& location) {
  return {location.offset, location.length};
}

// Builds a PartLayout row group by row group, checking as it goes.
class LayoutBuilder {
 public:
  LayoutBuilder(const parquet::FileMetaData& metadata, std::int64_t file_bytes)
      : metadata_(metadata), file_bytes_(file_bytes) {}

  Result<PartLayout> Build() {
    layout_.metadata_start = file_bytes_ - metadata_.size() - kTrailerBytes;
    layout_.data_end = static_cast<std::int64_t>(kMagic.size());
    PGATTIC_RETURN_IF_ERROR(ReadSchema());
    for (int i = 0; i < metadata_.num_row_groups(); ++i) {
      PGATTIC_RETURN_IF_ERROR(AddRowGroup(i));
    }
    if (layout_.rows != metadata_.num_rows()) return Corrupt("number of rows");
    PGATTIC_RETURN_IF_ERROR(CheckIndexes());
    return std::move(layout_);
  }

 private:
  Status ReadSchema() {
    const auto& pairs = metadata_.key_value_metadata();
    if (pairs == nullptr) return Corrupt("no metadata; it is not a part of pgattic");
    for (std::int64_t i = 0; i < pairs->size(); ++i) {
      layout_.file_metadata[pairs->key(i)] = pairs->value(i);
    }
    const auto json = layout_.file_metadata.find(std::string(kSchemaKey));
    if (json == layout_.file_metadata.end()) {
      return Corrupt("no " + std::string(kSchemaKey) + "; it is not a part of pgattic");
    }
    PGATTIC_ASSIGN_OR_RETURN(layout_.schema, FromJson(json->second));
    layout_.descriptor = std::make_unique<parquet::SchemaDescriptor>();
    layout_.descriptor->Init(ToParquet(layout_.schema));
    if (!layout_.descriptor->Equals(*metadata_.schema())) {
      return Corrupt(std::string(kSchemaKey) + " and Parquet's schema differ");
    }
    return Status::Ok();
  }

  Status AddRowGroup(int index) {
    const auto group = metadata_.RowGroup(index);
    RowGroupLayout added;
    added.rows = group->num_rows();
    if (added.rows <= 0 || added.rows > std::numeric_limits<std::int32_t>::max()) {
      return Corrupt("rows of a row group");
    }
    const std::int64_t begin = layout_.data_end;
    for (int column = 0; column < group->num_columns(); ++column) {
      PGATTIC_RETURN_IF_ERROR(AddChunk(*group->ColumnChunk(column), added));
    }
    added.span = {index, begin, layout_.data_end - begin};
    PGATTIC_RETURN_IF_ERROR(AddId(*group, added));
    layout_.rows += added.rows;
    layout_.row_groups.push_back(std::move(added));
    return Status::Ok();
  }

  Status AddChunk(const parquet::ColumnChunkMetaData& chunk, RowGroupLayout& group) {
    const FileSpan pages{chunk.data_page_offset(), chunk.total_compressed_size()};
    if (chunk.compression() != parquet::Compression::ZSTD || chunk.has_dictionary_page() ||
        chunk.num_values() != group.rows || pages.offset != layout_.data_end ||
        !Lies(pages, layout_.data_end, layout_.metadata_start)) {
      return Corrupt("a column chunk");
    }
    const auto index = chunk.GetOffsetIndexLocation();
    if (!index) return Corrupt("no offset index");
    group.chunks.push_back({pages, SpanOf(*index)});
    indexes_.push_back(SpanOf(*index));
    if (const auto bounds = chunk.GetColumnIndexLocation()) indexes_.push_back(SpanOf(*bounds));
    layout_.data_end = pages.end();
    return Status::Ok();
  }

  Status AddId(const parquet::RowGroupMetaData& group, RowGroupLayout& added) {
    const auto chunk = group.ColumnChunk(static_cast<int>(layout_.schema.id_index));
    if (const auto index = chunk->GetColumnIndexLocation()) {
      added.id_column_index = SpanOf(*index);
    }
    const auto statistics = chunk->statistics();
    IdBounds& bounds = layout_.id_bounds.emplace_back();
    if (statistics == nullptr || !statistics->HasMinMax()) return Status::Ok();
    const auto transport = layout_.schema.id().transport;
    bounds = {IdKeyFromPlain(transport, statistics->EncodeMin()),
              IdKeyFromPlain(transport, statistics->EncodeMax())};
    return bounds.least && bounds.most ? Status::Ok() : Corrupt("statistics of the id");
  }

  // The page indexes fill the room between the data and the metadata, one after the other: none is
  // taken for another's.
  Status CheckIndexes() {
    std::sort(indexes_.begin(), indexes_.end(),
              [](const FileSpan& a, const FileSpan& b) { return a.offset < b.offset; });
    std::int64_t end = layout_.data_end;
    for (const FileSpan& index : indexes_) {
      if (index.offset != end || !Lies(index, end, layout_.metadata_start)) {
        return Corrupt("place of a page index");
      }
      end = index.end();
    }
    return end == layout_.metadata_start ? Status::Ok() : Corrupt("length of the file");
  }

  const parquet::FileMetaData& metadata_;
  std::int64_t file_bytes_;
  PartLayout layout_;
  std::vector<FileSpan> indexes_;
};

}  // namespace

Result<std::int64_t> MetadataBytes(ByteView tail, std::int64_t file_bytes) {
  if (std::cmp_less(tail.size(), kTrailerBytes) || std::cmp_greater(tail.size(), file_bytes)) {
    return Corrupt("too short");
  }
  const ByteView trailer = tail.last(static_cast<std::size_t>(kTrailerBytes));
  if (AsText(trailer.subspan(4)) != kMagic) return Corrupt("it does not end with PAR1");
  std::uint32_t length = 0;
  std::memcpy(&length, trailer.data(), sizeof length);
  const std::int64_t bytes = std::int64_t{length} + kTrailerBytes;
  if (length == 0 || bytes > file_bytes - static_cast<std::int64_t>(kMagic.size())) {
    return Corrupt("length of the metadata");
  }
  return bytes;
}

Result<std::shared_ptr<parquet::FileMetaData>> ParseMetadata(ByteView tail,
                                                             std::int64_t file_bytes) {
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t bytes, MetadataBytes(tail, file_bytes));
  if (std::cmp_less(tail.size(), bytes)) return Corrupt("the tail does not hold it whole");
  using Metadata = Result<std::shared_ptr<parquet::FileMetaData>>;
  return GuardParquet(ArrowUse::kReading, [&]() -> Metadata {
    const ByteView metadata = tail.last(static_cast<std::size_t>(bytes));
    auto parsed = parquet::FileMetaData::Make(metadata.data(), bytes - kTrailerBytes);
    if (parsed->size() != bytes - kTrailerBytes) return Corrupt("length of the metadata");
    return parsed;
  });
}

Result<PartLayout> LayoutOf(const parquet::FileMetaData& metadata, std::int64_t file_bytes) {
  return GuardParquet(ArrowUse::kReading,
                      [&] { return LayoutBuilder(metadata, file_bytes).Build(); });
}

}  // namespace pgattic::columnar
