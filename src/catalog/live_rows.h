// All rows that a source's partitions hold now, some columns of them.
#pragma once

#include <functional>

#include "base/bytes.h"
#include "base/op_context.h"
#include "base/result.h"
#include "catalog/source_table.h"
#include "model/column.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// Which rows and columns CopyLive streams. References for the length of the call.
struct LiveRequest {
  const SourceTable& source;
  const model::TableSchema& schema;
  /// Adds two int4 columns before the last: year and month of the row's partition, as in the keys
  /// of its archive; of the row's own time, UTC, where the partition's bounds are none.
  bool with_month = false;
};

/// Streams the rows of all partitions as one COPY … (FORMAT binary), one snapshot, in no order: the
/// columns as their Transport says, then an int8 0. The parent is locked ACCESS SHARE meanwhile.
/// Errors: those of the connection, or of `on_data`.
Status CopyLive(const OpContext& ctx, pg::Connection& connection, const LiveRequest& request,
                const std::function<Status(ByteView)>& on_data);

}  // namespace pgattic::catalog
