// ColumnCursor: walks over consecutive values of one column, page by page.
#pragma once

#include <parquet/column_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/id_key.h"
#include "model/column.h"

namespace pgattic::columnar {

/// Pages that lie one after the other, and how many rows they hold.
struct PageRun {
  ByteView bytes;  ///< Page headers and pages.
  std::int64_t rows = 0;
};

/// The current value of a column. Only pages that are walked over are decompressed, one at a
/// time. The bytes must outlive the cursor. Not thread-safe.
class ColumnCursor {
 public:
  /// `descriptor` must be that of `column`, and outlive the cursor.
  static Result<std::unique_ptr<ColumnCursor>> Open(const model::Column& column,
                                                    const parquet::ColumnDescriptor& descriptor,
                                                    const PageRun& pages);

  ColumnCursor() = default;
  ColumnCursor(const ColumnCursor&) = delete;
  ColumnCursor& operator=(const ColumnCursor&) = delete;
  virtual ~ColumnCursor() = default;

  /// Goes to the next value; the first call goes to the first. Corruption past the end too.
  virtual Status Next() = 0;

  /// Appends the current value as a field of COPY BINARY. Corruption when it is none that the
  /// column's type can hold.
  virtual Status AppendField(std::string& out) const = 0;
  /// Returns the current value as PostgreSQL's text, read straight from Parquet's value.
  virtual Result<std::optional<std::string>> Text() const = 0;
  /// Sets `key`, whose memory is used again. Corruption for NULL.
  /// REQUIRES: the column may be an id.
  virtual Status AssignKey(IdKey& key) const = 0;
  /// True when the current value is the one with this plain encoding, as statistics hold it.
  virtual bool IsPlain(const std::string& plain) const = 0;
};

}  // namespace pgattic::columnar
