// OpenRows: the rows of past_games, out of database and archive.
#pragma once

#include <memory>

#include "archive/run_context.h"
#include "lookup/row_reader.h"
#include "service/readers.h"

namespace pgattic::library {

/// Returns a reader of the source's rows, which looks at the source when it is first asked;
/// until it can, rows are kTemporarilyUnavailable. `readers` outlives it. Thread-safe.
std::unique_ptr<lookup::RowReader> OpenRows(service::Readers& readers,
                                            const archive::SourceOptions& source);

}  // namespace pgattic::library
