// PartWriter: from a COPY … (FORMAT binary) stream to one Parquet object, while it arrives.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "model/column.h"

namespace pgattic::columnar {

/// Where the bytes of a Parquet file go, in order. Not thread-safe.
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;
  /// May block. An error ends the part.
  virtual Status Write(ByteView bytes) = 0;
};

/// How parts are laid out. The defaults are the format (docs/format.md).
struct PartWriterOptions {
  std::int64_t row_group_bytes = 1 << 20;  ///< Compressed target; a row group is one GET.
  std::int64_t page_bytes = 128 << 10;     ///< Uncompressed; a point read inflates one page
  std::int64_t page_rows = 2048;           ///< of each column, up to its row.
  int zstd_level = 3;
  /// Compressed target of zstd's blocks (1340 to 131072); 0: as large as zstd makes them.
  int block_bytes = 8 << 10;
  /// False, for files that are no parts: ids come in any order, or are NULL.
  bool is_sorted = true;
};

/// What was in the stream and what was written. A plain value.
struct PartSummary {
  RowDigest digest;               ///< Over canonical rows, as they came from COPY.
  std::string fingerprint_sum;    ///< Sum of the fingerprint column, as a decimal number.
  std::int64_t raw_bytes = 0;     ///< Bytes of COPY data, the fingerprint column left out.
  std::int64_t file_bytes = 0;    ///< Bytes written to the sink.
  std::int64_t footer_bytes = 0;  ///< From the first page index to the end of the file.
  std::string min_id;             ///< PostgreSQL's text; empty when there are no rows.
  std::string max_id;
};

/// Writes one part. Not thread-safe. Destroying it before Finish() writes nothing more.
///
/// The stream must be of: all columns of the schema in order (each as its Transport says),
/// then one int8 column, the fingerprint hash_record_extended(row(ctid, xmin), 0), which is
/// summed and not stored. Rows must come sorted by id (bytes for text, value for integers), unless
/// PartWriterOptions::is_sorted says otherwise.
/// Source: PostgreSQL manual, COPY, "Binary Format".
class PartWriter {
 public:
  /// `file_metadata` becomes key-value metadata of the file. `sink` must outlive the writer.
  static Result<std::unique_ptr<PartWriter>> Make(
      const model::TableSchema& schema, const PartWriterOptions& options,
      const std::map<std::string, std::string>& file_metadata, ByteSink& sink);

  PartWriter() = default;
  PartWriter(const PartWriter&) = delete;
  PartWriter& operator=(const PartWriter&) = delete;
  virtual ~PartWriter() = default;

  /// Takes the next bytes of the stream, cut anywhere. Blocks when the sink does.
  /// Errors: Corruption (not a COPY stream of these columns), Unsupported with Origin
  /// {"column", NAME} (a value outside Arrow's range: the column has to travel as text),
  /// FailedPrecondition (NULL or unsorted id), or the sink's.
  virtual Status Append(ByteView copy_data) = 0;
  /// Writes the footer. Corruption when the stream's trailer has not come.
  virtual Result<PartSummary> Finish() = 0;
  /// Rows taken so far. For progress.
  virtual std::int64_t rows() const = 0;
};

}  // namespace pgattic::columnar
