#include "archive/rollout.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace pgattic::archive {
namespace {

using catalog::HealthSums;
using catalog::RolloutJournal;
using catalog::RolloutRecord;

std::string Words(WallTime at) { return model::FormatInstant(at.time_since_epoch().count()); }

std::string Percent(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g %%", share * 100);
  return text.data();
}

double Share(std::int64_t part, std::int64_t whole) {
  return whole <= 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::size_t IndexOf(const SourceOptions& options, const RolloutRecord& record) {
  return static_cast<std::size_t>(
      std::clamp(record.stage, 1, static_cast<int>(options.rollout.size())) - 1);
}

StageVerdict No(std::string why) { return {false, std::move(why)}; }

/// "" where reading was well; else what was not.
std::string WhatWasWrong(const HealthSums& seen, const RolloutLimits& limits) {
  const struct {
    const char* what;
    std::int64_t part;
    std::int64_t whole;
    double most;
  } rates[] = {{" of reads failed", seen.errors, seen.answers, limits.max_error_rate},
               {" of reads were slow", seen.slow, seen.answers, limits.max_slow_rate},
               {" of the canary's reads failed", seen.ill, seen.canaries, limits.max_ill_rate}};
  for (const auto& rate : rates) {
    const double share = Share(rate.part, rate.whole);
    if (share > rate.most) {
      return Percent(share) + rate.what + ", " + Percent(rate.most) + " at most";
    }
  }
  return "";
}

Status Nothing(const std::string& why) {
  return {Code::kFailedPrecondition, why + "; nothing was changed"};
}

}  // namespace

int RetentionMonths(const SourceOptions& options, const RolloutRecord& record) {
  if (options.rollout.empty()) return options.retention_months;
  return options.rollout[IndexOf(options, record)].months;
}

std::int64_t Cutoff(WallTime now, int months) {
  using namespace std::chrono;
  const auto today = floor<days>(now);
  year_month_day day{today};
  day -= std::chrono::months(months);
  if (!day.ok()) day = day.year() / day.month() / last;
  const auto cutoff = sys_days(day) + (now - today);
  return duration_cast<microseconds>(cutoff.time_since_epoch()).count();
}

std::int64_t CountBehind(const model::SourceId& source, std::int64_t cutoff,
                         const std::vector<catalog::Partition>& partitions,
                         const std::vector<catalog::ArchiveRecord>& records) {
  return std::count_if(partitions.begin(), partitions.end(), [&](const catalog::Partition& p) {
    const bool is_due =
        p.unsupported_bounds.empty() && p.bounds.to_us <= cutoff && (!p.is_empty || p.is_locked);
    // Late rows wait for the drop of the table that they came too late for.
    return is_due && std::none_of(records.begin(), records.end(), [&](const auto& record) {
             return record.source == source && record.bounds.from_us == p.bounds.from_us &&
                    record.bounds.to_us == p.bounds.to_us &&
                    record.state.phase == model::Phase::kDetached;
           });
  });
}

StageVerdict Judge(const RolloutStage& stage, const RolloutRecord& record, const HealthSums& seen,
                   std::int64_t behind, const RolloutLimits& limits, WallTime now) {
  if (record.held_since) return No("held since " + Words(*record.held_since));
  if (now - record.since < stage.soak) {
    return No("soaks until " + Words(record.since + stage.soak) + " at the least");
  }
  if (behind > 0) return No(std::to_string(behind) + " partitions are not archived yet");
  const double watched = Share(seen.seconds, stage.soak.count());
  if (watched < limits.min_watched) {
    return No("`pgattic serve` watched " + Percent(std::min(1.0, watched)) +
              " of the soak; it has to be " + Percent(limits.min_watched));
  }
  const std::string wrong = WhatWasWrong(seen, limits);
  if (!wrong.empty()) return No(wrong);
  return {true, std::to_string(seen.answers) + " reads, " + std::to_string(seen.errors) +
                    " failed, " + std::to_string(seen.slow) + " slow; canary " +
                    std::to_string(seen.canaries) + " reads, " + std::to_string(seen.ill) +
                    " failed"};
}

Result<RolloutState> LookAtRollout(const RolloutContext& rollout) {
  RolloutJournal journal(rollout.connection);
  const WallTime now = rollout.ctx.clock().WallNow();
  RolloutState state;
  PGATTIC_ASSIGN_OR_RETURN(state.record, journal.Load(rollout.ctx, rollout.source.id));
  if (state.record.revision == 0) state.record.since = now;
  state.stages = static_cast<int>(rollout.options.rollout.size());
  state.months = RetentionMonths(rollout.options, state.record);
  PGATTIC_ASSIGN_OR_RETURN(
      const std::vector<catalog::Partition> partitions,
      catalog::ListPartitions(rollout.ctx, rollout.connection, rollout.source));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::ArchiveRecord> records,
                           catalog::Journal(rollout.connection).List(rollout.ctx));
  state.behind = CountBehind(rollout.source.id, Cutoff(now, state.months), partitions, records);
  if (state.stages == 0) return state;
  const RolloutStage& stage = rollout.options.rollout[IndexOf(rollout.options, state.record)];
  if (state.record.stage >= state.stages) {
    state.verdict = No("the last stage");
    return state;
  }
  PGATTIC_ASSIGN_OR_RETURN(state.seen,
                           journal.Sum(rollout.ctx, rollout.source.id,
                                       std::max(state.record.since, now - stage.soak), now));
  state.verdict = Judge(stage, state.record, state.seen, state.behind, rollout.limits, now);
  return state;
}

Result<RolloutState> AdvanceRollout(const RolloutContext& rollout) {
  PGATTIC_ASSIGN_OR_RETURN(RolloutState state, LookAtRollout(rollout));
  if (state.stages == 0) return state;
  RolloutRecord next = state.record;
  std::string event = "began";
  std::string detail = "stage 1 of " + std::to_string(state.stages);
  if (state.record.revision > 0) {
    if (!state.verdict.may_promote) return state;
    event = "promoted";
    detail = "by itself: " + state.verdict.why;
    ++next.stage;
    next.since = rollout.ctx.clock().WallNow();
  }
  Status changed =
      RolloutJournal(rollout.connection)
          .Change(rollout.ctx, state.record, next, event, detail, rollout.ctx.clock().WallNow());
  // Another process did the same, or held it: either is what is looked at now.
  if (!changed.ok() && !changed.Is(Code::kConflict)) return changed;
  return LookAtRollout(rollout);
}

Status Hold(const RolloutContext& rollout, const std::string& why) {
  RolloutJournal journal(rollout.connection);
  const WallTime now = rollout.ctx.clock().WallNow();
  PGATTIC_ASSIGN_OR_RETURN(RolloutState state, LookAtRollout(rollout));
  if (state.record.held_since) {
    return Nothing(rollout.source.id.Name() + " is held already, since " +
                   Words(*state.record.held_since));
  }
  RolloutRecord next = state.record;
  next.held_since = now;
  next.held_why = why;
  return journal.Change(rollout.ctx, state.record, next, "held", why, now);
}

Status Resume(const RolloutContext& rollout) {
  RolloutJournal journal(rollout.connection);
  const WallTime now = rollout.ctx.clock().WallNow();
  PGATTIC_ASSIGN_OR_RETURN(RolloutState state, LookAtRollout(rollout));
  if (!state.record.held_since) return Nothing(rollout.source.id.Name() + " is not held");
  RolloutRecord next = state.record;
  next.held_since.reset();
  next.held_why.clear();
  // Whatever it was held for: the soak begins anew.
  next.since = now;
  return journal.Change(rollout.ctx, state.record, next, "resumed",
                        "held since " + Words(*state.record.held_since), now);
}

Status Promote(const RolloutContext& rollout, const std::string& why) {
  RolloutJournal journal(rollout.connection);
  const WallTime now = rollout.ctx.clock().WallNow();
  PGATTIC_ASSIGN_OR_RETURN(RolloutState state, LookAtRollout(rollout));
  const std::string name = rollout.source.id.Name();
  if (state.record.held_since) {
    return Nothing(name + " is held since " + Words(*state.record.held_since) +
                   "; `pgattic rollout resume` first");
  }
  if (state.record.stage >= state.stages) {
    return Nothing(state.stages == 0 ? name + " has no roll-out"
                                     : name + " is at the last stage of its roll-out");
  }
  RolloutRecord next = state.record;
  ++next.stage;
  next.since = now;
  return journal.Change(rollout.ctx, state.record, next, "promoted", "by hand: " + why, now);
}

}  // namespace pgattic::archive
