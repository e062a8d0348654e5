#include "engine/athena_engine.h"

#include <algorithm>
#include <utility>

#include "engine/athena_api.h"
#include "engine/athena_error.h"
#include "engine/byte_limit.h"
#include "engine/explain_text.h"
#include "http/client.h"

namespace pgattic::engine {
namespace {

using std::chrono::milliseconds;

// A query that is not wanted any more has to be gone soon, whatever became of its context.
constexpr milliseconds kStopBudget{2000};

/// Stops a query unless it has ended.
class StopUnlessEnded {
 public:
  StopUnlessEnded(AthenaApi& api, std::string id) : api_(api), id_(std::move(id)) {}
  ~StopUnlessEnded() {
    if (has_ended_) return;
    // Nothing is left to be done where it fails: the workgroup's own limits end the query.
    static_cast<void>(api_.Stop(OpContext().WithDeadline(kStopBudget), id_));
  }
  StopUnlessEnded(const StopUnlessEnded&) = delete;
  StopUnlessEnded& operator=(const StopUnlessEnded&) = delete;
  void HasEnded() { has_ended_ = true; }

 private:
  AthenaApi& api_;
  const std::string id_;
  bool has_ended_ = false;
};

/// Amazon Athena User Guide, "Use parameterized queries": SELECT, INSERT INTO, CTAS and UNLOAD.
Status CheckTakesParameters(const Query& query) {
  if (query.parameters.empty() || SplitExplain(query.sql).head.empty()) return Status::Ok();
  return {Code::kUnsupported,
          "Athena explains no statement with parameters; write the values in the place of ? to "
          "see its plan. Nothing was asked",
          {"athena", "EXPLAIN"}};
}

class AthenaEngine final : public QueryEngine {
 public:
  AthenaEngine(const AthenaOptions& options, std::string url, AthenaKeySource keys)
      : options_(options), api_(options, std::move(url), std::move(keys)) {}

  std::string_view name() const override { return "athena"; }

  Result<QueryCost> Run(const OpContext& ctx, const Query& query, AnswerSink& sink) override {
    const auto start = ctx.clock().SteadyNow();
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    PGATTIC_RETURN_IF_ERROR(CheckTakesParameters(query));
    PGATTIC_ASSIGN_OR_RETURN(const std::string request, api_.Compose(query));
    PGATTIC_ASSIGN_OR_RETURN(const std::string id, Begin(ctx, request));
    Result<QueryCost> cost = Follow(ctx, id, query, sink);
    if (!cost.ok()) return std::move(cost).While("running query " + id + " in Athena");
    cost->elapsed = std::chrono::duration_cast<milliseconds>(ctx.clock().SteadyNow() - start);
    return cost;
  }

 private:
  Result<std::string> Begin(const OpContext& ctx, const std::string& request) {
    Result<std::string> id = api_.Start(ctx, request);
    if (id.ok() || ctx.Check().ok()) return id;
    // It may have begun, and only Athena knows its id: the same request asks for it.
    const OpContext last = OpContext().WithDeadline(kStopBudget);
    const Result<std::string> begun = api_.Start(last, request);
    if (begun.ok()) static_cast<void>(api_.Stop(last, *begun));
    return id;
  }

  Result<QueryCost> Follow(const OpContext& ctx, const std::string& id, const Query& query,
                           AnswerSink& sink) {
    QueryCost cost;
    cost.query_id = id;
    PGATTIC_ASSIGN_OR_RETURN(cost.bytes_scanned, AwaitEnd(ctx, id, query, sink));
    std::string token;
    bool is_first = true;
    do {
      PGATTIC_RETURN_IF_ERROR(ctx.Check());
      PGATTIC_ASSIGN_OR_RETURN(const AthenaResults page, api_.Results(ctx, id, token));
      if (std::exchange(is_first, false)) PGATTIC_RETURN_IF_ERROR(sink.Columns(page.columns));
      for (const std::vector<AnswerValue>& row : page.rows) {
        PGATTIC_RETURN_IF_ERROR(sink.Row(row));
        ++cost.rows;
      }
      token = page.next_token;
    } while (!token.empty());
    return cost;
  }

  /// Returns the bytes scanned by a query that succeeded.
  Result<std::int64_t> AwaitEnd(const OpContext& ctx, const std::string& id, const Query& query,
                                AnswerSink& sink) {
    StopUnlessEnded stop(api_, id);
    for (milliseconds pause = options_.first_poll;;
         pause = std::min(2 * pause, options_.longest_poll)) {
      PGATTIC_ASSIGN_OR_RETURN(const AthenaExecution now, api_.Look(ctx, id));
      const bool is_under_way = now.state == "QUEUED" || now.state == "RUNNING";
      if (!is_under_way) stop.HasEnded();
      if (now.state == "FAILED") return FromAthenaReason(now.reason, now.error_category);
      if (now.state == "CANCELLED") {
        return {
            Code::kCancelled,
            "somebody ended the query in Athena" + (now.reason.empty() ? "" : ": " + now.reason),
            {"athena", "CANCELLED"}};
      }
      PGATTIC_RETURN_IF_ERROR(CheckByteLimit(now.bytes_scanned, query.max_bytes, "athena"));
      sink.Progress(is_under_way ? 0 : 100, now.bytes_scanned);
      if (now.state == "SUCCEEDED") return now.bytes_scanned;
      if (!is_under_way) {
        return {Code::kInternal,
                "Athena knows a state that this program does not: " + now.state,
                {"athena", now.state}};
      }
      PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(pause));
    }
  }

  const AthenaOptions options_;
  AthenaApi api_;
};

/// AWS General Reference, "Athena endpoints and quotas"; China has a domain of its own.
std::string UrlOf(const AthenaOptions& options) {
  if (!options.endpoint.empty()) return options.endpoint;
  return "https://athena." + options.region + ".amazonaws.com" +
         (options.region.starts_with("cn-") ? ".cn" : "");
}

bool IsRegion(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

Status AthenaOptions::Validate() const {
  if (!IsRegion(region)) {
    return {Code::kInvalidArgument, "'" + region + "' is no AWS region; set athena.region"};
  }
  if (!endpoint.empty()) {
    const Result<std::string> origin = http::OriginOf(endpoint);
    if (!origin.ok()) return origin.status().While("reading athena.endpoint");
  }
  if (!output.empty() && !output.starts_with("s3://")) {
    return {Code::kInvalidArgument, "athena.output is '" + output + "'; write s3://bucket/prefix/"};
  }
  return Status::Ok();
}

Result<std::unique_ptr<QueryEngine>> OpenAthena(const AthenaOptions& options,
                                                AthenaKeySource keys) {
  PGATTIC_RETURN_IF_ERROR(options.Validate());
  PGATTIC_ASSIGN_OR_RETURN(std::string url, http::OriginOf(UrlOf(options)));
  return std::unique_ptr<QueryEngine>(
      std::make_unique<AthenaEngine>(options, std::move(url), std::move(keys)));
}

}  // namespace pgattic::engine
