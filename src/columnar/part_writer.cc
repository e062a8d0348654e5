#include "columnar/part_writer.h"

#include <string>
#include <utility>
#include <vector>

#include "columnar/copy_decoder.h"
#include "columnar/id_key.h"
#include "columnar/parquet_schema.h"
#include "columnar/row_group_sink.h"
#include "columnar/wide_sum.h"
#include "columnar/wire.h"

namespace pgattic::columnar {
namespace {

constexpr std::size_t kFingerprintBytes = 4 + 8;  // length and int8
// Pages end between batches, so that batches are a fraction of a page.
constexpr std::size_t kBatchBytes = std::size_t{16} << 10U;
constexpr std::size_t kTupleCountBytes = 2;

class PartWriterImpl final : public PartWriter, private TupleSink {
 public:
  PartWriterImpl(const model::TableSchema& schema, bool is_sorted,
                 std::unique_ptr<RowGroupSink> file)
      : is_sorted_(is_sorted),
        id_name_(schema.id().name),
        id_transport_(schema.id().transport),
        id_index_(schema.id_index),
        stride_(schema.columns.size() + 1),
        file_(std::move(file)),
        decoder_(stride_, *this) {
    batch_.reserve(kBatchBytes);
  }

  Status Append(ByteView copy_data) override {
    if (ended_) return Ended();
    Status status = decoder_.Append(copy_data);
    ended_ = !status.ok();
    return std::move(status).While("writing row " + std::to_string(summary_.digest.rows));
  }

  Result<PartSummary> Finish() override;
  std::int64_t rows() const override { return summary_.digest.rows; }

 private:
  Status OnTuple(const CopyTuple& tuple) override;
  Status TakeFingerprint(const CopyField& field);
  Status TakeId(const CopyField& field);
  void AddToBatch(ByteView row, std::span<const CopyField> fields);
  Status FlushBatch();
  static Status Ended() {
    return {Code::kFailedPrecondition, "the part has ended; begin a new one"};
  }

  bool is_sorted_;
  std::string id_name_;
  model::Transport id_transport_;
  std::size_t id_index_;
  std::size_t stride_;
  std::unique_ptr<RowGroupSink> file_;
  CopyDecoder decoder_;

  std::string batch_;  // rows that wait; never grows, so that fields may point into it
  std::vector<CopyField> batch_fields_;
  std::size_t batch_rows_ = 0;

  IdKey id_;
  IdKey last_id_;
  WideSum fingerprint_sum_ = 0;
  PartSummary summary_;
  bool ended_ = false;
};

Status PartWriterImpl::OnTuple(const CopyTuple& tuple) {
  PGATTIC_RETURN_IF_ERROR(TakeFingerprint(tuple.fields.back()));
  if (is_sorted_) PGATTIC_RETURN_IF_ERROR(TakeId(tuple.fields[id_index_]));
  const ByteView row = tuple.bytes.first(tuple.bytes.size() - kFingerprintBytes);
  summary_.digest.AddRow(row);
  summary_.raw_bytes += static_cast<std::int64_t>(row.size() + kTupleCountBytes);
  if (row.size() > kBatchBytes / 2) {
    PGATTIC_RETURN_IF_ERROR(FlushBatch());
    return file_->Write(tuple.fields.data(), stride_, 1);
  }
  if (batch_.size() + row.size() > kBatchBytes) PGATTIC_RETURN_IF_ERROR(FlushBatch());
  AddToBatch(row, tuple.fields);
  return Status::Ok();
}

Status PartWriterImpl::TakeFingerprint(const CopyField& field) {
  if (field.size != 8) {
    return {Code::kCorruption, "the COPY stream's last column is not the int8 fingerprint"};
  }
  fingerprint_sum_ += LoadBig<std::int64_t>(field.data);
  return Status::Ok();
}

Status PartWriterImpl::TakeId(const CopyField& field) {
  const Origin origin{"column", id_name_};
  if (field.is_null()) {
    return {Code::kFailedPrecondition,
            "id column '" + id_name_ + "' holds a NULL; such a row could never be found again",
            origin};
  }
  if (!AssignIdKey(id_transport_, field.bytes(), id_)) {
    return {Code::kCorruption, "id column '" + id_name_ + "' is of another type", origin};
  }
  if (summary_.digest.rows == 0) {
    summary_.min_id = IdText(id_transport_, id_);
  } else if (id_ < last_id_) {
    return {Code::kFailedPrecondition,
            "rows do not come sorted by '" + id_name_ + "': '" + IdText(id_transport_, id_) +
                "' after '" + IdText(id_transport_, last_id_) +
                "'; text has to be sorted COLLATE \"C\"",
            origin};
  }
  std::swap(id_, last_id_);
  return Status::Ok();
}

void PartWriterImpl::AddToBatch(ByteView row, std::span<const CopyField> fields) {
  const std::uint8_t* from = row.data();
  const auto* to = reinterpret_cast<const std::uint8_t*>(batch_.data()) + batch_.size();
  batch_.append(AsText(row));
  for (const CopyField& field : fields.first(stride_ - 1)) {
    batch_fields_.push_back({to + (field.data - from), field.size});
  }
  batch_fields_.emplace_back();  // the fingerprint's place
  ++batch_rows_;
}

Status PartWriterImpl::FlushBatch() {
  if (batch_rows_ == 0) return Status::Ok();
  Status written = file_->Write(batch_fields_.data(), stride_, batch_rows_);
  batch_.clear();
  batch_fields_.clear();
  batch_rows_ = 0;
  return written;
}

Result<PartSummary> PartWriterImpl::Finish() {
  if (ended_) return Ended();
  ended_ = true;
  PGATTIC_RETURN_IF_ERROR(decoder_.Finish());
  PGATTIC_RETURN_IF_ERROR(FlushBatch());
  PGATTIC_RETURN_IF_ERROR(file_->Finish());
  if (is_sorted_ && summary_.digest.rows > 0) summary_.max_id = IdText(id_transport_, last_id_);
  summary_.fingerprint_sum = ToDecimal(fingerprint_sum_);
  summary_.file_bytes = file_->file_bytes();
  summary_.footer_bytes = file_->footer_bytes();
  return std::move(summary_);
}

}  // namespace

Result<std::unique_ptr<PartWriter>> PartWriter::Make(
    const model::TableSchema& schema, const PartWriterOptions& options,
    const std::map<std::string, std::string>& file_metadata, ByteSink& sink) {
  PGATTIC_RETURN_IF_ERROR(ValidateSchema(schema));
  PGATTIC_ASSIGN_OR_RETURN(std::unique_ptr<RowGroupSink> file,
                           RowGroupSink::Make(schema, options, file_metadata, sink));
  return std::unique_ptr<PartWriter>(
      std::make_unique<PartWriterImpl>(schema, options.is_sorted, std::move(file)));
}

}  // namespace pgattic::columnar
