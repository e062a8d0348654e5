// OpenRows: the rows of past_games, out of database and archive.
#pragma once

#include <memory>

#include "archive/run_context.h"
#include "lookup/row_reader.h"
#include "pg/pool.h"
#include "service/config.h"
#include "store/object_store.h"

namespace pgattic::library {

/// Returns a reader of the source's rows, which looks at the source when it is first asked;
/// until it can, rows are kTemporarilyUnavailable. `pool` and `objects` outlive it. Thread-safe.
std::unique_ptr<lookup::RowReader> OpenRows(const service::Config& config,
                                            const archive::SourceOptions& source, pg::Pool& pool,
                                            store::ObjectStore& objects);

}  // namespace pgattic::library
