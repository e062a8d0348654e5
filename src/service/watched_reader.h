// WatchedReader: counts how reading goes, for the samples by which a roll-out is judged.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/rollout_journal.h"
#include "lookup/row_reader.h"

namespace pgattic::service {

/// Counts of answers since they were taken last. Thread-safe.
class ReadTally {
 public:
  explicit ReadTally(std::chrono::milliseconds slow) : slow_(slow) {}
  void Count(std::int64_t answers, std::int64_t errors, std::chrono::nanoseconds took);
  /// Returns answers, errors and slow ones since the last call.
  catalog::HealthSums Take();

 private:
  const std::chrono::milliseconds slow_;
  std::atomic<std::int64_t> answers_{0};
  std::atomic<std::int64_t> errors_{0};
  std::atomic<std::int64_t> slow_answers_{0};
};

/// A reader that counts into a tally, which outlives it. What is temporarily unavailable counts as
/// an error; a request that is wrong does not count. Thread-safe.
class WatchedReader final : public lookup::RowReader {
 public:
  WatchedReader(std::unique_ptr<lookup::RowReader> inner, ReadTally& tally)
      : inner_(std::move(inner)), tally_(tally) {}

  Result<lookup::Answer> Get(const OpContext& ctx, const std::string& id,
                             const std::optional<std::string>& created_at) override;
  Result<lookup::Answer> GetLikely(const OpContext& ctx, const std::string& id,
                                   const std::optional<std::string>& likely) override;
  Result<std::vector<lookup::Answer>> GetMany(const OpContext& ctx,
                                              const std::vector<std::string>& ids) override;

 private:
  template <typename Call>
  Result<lookup::Answer> Counted(const OpContext& ctx, const Call& call);

  const std::unique_ptr<lookup::RowReader> inner_;
  ReadTally& tally_;
};

}  // namespace pgattic::service
