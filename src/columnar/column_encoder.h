// ColumnEncoder: writes one column of a batch of tuples into a Parquet column chunk.
#pragma once

#include <parquet/column_writer.h>

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "columnar/copy_decoder.h"
#include "model/column.h"

namespace pgattic::columnar {

/// The same field of several tuples: every `stride`-th of a row-major table of fields.
struct FieldColumn {
  const CopyField* first = nullptr;
  std::size_t stride = 1;
  std::size_t rows = 0;

  const CopyField& at(std::size_t row) const { return first[row * stride]; }
};

/// Decodes fields of one column. Keeps its buffers from batch to batch. Not thread-safe.
class ColumnEncoder {
 public:
  static std::unique_ptr<ColumnEncoder> Make(const model::Column& column);

  ColumnEncoder() = default;
  ColumnEncoder(const ColumnEncoder&) = delete;
  ColumnEncoder& operator=(const ColumnEncoder&) = delete;
  virtual ~ColumnEncoder() = default;

  /// Writes the batch to `writer`, whose column must be this one. Errors: Corruption,
  /// Unsupported and FailedPrecondition, each with Origin {"column", NAME}.
  /// Lets Parquet's exceptions through: to be called inside GuardParquet.
  virtual Status Write(const FieldColumn& fields, parquet::ColumnWriter& writer) = 0;
};

}  // namespace pgattic::columnar
