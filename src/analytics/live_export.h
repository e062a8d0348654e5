// Live rows as a Parquet file of the very types that an archive's part would have.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/source_table.h"
#include "model/column.h"
#include "pg/connection.h"

namespace pgattic::analytics {

/// What to fetch. References for the length of the call.
struct LiveExport {
  const catalog::SourceTable& source;
  const model::TableSchema& schema;      ///< All columns.
  const std::set<std::string>& columns;  ///< Of the file; the id is always there.
  bool with_month = true;                ///< Also year and month of the partition.
};

/// What was fetched. A plain value.
struct LiveExported {
  std::int64_t rows = 0;
  std::set<std::string> text_columns;  ///< With a value outside Arrow's range: text in the file.
};

/// Writes the rows that all partitions hold now, one snapshot, into the new file `path`. Blocks.
Result<LiveExported> ExportLive(const OpContext& ctx, pg::Connection& connection,
                                const LiveExport& request, const std::string& path);

}  // namespace pgattic::analytics
