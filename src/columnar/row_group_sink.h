// RowGroupSink: batches of tuples in, row groups of about one size out.
#pragma once

#include <parquet/file_writer.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/column_encoder.h"
#include "columnar/part_writer.h"
#include "columnar/sink_stream.h"
#include "model/column.h"

namespace pgattic::columnar {

/// The Parquet file of one part. Holds one row group, compressed, and one page per column.
/// Destroying it before Finish() writes nothing more. Not thread-safe.
class RowGroupSink {
 public:
  /// REQUIRES: a schema that ValidateSchema accepts; `sink` outlives this.
  static Result<std::unique_ptr<RowGroupSink>> Make(
      const model::TableSchema& schema, const PartWriterOptions& options,
      const std::map<std::string, std::string>& file_metadata, ByteSink& sink);

  RowGroupSink(const RowGroupSink&) = delete;
  RowGroupSink& operator=(const RowGroupSink&) = delete;
  ~RowGroupSink();

  /// Writes `rows` tuples of `stride` fields each; fields past the schema's are left out.
  /// Errors: as ColumnEncoder::Write, or the sink's.
  Status Write(const CopyField* fields, std::size_t stride, std::size_t rows);
  /// Ends the file.
  Status Finish();

  std::int64_t file_bytes() const { return stream_->position(); }
  /// Valid after Finish(): from the first page index to the end of the file.
  std::int64_t footer_bytes() const { return stream_->position() - footer_start_; }

 private:
  RowGroupSink(const model::TableSchema& schema, const PartWriterOptions& options, ByteSink& sink);
  Status Open(const model::TableSchema& schema,
              const std::map<std::string, std::string>& file_metadata);
  Status WriteColumns(const CopyField* fields, std::size_t stride, std::size_t rows);
  bool RowGroupIsFull();
  void EndRowGroup();

  PartWriterOptions options_;
  std::shared_ptr<SinkStream> stream_;
  std::unique_ptr<parquet::ParquetFileWriter> file_;
  parquet::RowGroupWriter* row_group_ = nullptr;  // owned by file_
  std::vector<std::unique_ptr<ColumnEncoder>> encoders_;
  double compression_ = 0.25;  // compressed bytes per byte, of the last full row group
  std::int64_t footer_start_ = 0;
};

}  // namespace pgattic::columnar
