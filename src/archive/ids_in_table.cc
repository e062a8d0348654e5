#include "archive/ids_in_table.h"

#include <algorithm>

#include "catalog/attach.h"

namespace pgattic::archive {
namespace {

constexpr std::size_t kIdsABatch = 1000;

}  // namespace

std::int64_t IdsInTable::RowsBefore(const IdHash& hash) const {
  const auto [first, last] = std::equal_range(before_.begin(), before_.end(), hash);
  return last - first;
}

Status IdsInTable::Add(const catalog::JournalPart& part) {
  const auto old = static_cast<std::ptrdiff_t>(before_.size());
  std::vector<IdHash> hashes;
  std::int64_t number = 0;
  PGATTIC_RETURN_IF_ERROR(ForEachId(run_, part, [&](const std::string& id) -> Status {
    if (!wants_(id)) return Status::Ok();
    const IdHash hash = HashOfId(id);
    // Equal ids of one part come one after the other.
    number = !hashes.empty() && hashes.back() == hash ? number + 1 : RowsBefore(hash) + 1;
    hashes.push_back(hash);
    ids_.push_back(id);
    numbers_.push_back(std::to_string(number));
    return ids_.size() < kIdsABatch ? Status::Ok() : LookUp();
  }));
  std::sort(hashes.begin(), hashes.end());
  before_.insert(before_.end(), hashes.begin(), hashes.end());
  std::inplace_merge(before_.begin(), before_.begin() + old, before_.end());
  return LookUp();
}

Status IdsInTable::LookUp() {
  if (ids_.empty()) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(
      const std::vector<catalog::TooFewRows> found,
      catalog::FindTooFewRows(run_.ctx, run_.connection, run_.source, relation_, ids_, numbers_));
  ids_.clear();
  numbers_.clear();
  for (const catalog::TooFewRows& fewer : found) {
    PGATTIC_RETURN_IF_ERROR(on_fewer_(fewer.id, fewer.there));
  }
  return Status::Ok();
}

}  // namespace pgattic::archive
