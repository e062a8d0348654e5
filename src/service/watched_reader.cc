#include "service/watched_reader.h"

#include <algorithm>

namespace pgattic::service {
namespace {

bool IsError(const lookup::Answer& answer) {
  return answer.availability == lookup::Availability::kTemporarilyUnavailable;
}

}  // namespace

void ReadTally::Count(std::int64_t answers, std::int64_t errors, std::chrono::nanoseconds took) {
  answers_ += answers;
  errors_ += errors;
  if (took > slow_) slow_answers_ += answers;
}

catalog::HealthSums ReadTally::Take() {
  catalog::HealthSums sums;
  sums.answers = answers_.exchange(0);
  sums.errors = errors_.exchange(0);
  sums.slow = slow_answers_.exchange(0);
  return sums;
}

template <typename Call>
Result<lookup::Answer> WatchedReader::Counted(const OpContext& ctx, const Call& call) {
  const auto began = ctx.clock().SteadyNow();
  Result<lookup::Answer> answer = call();
  if (answer.ok()) tally_.Count(1, IsError(*answer) ? 1 : 0, ctx.clock().SteadyNow() - began);
  return answer;
}

Result<lookup::Answer> WatchedReader::Get(const OpContext& ctx, const std::string& id,
                                          const std::optional<std::string>& created_at) {
  return Counted(ctx, [&] { return inner_->Get(ctx, id, created_at); });
}

Result<lookup::Answer> WatchedReader::GetLikely(const OpContext& ctx, const std::string& id,
                                                const std::optional<std::string>& likely) {
  return Counted(ctx, [&] { return inner_->GetLikely(ctx, id, likely); });
}

Result<std::vector<lookup::Answer>> WatchedReader::GetMany(const OpContext& ctx,
                                                           const std::vector<std::string>& ids) {
  const auto began = ctx.clock().SteadyNow();
  Result<std::vector<lookup::Answer>> answers = inner_->GetMany(ctx, ids);
  if (answers.ok()) {
    tally_.Count(static_cast<std::int64_t>(answers->size()),
                 std::count_if(answers->begin(), answers->end(), IsError),
                 ctx.clock().SteadyNow() - began);
  }
  return answers;
}

}  // namespace pgattic::service
