#include "archive/shrink_check.h"

#include <algorithm>

#include "archive/part_footer.h"
#include "base/hash.h"
#include "catalog/erasures.h"

namespace pgattic::archive {
namespace {

using catalog::JournalPart;
using catalog::PartState;

/// Ids by their hash, whatever their length, and how many rows have each.
class IdCounts {
 public:
  void Add(const std::string& id) { hashes_.push_back(HashOfId(id)); }
  /// After the last Add.
  void Count() {
    std::sort(hashes_.begin(), hashes_.end());
    for (auto at = hashes_.begin(); at != hashes_.end();) {
      const auto next = std::upper_bound(at, hashes_.end(), *at);
      counts_.emplace_back(*at, next - at);
      at = next;
    }
    hashes_ = {};
  }
  /// Takes one row with this id away. False when none is left.
  bool Take(const std::string& id) {
    const std::pair<IdHash, std::int64_t> wanted(HashOfId(id), 0);
    const auto found = std::lower_bound(counts_.begin(), counts_.end(), wanted);
    if (found == counts_.end() || found->first != wanted.first || found->second == 0) return false;
    --found->second;
    return true;
  }

 private:
  std::vector<IdHash> hashes_;
  std::vector<std::pair<IdHash, std::int64_t>> counts_;  ///< Sorted.
};

}  // namespace

IdHash HashOfId(const std::string& id) {
  const Sum128 hash = HashRow(AsBytes(id));
  return {hash.high, hash.low};
}

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
  IdCounts kept;
  for (const JournalPart& part : parts) {
    if (part.published || part.state != PartState::kVerified) continue;
    PGATTIC_RETURN_IF_ERROR(ForEachId(run, part, [&](const std::string& id) {
      kept.Add(id);
      return Status::Ok();
    }));
  }
  kept.Count();
  PGATTIC_ASSIGN_OR_RETURN(const catalog::ErasureList erased,
                           catalog::LoadErasures(run.ctx, run.connection, run.source.id));
  for (const JournalPart& part : parts) {
    if (!goes(part)) continue;
    PGATTIC_RETURN_IF_ERROR(ForEachId(run, part, [&](const std::string& id) -> Status {
      if (kept.Take(id) || erased.Contains(id)) return Status::Ok();
      return {Code::kFailedPrecondition,
              "the archive holds a row of id " + id +
                  " that the table no longer does: a new generation would lose it. Nothing was "
                  "published or dropped. If it was deleted on purpose, run again with "
                  "--allow-shrink"};
    }));
  }
  return Status::Ok();
}

}  // namespace pgattic::archive
