#include "api/overview_json.h"

#include <map>
#include <nlohmann/json.hpp>

namespace pgattic::api {
namespace {

using Json = nlohmann::ordered_json;

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
          {"error", month.error}};
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
  probe.Totals(freed, failed, picture.database_bytes);
}

}  // namespace pgattic::api
