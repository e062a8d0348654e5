// ReadPart: the whole part, read back for the proof.
#include <cmath>
#include <limits>
#include <utility>

#include "columnar/extremes.h"
#include "columnar/file_feed.h"
#include "columnar/part_layout.h"
#include "columnar/part_reader.h"

namespace pgattic::columnar {
namespace {

constexpr std::int64_t kTailBytes = 256 << 10;

using Cursors = std::vector<std::unique_ptr<ColumnCursor>>;

// The row that a scan stands at.
class CurrentRow final : public RowView {
 public:
  CurrentRow(const PartLayout& layout, const std::vector<std::int64_t>& column_bytes,
             const std::string& canonical, const std::string& id, const Cursors& cursors)
      : layout_(layout),
        column_bytes_(column_bytes),
        canonical_(canonical),
        id_(id),
        cursors_(cursors) {}
  const model::TableSchema& schema() const override { return layout_.schema; }
  const std::vector<std::int64_t>& column_bytes() const override { return column_bytes_; }
  ByteView canonical() const override { return AsBytes(canonical_); }
  const std::string& id() const override { return id_; }
  Result<std::optional<std::string>> Text(std::size_t column) const override {
    return cursors_.at(column)->Text();
  }

 private:
  const PartLayout& layout_;
  const std::vector<std::int64_t>& column_bytes_;
  const std::string& canonical_;
  const std::string& id_;
  const Cursors& cursors_;
};

// Decodes the row groups of one part in order. Made for one call of ReadPart.
class PartScan {
 public:
  PartScan(const SampleOptions& options, const OnSample& on_sample, const OnRow& on_row)
      : options_(options), on_sample_(on_sample), on_row_(on_row) {}

  Result<ReadBack> Run(FileFeed& feed, std::int64_t file_bytes);

 private:
  Result<std::shared_ptr<parquet::FileMetaData>> ReadMetadata(FileFeed& feed,
                                                              std::int64_t file_bytes);
  void ChooseShare();
  void AddUpColumns();
  Status ScanRowGroup(const RowGroupLayout& group, ByteView bytes);
  Result<Cursors> OpenCursors(const RowGroupLayout& group, ByteView bytes) const;
  Status TakeRow(const Cursors& cursors);
  Status TakeId(const ColumnCursor& cursor);
  bool IsSample(const Cursors& cursors);
  Status HandOut(const Cursors& cursors) const;

  const SampleOptions& options_;
  const OnSample& on_sample_;
  const OnRow& on_row_;
  PartLayout layout_;
  std::vector<std::int64_t> column_bytes_;
  Extremes extremes_;
  std::uint64_t share_ = 0;  // ids whose hash lies below are samples
  std::string canonical_;
  IdKey id_;
  IdKey last_id_;
  std::string id_text_;
  ReadBack result_;
};

Result<std::shared_ptr<parquet::FileMetaData>> PartScan::ReadMetadata(FileFeed& feed,
                                                                      std::int64_t file_bytes) {
  PGATTIC_ASSIGN_OR_RETURN(ByteView tail, feed.Tail(kTailBytes));
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t bytes, MetadataBytes(tail, file_bytes));
  PGATTIC_ASSIGN_OR_RETURN(tail, feed.Tail(bytes));
  return ParseMetadata(tail, file_bytes);
}

// Hashes are spread evenly over 64 bits, so a share of them is about that share of the rows.
void PartScan::ChooseShare() {
  constexpr auto kAll = std::numeric_limits<std::uint64_t>::max();
  if (options_.by_hash < 0 || options_.by_hash >= layout_.rows) {
    share_ = kAll;
  } else {
    share_ = kAll / static_cast<std::uint64_t>(layout_.rows) *
             static_cast<std::uint64_t>(options_.by_hash);
  }
}

void PartScan::AddUpColumns() {
  column_bytes_.assign(layout_.schema.columns.size(), 0);
  for (const RowGroupLayout& group : layout_.row_groups) {
    for (std::size_t column = 0; column < column_bytes_.size(); ++column) {
      column_bytes_[column] += group.chunks[column].pages.length;
    }
  }
}

Result<ReadBack> PartScan::Run(FileFeed& feed, std::int64_t file_bytes) {
  PGATTIC_ASSIGN_OR_RETURN(const auto metadata, ReadMetadata(feed, file_bytes));
  PGATTIC_ASSIGN_OR_RETURN(layout_, LayoutOf(*metadata, file_bytes));
  if (options_.column_extremes) {
    PGATTIC_ASSIGN_OR_RETURN(extremes_, Extremes::Of(*metadata, layout_));
  }
  ChooseShare();
  AddUpColumns();
  for (std::size_t i = 0; i < layout_.row_groups.size(); ++i) {
    const RowGroupLayout& group = layout_.row_groups[i];
    PGATTIC_ASSIGN_OR_RETURN(const ByteView bytes, feed.Take(group.span.offset, group.span.length));
    extremes_.BeginRowGroup(i);
    if (Status scanned = ScanRowGroup(group, bytes); !scanned.ok()) {
      return std::move(scanned).While("reading back row group " + std::to_string(i) + " at byte " +
                                      std::to_string(group.span.offset));
    }
  }
  PGATTIC_RETURN_IF_ERROR(extremes_.Finish(layout_));
  PGATTIC_ASSIGN_OR_RETURN(result_.sha256, feed.Finish());
  result_.max_id = id_text_;
  return std::move(result_);
}

Result<Cursors> PartScan::OpenCursors(const RowGroupLayout& group, ByteView bytes) const {
  Cursors cursors;
  for (std::size_t column = 0; column < layout_.schema.columns.size(); ++column) {
    const FileSpan& pages = group.chunks[column].pages;
    const ByteView chunk = bytes.subspan(static_cast<std::size_t>(pages.offset - group.span.offset),
                                         static_cast<std::size_t>(pages.length));
    PGATTIC_ASSIGN_OR_RETURN(
        auto cursor, ColumnCursor::Open(layout_.schema.columns[column],
                                        *layout_.descriptor->Column(static_cast<int>(column)),
                                        {chunk, group.rows}));
    cursors.push_back(std::move(cursor));
  }
  return cursors;
}

Status PartScan::ScanRowGroup(const RowGroupLayout& group, ByteView bytes) {
  PGATTIC_ASSIGN_OR_RETURN(const Cursors cursors, OpenCursors(group, bytes));
  for (std::int64_t row = 0; row < group.rows; ++row) {
    PGATTIC_RETURN_IF_ERROR(TakeRow(cursors));
  }
  return Status::Ok();
}

Status PartScan::TakeRow(const Cursors& cursors) {
  canonical_.clear();
  for (const auto& cursor : cursors) {
    PGATTIC_RETURN_IF_ERROR(cursor->Next());
    PGATTIC_RETURN_IF_ERROR(cursor->AppendField(canonical_));
  }
  result_.digest.AddRow(AsBytes(canonical_));
  PGATTIC_RETURN_IF_ERROR(TakeId(*cursors[layout_.schema.id_index]));
  if (on_row_) {
    const CurrentRow row(layout_, column_bytes_, canonical_, id_text_, cursors);
    PGATTIC_RETURN_IF_ERROR(on_row_(row));
  }
  return IsSample(cursors) ? HandOut(cursors) : Status::Ok();
}

// A part that is not sorted would answer point reads wrongly.
Status PartScan::TakeId(const ColumnCursor& cursor) {
  PGATTIC_RETURN_IF_ERROR(cursor.AssignKey(id_));
  const bool first = result_.digest.rows == 1;
  if (!first && id_ < last_id_) return {Code::kCorruption, "the part's ids are not sorted"};
  id_text_ = IdText(layout_.schema.id().transport, id_);
  if (first) result_.min_id = id_text_;
  std::swap(id_, last_id_);
  return Status::Ok();
}

bool PartScan::IsSample(const Cursors& cursors) {
  const std::int64_t rows = result_.digest.rows;
  bool sample = options_.column_extremes && extremes_.IsNewAt(cursors);
  sample = sample || (options_.first_and_last && (rows == 1 || rows == layout_.rows));
  return sample || HashRow(AsBytes(id_text_)).low < share_;
}

Status PartScan::HandOut(const Cursors& cursors) const {
  if (!on_sample_) return Status::Ok();
  Row row;
  row.reserve(cursors.size());
  for (const auto& cursor : cursors) {
    PGATTIC_ASSIGN_OR_RETURN(auto text, cursor->Text());
    row.push_back(std::move(text));
  }
  return on_sample_(std::move(row));
}

}  // namespace

Result<ReadBack> ReadPart(const OpContext& ctx, const ReadRange& read, std::int64_t file_bytes,
                          const SampleOptions& sample, const OnSample& on_sample,
                          const OnRow& on_row) {
  FileFeed feed(ctx, read, file_bytes);
  return PartScan(sample, on_sample, on_row).Run(feed, file_bytes);
}

Result<ReadBack> ReadPartRows(const OpContext& ctx, const ReadRange& read, std::int64_t file_bytes,
                              const OnRow& on_row) {
  return ReadPart(ctx, read, file_bytes, {0, false, false}, {}, on_row);
}

}  // namespace pgattic::columnar
