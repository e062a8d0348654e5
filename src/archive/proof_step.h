// The proof: every part is read back whole and compared with what was exported and with
// PostgreSQL's own text (DESIGN 5.3).
#pragma once

#include "archive/run_context.h"
#include "columnar/part_reader.h"

namespace pgattic::archive {

/// uploaded → verified: reads back every part that is not verified yet, several at a time, and
/// makes its id filter and its narrow object from what is stored. Leaves the archive in exporting
/// when rows changed meanwhile (OK) or a part is damaged or gone (Corruption: it is made again by
/// the next run).
Status ProveParts(const RunContext& run, catalog::ArchiveRecord& record);

/// Proves a part that was made of another part, not of rows of PostgreSQL: reads it back whole,
/// compares it with its record, writes its id filter and its narrow object. Corruption says what
/// differs.
Status ProveCopiedPart(const RunContext& run, const catalog::ArchiveRecord& record,
                       catalog::JournalPart& part);

/// Reads one part of the bucket back and compares bytes, rows and digest with its record.
/// Hands sampled rows to `on_sample`, and every row to `on_row` where there is one: none counts
/// until it returns OK. Corruption says what differs and where.
Status ReadBackPart(const OpContext& ctx, store::ObjectStore& store, const model::PartRecord& part,
                    const columnar::SampleOptions& sample, const columnar::OnSample& on_sample,
                    const columnar::OnRow& on_row = {});

/// The same, handing out every row. Until it returns OK, no row counts.
Status ReadProvenRows(const OpContext& ctx, store::ObjectStore& store,
                      const model::PartRecord& part, const columnar::OnRow& on_row);

}  // namespace pgattic::archive
