// TieredParts: several places that hold the same parts, asked one after the other.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lookup/places.h"
#include "metrics/probes.h"

namespace pgattic::lookup {

/// Asks the first place, and the next only where it did not answer. Thread-safe. The places and
/// the probe outlive it.
class TieredParts final : public Parts {
 public:
  struct One {
    Tier tier = Tier::kArchive;
    Parts* parts = nullptr;
  };
  /// `probe` may be null.
  TieredParts(std::vector<One> tiers, metrics::LookupProbe* probe)
      : tiers_(std::move(tiers)), probe_(probe) {}

  std::vector<std::string> MayHold(const OpContext& ctx, const model::PartRecord& part,
                                   const std::vector<std::string>& ids) override;
  std::optional<bool> ProbablyHolds(const model::PartRecord& part, const std::string& id) override;
  /// Errors: those of the first place.
  Result<RowsOfIds> Read(const OpContext& ctx, const model::PartRecord& part,
                         const std::vector<std::string>& ids) override;

 private:
  /// The time for one place: one that hangs leaves as much for the next.
  OpContext ShareOf(const OpContext& ctx, std::size_t tier) const;

  const std::vector<One> tiers_;
  metrics::LookupProbe* const probe_;
};

}  // namespace pgattic::lookup
