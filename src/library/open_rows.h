// OpenRows: the rows of past_games, out of database and archive.
#pragma once

#include <memory>

#include "archive/run_context.h"
#include "lookup/row_reader.h"
#include "service/config.h"
#include "store/object_store.h"

namespace pgattic::library {

/// Returns a reader of the source's rows. It connects when it is first asked, and again after
/// the session was lost; while it cannot, rows are kTemporarilyUnavailable. `objects` outlives
/// it. Thread-safe; lookups go one after the other.
std::unique_ptr<lookup::RowReader> OpenRows(const service::Config& config,
                                            const archive::SourceOptions& source,
                                            store::ObjectStore& objects);

}  // namespace pgattic::library
