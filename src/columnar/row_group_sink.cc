#include "columnar/row_group_sink.h"

#include <arrow/memory_pool.h>
#include <arrow/util/compression.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/properties.h>

#include <utility>

#include "columnar/arrow_error.h"
#include "columnar/parquet_schema.h"

namespace pgattic::columnar {
namespace {

constexpr std::int64_t kRatioFromBytes = 256 << 10;

// Small blocks, so that a point read decompresses little more of a page than up to its row. zstd
// cuts what it has found into them, so that pages are hardly larger.
std::shared_ptr<arrow::util::CodecOptions> CodecOf(const PartWriterOptions& options) {
  // ZSTD_c_targetCBlockSize of zstd 1.5.6 and later, of which Arrow has its own.
  constexpr int kTargetCBlockSize = 130;
  auto codec = std::make_shared<arrow::util::ZstdCodecOptions>();
  codec->compression_level = options.zstd_level;
  if (options.block_bytes > 0) {
    codec->compression_context_params = {{kTargetCBlockSize, options.block_bytes}};
  }
  return codec;
}

// Dictionaries are off because a point read would need their page too; size statistics
// because nobody here reads them. Page checksums make damage show at every point read. The
// system's allocator is the fastest of Arrow's three here, and gives memory back.
std::shared_ptr<parquet::WriterProperties> PropertiesOf(const model::TableSchema& schema,
                                                        const PartWriterOptions& options) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(arrow::system_memory_pool())
      ->compression(parquet::Compression::ZSTD)
      ->codec_options(CodecOf(options))
      ->encoding(parquet::Encoding::PLAIN)
      ->disable_dictionary()
      ->data_page_version(parquet::ParquetDataPageVersion::V1)
      ->data_pagesize(options.page_bytes)
      ->max_rows_per_page(options.page_rows)
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::None)
      ->enable_write_page_index()
      ->enable_page_checksum();
  if (options.is_sorted) {
    builder.set_sorting_columns(
        {parquet::SortingColumn{static_cast<std::int32_t>(schema.id_index), false, false}});
  }
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    if (!HasStatistics(schema, i)) builder.disable_statistics(schema.columns[i].name);
  }
  return builder.build();
}

}  // namespace

RowGroupSink::RowGroupSink(const model::TableSchema& schema, const PartWriterOptions& options,
                           ByteSink& sink)
    : options_(options), stream_(std::make_shared<SinkStream>(sink)) {
  for (const model::Column& column : schema.columns) {
    encoders_.push_back(ColumnEncoder::Make(column));
  }
}

RowGroupSink::~RowGroupSink() {
  // Parquet's writer ends the file when it is destroyed; the closed stream takes nothing.
  if (stream_) static_cast<void>(stream_->Close());
}

Result<std::unique_ptr<RowGroupSink>> RowGroupSink::Make(
    const model::TableSchema& schema, const PartWriterOptions& options,
    const std::map<std::string, std::string>& file_metadata, ByteSink& sink) {
  std::unique_ptr<RowGroupSink> writer(new RowGroupSink(schema, options, sink));
  PGATTIC_RETURN_IF_ERROR(writer->Open(schema, file_metadata));
  return writer;
}

Status RowGroupSink::Open(const model::TableSchema& schema,
                          const std::map<std::string, std::string>& file_metadata) {
  PGATTIC_ASSIGN_OR_RETURN(std::string arrow_schema, ToArrowSchema(schema));
  auto metadata = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, value] : file_metadata) metadata->Append(key, value);
  metadata->Append(std::string(kSchemaKey), ToJson(schema));
  metadata->Append(std::string(kArrowSchemaKey), std::move(arrow_schema));
  Status opened = GuardParquet(ArrowUse::kWriting, [&] {
    file_ = parquet::ParquetFileWriter::Open(stream_, ToParquet(schema),
                                             PropertiesOf(schema, options_), metadata);
    return Status::Ok();
  });
  return stream_->FirstError(std::move(opened));
}

Status RowGroupSink::Write(const CopyField* fields, std::size_t stride, std::size_t rows) {
  Status written = GuardParquet(ArrowUse::kWriting, [&]() -> Status {
    if (row_group_ == nullptr) row_group_ = file_->AppendBufferedRowGroup();
    PGATTIC_RETURN_IF_ERROR(WriteColumns(fields, stride, rows));
    if (RowGroupIsFull()) EndRowGroup();
    return Status::Ok();
  });
  return stream_->FirstError(std::move(written));
}

Status RowGroupSink::WriteColumns(const CopyField* fields, std::size_t stride, std::size_t rows) {
  for (std::size_t i = 0; i < encoders_.size(); ++i) {
    PGATTIC_RETURN_IF_ERROR(
        encoders_[i]->Write({fields + i, stride, rows}, *row_group_->column(static_cast<int>(i))));
  }
  return Status::Ok();
}

// Compressed size so far, plus what the open pages are likely to become.
bool RowGroupSink::RowGroupIsFull() {
  const std::int64_t compressed = row_group_->total_compressed_bytes_written();
  const std::int64_t raw = row_group_->total_bytes_written();
  if (raw >= kRatioFromBytes) {
    compression_ = static_cast<double>(compressed) / static_cast<double>(raw);
  }
  const auto open = row_group_->estimated_buffered_stats();
  const auto pending = static_cast<double>(open.value_bytes + open.def_level_bytes);
  return static_cast<double>(compressed) + pending * compression_ >=
         static_cast<double>(options_.row_group_bytes);
}

void RowGroupSink::EndRowGroup() {
  row_group_->Close();
  row_group_ = nullptr;
}

Status RowGroupSink::Finish() {
  Status finished = GuardParquet(ArrowUse::kWriting, [&] {
    if (row_group_ != nullptr) EndRowGroup();
    footer_start_ = stream_->position();
    file_->Close();
    return Status::Ok();
  });
  return stream_->FirstError(std::move(finished));
}

}  // namespace pgattic::columnar
