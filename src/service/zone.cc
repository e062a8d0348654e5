#include "service/zone.h"

#include <utility>

#include "base/check.h"

namespace pgattic::service {

Zone::Zone(std::vector<Change> changes) : changes_(std::move(changes)) {
  PGATTIC_CHECK(!changes_.empty(), "a zone without an offset");
  changes_.front().at = WallTime::min();
}

LocalTime Zone::ToLocal(WallTime at) const {
  std::size_t i = changes_.size() - 1;
  while (changes_[i].at > at) --i;
  return LocalTime(at.time_since_epoch() + changes_[i].offset);
}

Zone::Instants Zone::InstantsOf(LocalTime local) const {
  std::optional<WallTime> first;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const WallTime instant(local.time_since_epoch() - changes_[i].offset);
    const bool is_begun = instant >= changes_[i].at;
    const bool is_over = i + 1 < changes_.size() && instant >= changes_[i + 1].at;
    if (is_begun && !is_over) {
      if (first) return {*first, instant, false};
      first = instant;
    } else if (!is_begun && !first) {
      // The period before was over already: `local` lies between the two.
      return {changes_[i].at, std::nullopt, true};
    }
  }
  PGATTIC_CHECK(first.has_value(), "the last offset holds for ever");
  return {*first, std::nullopt, false};
}

}  // namespace pgattic::service
