// Replacement: parts of an archive at rest give way to others, as its next generation.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// A published part, and the one that is to take its place. A plain value.
struct Replacement {
  catalog::JournalPart former;
  catalog::JournalPart next;
};

/// True while no round of the archive is under way: what is published may be replaced.
bool IsAtRest(const catalog::ArchiveRecord& record);

/// What a replacement that was killed before its end left becomes obsolete; its objects are
/// deleted by CleanUp. Does nothing to an archive that is not at rest.
Status ForgetUnfinished(const RunContext& run, catalog::ArchiveRecord& record);

/// Journals a part of a new number and key in the place of each of `formers`, still to be written.
/// REQUIRES: IsAtRest, and ForgetUnfinished before it.
Result<std::vector<Replacement>> BeginReplacement(const RunContext& run,
                                                  catalog::ArchiveRecord& record,
                                                  std::vector<catalog::JournalPart> formers);

/// Records that `next` was written, reads it back whole and writes its id filter. Corruption when
/// it is not what its record says.
Status ProveReplacement(const RunContext& run, catalog::ArchiveRecord& record,
                        Replacement& replacement);

/// In one transaction the proven parts count and the former ones no more; then the next generation
/// is published, and the former parts are deleted. `also`, where there is one, records what belongs
/// to it in the same transaction.
Status FinishReplacement(const RunContext& run, catalog::ArchiveRecord& record,
                         const std::vector<Replacement>& replacements, const std::string& detail,
                         const std::function<Status()>& also = {});

}  // namespace pgattic::archive
