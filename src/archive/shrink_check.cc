#include "archive/shrink_check.h"

#include <algorithm>

#include "archive/part_footer.h"
#include "base/hash.h"
#include "catalog/erasures.h"

namespace pgattic::archive {
namespace {

using catalog::JournalPart;
using catalog::PartState;

/// Ids by their hash: 16 bytes each, whatever their length.
using IdSet = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

std::pair<std::uint64_t, std::uint64_t> HashOf(const std::string& id) {
  const Sum128 hash = HashRow(AsBytes(id));
  return {hash.high, hash.low};
}

}  // namespace

Status ForEachId(const RunContext& run, const JournalPart& part,
                 const std::function<Status(const std::string&)>& on_id) {
  const columnar::ReadRange read = RangesOf(run.ctx, run.store, part.record);
  PGATTIC_ASSIGN_OR_RETURN(const auto footer, FooterOf(run.ctx, run.store, part.record));
  return columnar::ReadIds(run.ctx, read, *footer, on_id);
}

Status RefuseShrinking(const RunContext& run, const std::vector<JournalPart>& parts) {
  const auto goes = [](const JournalPart& part) {
    return part.published && part.state != PartState::kVerified;
  };
  if (std::none_of(parts.begin(), parts.end(), goes)) return Status::Ok();
  IdSet kept;
  for (const JournalPart& part : parts) {
    if (part.published || part.state != PartState::kVerified) continue;
    PGATTIC_RETURN_IF_ERROR(ForEachId(run, part, [&](const std::string& id) {
      kept.push_back(HashOf(id));
      return Status::Ok();
    }));
  }
  std::sort(kept.begin(), kept.end());
  PGATTIC_ASSIGN_OR_RETURN(const catalog::ErasureList erased,
                           catalog::LoadErasures(run.ctx, run.connection, run.source.id));
  for (const JournalPart& part : parts) {
    if (!goes(part)) continue;
    PGATTIC_RETURN_IF_ERROR(ForEachId(run, part, [&](const std::string& id) -> Status {
      if (std::binary_search(kept.begin(), kept.end(), HashOf(id))) return Status::Ok();
      if (erased.Contains(id)) return Status::Ok();
      return {Code::kFailedPrecondition,
              "the archive holds id " + id +
                  ", the table no longer does: a new generation "
                  "would lose it. Nothing was published or dropped. If the row was deleted on "
                  "purpose, run again with --allow-shrink"};
    }));
  }
  return Status::Ok();
}

}  // namespace pgattic::archive
