#include "api/overview_json.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace pgattic::api {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const catalog::RunProgress& run) {
  const auto left = catalog::TimeLeft(run);
  // Rounded up: 0 is a time that is over.
  const auto left_seconds =
      left ? Json(std::chrono::ceil<std::chrono::seconds>(*left).count()) : Json(nullptr);
  return {{"at_work", run.is_at_work},
          {"in_step_seconds", std::chrono::floor<std::chrono::seconds>(run.in_step).count()},
          {"left_seconds", left_seconds},
          {"parts_done", run.parts_done},
          {"parts", run.parts_done + run.parts_left},
          {"rows_done", run.rows_done}};
}

Json ToJson(const Month& month) {
  return {{"source", month.source},
          {"partition", month.partition},
          {"from", month.bounds.from},
          {"to", month.bounds.to},
          {"from_us", month.bounds.from_us},
          {"to_us", month.bounds.to_us},
          {"phase", month.phase ? Json(model::PhaseName(*month.phase)) : Json(nullptr)},
          {"database_rows", month.database_rows},
          {"database_bytes", month.database_bytes},
          {"archive_rows", month.archive_rows},
          {"expected_rows", month.expected_rows},
          {"raw_bytes", month.raw_bytes},
          {"stored_bytes", month.stored_bytes},
          {"freed_bytes", month.freed_bytes},
          {"updated_at", month.updated_at},
          {"drop_after", month.drop_after},
          {"error", month.error},
          {"run", month.run ? ToJson(*month.run) : Json(nullptr)}};
}

Json UpkeepOf(const Picture& picture) {
  const catalog::Upkeep& upkeep = picture.upkeep;
  Json copy;
  if (picture.has_copy) {
    copy = {{"parts", upkeep.published_parts - upkeep.uncopied_parts},
            {"of", upkeep.published_parts},
            {"lag_seconds", upkeep.copy_lag_seconds}};
  }
  return {{"copy", copy},
          {"damaged_parts", upkeep.damaged_parts},
          {"oldest_proof_seconds", upkeep.oldest_proof_seconds},
          {"open_erasures", upkeep.open_erasures}};
}

Json Instant(WallTime at) { return model::FormatInstant(at.time_since_epoch().count()); }

Json Instant(const std::optional<WallTime>& at) { return at ? Instant(*at) : Json(nullptr); }

Json ToJson(const catalog::ScheduledRun& run) {
  return {{"due", Instant(run.due)},     {"state", catalog::RunStateName(run.state)},
          {"attempt", run.attempt},      {"started", Instant(run.started)},
          {"ended", Instant(run.ended)}, {"who", run.who},
          {"detail", run.detail}};
}

Json ToJson(const catalog::RolloutRecord& rollout) {
  return {{"source", rollout.source.Name()},
          {"stage", rollout.stage},
          {"since", Instant(rollout.since)},
          {"held_since", Instant(rollout.held_since)},
          {"held_why", rollout.held_why}};
}

Json ToJson(const Finding& finding) {
  return {{"backend", finding.backend},
          {"source", finding.source},
          {"ok", finding.ok},
          {"took_ms", finding.took.count()},
          {"message", finding.message}};
}

Json ToJson(const TierQuantiles& tier) {
  return {{"tier", tier.tier},
          {"p50_us", tier.p50.count()},
          {"p95_us", tier.p95.count()},
          {"p99_us", tier.p99.count()}};
}

/// Seconds since 1970; 0 where every partition with rows is swapped.
std::int64_t OldestUnarchived(const Picture& picture) {
  constexpr std::int64_t kMicroseconds = 1'000'000;
  std::optional<std::int64_t> oldest;
  for (const Month& month : picture.months) {
    const bool is_swapped = month.phase && *month.phase >= model::Phase::kDetached;
    if (is_swapped || month.database_rows == 0) continue;
    const std::int64_t end = month.bounds.to_us / kMicroseconds;
    oldest = std::min(oldest.value_or(end), end);
  }
  return oldest.value_or(0);
}

template <typename T>
Json ListOf(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(ToJson(item));
  return list;
}

}  // namespace

std::string ToJson(const Picture& picture, const std::vector<std::string>& sources,
                   const std::vector<Finding>& findings,
                   const std::vector<TierQuantiles>& latency) {
  const Json json = {{"at", model::FormatInstant(picture.at.time_since_epoch().count())},
                     {"database_bytes", picture.database_bytes},
                     {"sources", sources},
                     {"upkeep", UpkeepOf(picture)},
                     {"last_run", picture.last_run ? ToJson(*picture.last_run) : Json(nullptr)},
                     {"rollouts", ListOf(picture.rollouts)},
                     {"months", ListOf(picture.months)},
                     {"backends", ListOf(findings)},
                     {"latency", ListOf(latency)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Tell(const Picture& picture, metrics::JournalProbe& probe) {
  std::map<metrics::Phase, metrics::PhaseSums> phases;
  for (std::size_t i = 0; i < metrics::SizeOf<metrics::Phase>(); ++i) {
    phases[metrics::ValueAt<metrics::Phase>(i)] = {};
  }
  std::int64_t freed = 0;
  std::int64_t failed = 0;
  for (const Month& month : picture.months) {
    if (!month.phase) continue;
    metrics::PhaseSums& sums = phases[static_cast<metrics::Phase>(*month.phase)];
    ++sums.archives;
    sums.rows += month.archive_rows;
    sums.raw_bytes += month.raw_bytes;
    sums.stored_bytes += month.stored_bytes;
    freed += month.freed_bytes;
    if (!month.error.empty()) ++failed;
  }
  for (const auto& [phase, sums] : phases) probe.InPhase(phase, sums);
  probe.OldestUnarchived(OldestUnarchived(picture));
  probe.Totals(freed, failed, picture.database_bytes);
  const catalog::Upkeep& upkeep = picture.upkeep;
  probe.Upkeep({picture.has_copy ? upkeep.uncopied_parts : 0,
                picture.has_copy ? upkeep.copy_lag_seconds : 0, upkeep.damaged_parts,
                upkeep.oldest_proof_seconds, upkeep.open_erasures});
}

}  // namespace pgattic::api
