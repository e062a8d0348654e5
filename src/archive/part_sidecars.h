// PartSidecars: what follows from the rows of a part and lies beside it: id filter, narrow object.
#pragma once

#include "archive/run_context.h"
#include "columnar/id_filter.h"
#include "columnar/narrow_writer.h"

namespace pgattic::archive {

/// Made while a part is read back for its proof. Not thread-safe.
class PartSidecars {
 public:
  /// `part` has its rows, bytes and hash.
  explicit PartSidecars(const model::PartRecord& part)
      : filter_(columnar::IdFilter::Make(part.rows, part.sha256)),
        narrow_(part.bytes, part.sha256) {}

  /// Takes the next row of the part.
  Status Add(const columnar::RowView& row);
  /// Writes them and fills in what the record says of them. What a run before this one wrote is
  /// taken when it is the same, and written again when it is not. Conflict for an object of
  /// somebody else. REQUIRES: called once, last, for a part that is proven.
  Status Write(const RunContext& run, catalog::JournalPart& part);

 private:
  columnar::IdFilter filter_;
  columnar::NarrowWriter narrow_;
};

}  // namespace pgattic::archive
