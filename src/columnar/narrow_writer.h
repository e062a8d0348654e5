// NarrowWriter: the narrow columns of a part once more, as a Parquet file of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/part_reader.h"
#include "model/column.h"

namespace pgattic::columnar {

/// Returns which columns of a part are narrow, in the schema's order: the id, whatever has a fixed
/// width, and of the others the smallest as long as all together are at most 1/32 of the part.
/// Empty where no column is left out, or the id alone would be left. `column_bytes`: as RowView's.
std::vector<std::size_t> NarrowColumns(const model::TableSchema& schema,
                                       const std::vector<std::int64_t>& column_bytes);

/// A Parquet file in memory, and the names of its columns. A plain value.
struct NarrowFile {
  std::string bytes;
  std::vector<std::string> columns;
};

/// Takes the rows of one part while it is read, and makes the file. Row groups of a part are small,
/// so that a point read is one small GET; a scan of a narrow column pays for each of them. This
/// file has the same rows in the same order, in row groups of as much data with far more rows.
/// Its bytes follow from the rows, `part_sha256` and the version of Arrow. Memory: kMostBytes and
/// one row group. Not thread-safe.
class NarrowWriter {
 public:
  /// Larger files are not made.
  static constexpr std::int64_t kMostBytes = std::int64_t{4} << 20;
  /// Nor those that would be more than this share of their part.
  static constexpr std::int64_t kPartOfPart = 16;

  /// `part_bytes` and `part_sha256` are the part's, whose hash becomes file metadata.
  NarrowWriter(std::int64_t part_bytes, std::string part_sha256);
  NarrowWriter(const NarrowWriter&) = delete;
  NarrowWriter& operator=(const NarrowWriter&) = delete;
  ~NarrowWriter();

  /// Takes the next row. Errors: as PartWriter's; no file is made then.
  Status Add(const RowView& row);
  /// Returns the file; nullopt where none is worth its place. REQUIRES: called once, last.
  Result<std::optional<NarrowFile>> Finish();

 private:
  class File;

  const std::int64_t limit_;
  const std::string part_sha256_;
  bool is_given_up_ = false;
  std::unique_ptr<File> file_;
};

}  // namespace pgattic::columnar
