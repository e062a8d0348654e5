// The export: parts of a partition from COPY streams into the bucket (DESIGN 5.2).
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// planned or exporting → exporting: takes a new attempt number and journals the key of
/// every part that is to be written, before any of them is.
Status StartExport(const RunContext& run, catalog::ArchiveRecord& record);

/// How an export ended; in all but the first case StartExport is to be called again.
enum class ExportEnd {
  kUploaded,      ///< Every part is complete.
  kTableChanged,  ///< Rows or schema changed meanwhile; the archive is still in exporting.
  kOtherColumns,  ///< Some columns have to travel as text; it is still in exporting.
};

/// exporting → uploaded: writes every part that is still to be written, N at a time, and
/// compares their sum with one scan of the whole table. FailedPrecondition when the table has
/// become empty, Corruption when the parts equal their ranges and not the table.
Result<ExportEnd> ExportParts(const RunContext& run, catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
