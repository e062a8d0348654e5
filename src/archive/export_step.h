// The export: parts of a partition from COPY streams into the bucket (DESIGN 5.2).
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// planned or exporting → exporting: takes a new attempt number and journals the key of
/// every part that is to be written, before any of them is.
Status StartExport(const RunContext& run, catalog::ArchiveRecord& record);

/// exporting → uploaded: writes every part that is still to be written, N at a time, and
/// compares their sum with one scan of the whole table. Leaves the archive in exporting when
/// the table changed meanwhile or a column has to travel as text; call StartExport again.
Status ExportParts(const RunContext& run, catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
