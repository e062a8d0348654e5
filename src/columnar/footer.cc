// The footer: parsed once, then asked for row groups and rows.
#include <utility>

#include "columnar/column_cursor.h"
#include "columnar/part_layout.h"
#include "columnar/part_reader.h"
#include "columnar/point_read.h"

namespace pgattic::columnar {
namespace {

class FooterImpl final : public Footer {
 public:
  FooterImpl(PartLayout layout, std::string indexes)
      : layout_(std::move(layout)), indexes_(std::move(indexes)) {}

  const model::TableSchema& schema() const override { return layout_.schema; }
  std::int64_t row_count() const override { return layout_.rows; }
  const std::map<std::string, std::string>& file_metadata() const override {
    return layout_.file_metadata;
  }
  int row_group_count() const override { return static_cast<int>(layout_.row_groups.size()); }
  RowGroupSpan row_group(int index) const override { return At(index).span; }
  RowGroupSpan id_chunk(int index) const override {
    const FileSpan& pages = At(index).chunks[layout_.schema.id_index].pages;
    return {index, pages.offset, pages.length};
  }

  std::vector<RowGroupSpan> Find(const std::string& id) const override;
  std::int64_t memory_bytes() const override;
  Result<std::vector<Row>> ReadRows(const RowGroupSpan& span, std::string_view bytes,
                                    const std::string& id) const override;
  Status DecodeIds(int index, ByteView bytes,
                   const std::function<Status(const std::string& id)>& on_id) const override;

 private:
  const RowGroupLayout& At(int index) const {
    PGATTIC_CHECK(index >= 0 && index < row_group_count(), "no such row group");
    return layout_.row_groups[static_cast<std::size_t>(index)];
  }

  PartLayout layout_;
  std::string indexes_;  // page indexes: the file from data_end to metadata_start
};

std::vector<RowGroupSpan> FooterImpl::Find(const std::string& id) const {
  std::vector<RowGroupSpan> spans;
  const auto key = IdKeyFromText(layout_.schema.id().transport, id);
  if (!key) return spans;
  for (std::size_t i = 0; i < layout_.row_groups.size(); ++i) {
    if (MayBeIn(layout_.id_bounds, i, *key)) spans.push_back(layout_.row_groups[i].span);
  }
  return spans;
}

std::int64_t FooterImpl::memory_bytes() const {
  std::size_t bytes = sizeof *this + indexes_.capacity();
  for (const RowGroupLayout& group : layout_.row_groups) {
    bytes += sizeof group + group.chunks.capacity() * sizeof(ChunkLayout);
  }
  for (const IdBounds& bounds : layout_.id_bounds) {
    bytes += sizeof bounds;
    if (bounds.least) bytes += bounds.least->text.capacity();
    if (bounds.most) bytes += bounds.most->text.capacity();
  }
  for (const auto& [key, value] : layout_.file_metadata) bytes += key.size() + value.size();
  // Descriptors and columns of the schema, Parquet's and ours.
  constexpr std::size_t kColumnBytes = 1024;
  return static_cast<std::int64_t>(bytes + layout_.schema.columns.size() * kColumnBytes);
}

Result<std::vector<Row>> FooterImpl::ReadRows(const RowGroupSpan& span, std::string_view bytes,
                                              const std::string& id) const {
  const RowGroupLayout& group = At(span.index);
  if (std::cmp_not_equal(bytes.size(), group.span.length)) {
    return {Code::kCorruption, "a row group of " + std::to_string(group.span.length) +
                                   " bytes came as " + std::to_string(bytes.size())};
  }
  const auto key = IdKeyFromText(layout_.schema.id().transport, id);
  if (!key) return std::vector<Row>();
  return PointRead(layout_, AsBytes(indexes_), group, AsBytes(bytes))
      .Find(*key)
      .While("reading row group " + std::to_string(span.index));
}

Status FooterImpl::DecodeIds(int index, ByteView bytes,
                             const std::function<Status(const std::string& id)>& on_id) const {
  const RowGroupLayout& group = At(index);
  const std::size_t column = layout_.schema.id_index;
  if (std::cmp_not_equal(bytes.size(), group.chunks[column].pages.length)) {
    return {Code::kCorruption, "the ids of a row group came short"};
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const auto cursor,
      ColumnCursor::Open(layout_.schema.id(), *layout_.descriptor->Column(static_cast<int>(column)),
                         {bytes, group.rows}));
  IdKey key;
  for (std::int64_t row = 0; row < group.rows; ++row) {
    PGATTIC_RETURN_IF_ERROR(cursor->Next());
    PGATTIC_RETURN_IF_ERROR(cursor->AssignKey(key));
    PGATTIC_RETURN_IF_ERROR(on_id(IdText(layout_.schema.id().transport, key)));
  }
  return Status::Ok();
}

}  // namespace

Result<std::shared_ptr<const Footer>> Footer::Parse(std::string tail, std::int64_t file_bytes) {
  PGATTIC_ASSIGN_OR_RETURN(const auto metadata, ParseMetadata(AsBytes(tail), file_bytes));
  PGATTIC_ASSIGN_OR_RETURN(PartLayout layout, LayoutOf(*metadata, file_bytes));
  const std::int64_t tail_start = file_bytes - static_cast<std::int64_t>(tail.size());
  if (layout.data_end < tail_start) {
    return {Code::kCorruption,
            "the end of the part that was read does not reach back to its "
            "first page index; does the metadata's footer_bytes belong to it?"};
  }
  tail.resize(static_cast<std::size_t>(layout.metadata_start - tail_start));
  tail.erase(0, static_cast<std::size_t>(layout.data_end - tail_start));
  tail.shrink_to_fit();
  return std::shared_ptr<const Footer>(
      std::make_shared<FooterImpl>(std::move(layout), std::move(tail)));
}

Status ReadIds(const OpContext& ctx, const ReadRange& read, const Footer& footer,
               const std::function<Status(const std::string& id)>& on_id) {
  for (int index = 0; index < footer.row_group_count(); ++index) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    const RowGroupSpan chunk = footer.id_chunk(index);
    PGATTIC_ASSIGN_OR_RETURN(const std::string bytes, read(chunk.offset, chunk.length));
    PGATTIC_RETURN_IF_ERROR(footer.DecodeIds(index, AsBytes(bytes), on_id));
  }
  return Status::Ok();
}

}  // namespace pgattic::columnar
