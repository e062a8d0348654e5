#include "lookup/tiered_parts.h"

#include <chrono>
#include <utility>

namespace pgattic::lookup {
namespace {

constexpr std::chrono::milliseconds kLongestShare{60'000};

metrics::Tier ProbeTier(Tier tier) {
  return tier == Tier::kCopy     ? metrics::Tier::kCopy
         : tier == Tier::kEngine ? metrics::Tier::kEngine
                                 : metrics::Tier::kArchive;
}

}  // namespace

OpContext TieredParts::ShareOf(const OpContext& ctx, std::size_t tier) const {
  const bool is_last = tier + 1 == tiers_.size();
  return is_last ? ctx : ctx.WithDeadline(ctx.Remaining(kLongestShare) / 2);
}

std::vector<std::string> TieredParts::MayHold(const OpContext& ctx, const model::PartRecord& part,
                                              const std::vector<std::string>& ids) {
  std::vector<std::string> left = ids;
  for (std::size_t i = 0; i < tiers_.size(); ++i) {
    left = tiers_[i].parts->MayHold(ShareOf(ctx, i), part, ids);
    // None was ruled out: perhaps there was no filter to be had.
    if (left.size() < ids.size()) break;
  }
  return left;
}

std::optional<bool> TieredParts::ProbablyHolds(const model::PartRecord& part,
                                               const std::string& id) {
  if (tiers_.empty()) return std::nullopt;
  return tiers_.front().parts->ProbablyHolds(part, id);
}

Result<RowsOfIds> TieredParts::Read(const OpContext& ctx, const model::PartRecord& part,
                                    const std::vector<std::string>& ids) {
  Status why(Code::kUnavailable, "no tier that holds parts is configured; see lookup.tiers");
  for (std::size_t i = 0; i < tiers_.size(); ++i) {
    Result<RowsOfIds> rows = tiers_[i].parts->Read(ShareOf(ctx, i), part, ids);
    if (!rows.ok()) {
      if (probe_ != nullptr) probe_->TierFailed(ProbeTier(tiers_[i].tier), rows.code());
      if (i == 0) why = std::move(rows).status();
      continue;
    }
    for (std::vector<FoundRow>& of_id : *rows) {
      for (FoundRow& row : of_id) row.tier = tiers_[i].tier;
    }
    return rows;
  }
  return why;
}

}  // namespace pgattic::lookup
