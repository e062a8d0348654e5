#include "columnar/narrow_writer.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "columnar/copy_decoder.h"
#include "columnar/row_fields.h"
#include "columnar/row_group_sink.h"
#include "columnar/wire.h"

namespace pgattic::columnar {
namespace {

constexpr std::size_t kBatchRows = 256;
// As many values of eight bytes as a page has room for.
constexpr std::int64_t kPageRows = 16384;
constexpr std::int64_t kShareOfPart = 32;
constexpr const char* kPartKey = "pgattic.part_sha256";

bool HasFixedWidth(model::Transport transport) {
  using enum model::Transport;
  return transport != kString && transport != kJsonb && transport != kBinary && transport != kText;
}

model::TableSchema Chosen(const model::TableSchema& schema,
                          const std::vector<std::size_t>& columns) {
  model::TableSchema narrow;
  for (const std::size_t column : columns) {
    if (column == schema.id_index) narrow.id_index = narrow.columns.size();
    narrow.columns.push_back(schema.columns[column]);
  }
  return narrow;
}

/// Keeps what is written.
class Memory final : public ByteSink {
 public:
  Status Write(ByteView bytes) override {
    content.append(AsText(bytes));
    return Status::Ok();
  }
  std::string content;
};

}  // namespace

std::vector<std::size_t> NarrowColumns(const model::TableSchema& schema,
                                       const std::vector<std::int64_t>& column_bytes) {
  std::vector<std::size_t> narrow;
  std::vector<std::size_t> others;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const bool is_narrow = i == schema.id_index || HasFixedWidth(schema.columns[i].transport);
    (is_narrow ? narrow : others).push_back(i);
    if (is_narrow) sum += column_bytes.at(i);
  }
  std::sort(others.begin(), others.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(column_bytes.at(a), a) < std::pair(column_bytes.at(b), b);
  });
  const std::int64_t limit =
      std::accumulate(column_bytes.begin(), column_bytes.end(), std::int64_t{0}) / kShareOfPart;
  for (const std::size_t column : others) {
    sum += column_bytes.at(column);
    if (sum > limit) break;
    narrow.push_back(column);
  }
  std::sort(narrow.begin(), narrow.end());
  const bool is_all = narrow.size() == schema.columns.size();
  return is_all || narrow.size() < 2 ? std::vector<std::size_t>() : narrow;
}

class NarrowWriter::File {
 public:
  explicit File(const model::TableSchema& schema, std::vector<std::size_t> columns)
      : columns_(std::move(columns)), schema_(Chosen(schema, columns_)) {}

  Status Open(const std::string& part_sha256) {
    PartWriterOptions options;
    options.page_rows = kPageRows;
    options.block_bytes = 0;  // No row is looked up in it.
    PGATTIC_ASSIGN_OR_RETURN(
        sink_, RowGroupSink::Make(schema_, options, {{kPartKey, part_sha256}}, memory_));
    return Status::Ok();
  }

  Status Add(ByteView canonical) {
    PGATTIC_RETURN_IF_ERROR(CutFields(canonical, cut_));
    for (const std::size_t column : columns_) {
      const ByteView field = cut_.at(column);
      const auto size = LoadBig<std::int32_t>(field.data());
      places_.push_back({batch_.size(), size});
      batch_.append(AsText(field.subspan(sizeof size)));
    }
    return ++rows_ < kBatchRows ? Status::Ok() : Flush();
  }

  /// What is written and not in the open row group.
  std::size_t bytes() const { return memory_.content.size() + batch_.size(); }

  Result<NarrowFile> Finish() {
    PGATTIC_RETURN_IF_ERROR(Flush());
    PGATTIC_RETURN_IF_ERROR(sink_->Finish());
    NarrowFile file{std::move(memory_.content), {}};
    for (const model::Column& column : schema_.columns) file.columns.push_back(column.name);
    return file;
  }

 private:
  struct Place {
    std::size_t offset = 0;  // in batch_
    std::int32_t size = -1;
  };

  Status Flush() {
    if (rows_ == 0) return Status::Ok();
    std::vector<CopyField> fields;
    fields.reserve(places_.size());
    for (const Place& place : places_) {
      fields.push_back({AsBytes(batch_).data() + place.offset, place.size});
    }
    Status written = sink_->Write(fields.data(), columns_.size(), rows_);
    batch_.clear();
    places_.clear();
    rows_ = 0;
    return written;
  }

  const std::vector<std::size_t> columns_;
  const model::TableSchema schema_;
  Memory memory_;
  std::unique_ptr<RowGroupSink> sink_;
  std::vector<ByteView> cut_;
  std::string batch_;
  std::vector<Place> places_;
  std::size_t rows_ = 0;
};

NarrowWriter::NarrowWriter(std::int64_t part_bytes, std::string part_sha256)
    : limit_(std::min(kMostBytes, part_bytes / kPartOfPart)),
      part_sha256_(std::move(part_sha256)) {}

NarrowWriter::~NarrowWriter() = default;

Status NarrowWriter::Add(const RowView& row) {
  if (is_given_up_) return Status::Ok();
  if (!file_) {
    std::vector<std::size_t> columns = NarrowColumns(row.schema(), row.column_bytes());
    is_given_up_ = columns.empty();
    if (is_given_up_) return Status::Ok();
    file_ = std::make_unique<File>(row.schema(), std::move(columns));
    PGATTIC_RETURN_IF_ERROR(file_->Open(part_sha256_));
  }
  PGATTIC_RETURN_IF_ERROR(file_->Add(row.canonical()));
  is_given_up_ = std::cmp_greater(file_->bytes(), kMostBytes);
  if (is_given_up_) file_.reset();
  return Status::Ok();
}

Result<std::optional<NarrowFile>> NarrowWriter::Finish() {
  if (!file_) return std::optional<NarrowFile>();
  PGATTIC_ASSIGN_OR_RETURN(NarrowFile file, file_->Finish());
  if (std::cmp_greater(file.bytes.size(), limit_)) return std::optional<NarrowFile>();
  return std::optional<NarrowFile>(std::move(file));
}

}  // namespace pgattic::columnar
