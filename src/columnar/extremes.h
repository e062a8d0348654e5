// Extremes: finds the rows that hold the minimum and maximum that the statistics promise.
#pragma once

#include <parquet/metadata.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/column_cursor.h"
#include "columnar/part_layout.h"

namespace pgattic::columnar {

/// Watches the columns of a part row by row. Only row groups whose own statistics hold an
/// extreme are looked at. Not thread-safe.
class Extremes {
 public:
  /// Takes the extremes of every column with statistics but the id, over all row groups.
  static Result<Extremes> Of(const parquet::FileMetaData& metadata, const PartLayout& layout);

  /// To be called before the rows of a row group.
  void BeginRowGroup(std::size_t index);
  /// True when the row under the cursors holds an extreme that no row before held.
  bool IsNewAt(const std::vector<std::unique_ptr<ColumnCursor>>& cursors);
  /// To be called after the last row: Corruption when a promised extreme did not come.
  Status Finish(const PartLayout& layout) const;

 private:
  struct Bounds {
    std::string min;  // plain encoding; empty: none
    std::string max;
  };
  struct Wanted {
    std::size_t column;
    std::string plain;
    bool is_max;
    bool seen = false;
  };

  std::vector<Wanted> wanted_;
  std::vector<std::vector<Bounds>> bounds_;  // by row group and column
  std::vector<std::size_t> watched_;         // indexes into wanted_
};

}  // namespace pgattic::columnar
