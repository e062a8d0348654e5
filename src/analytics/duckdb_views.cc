#include "analytics/duckdb_views.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "analytics/view_session.h"

namespace pgattic::analytics {
namespace {

constexpr int kMaxPasses = 4;
// A month that is archived moves some times; that ends, and each time another look is right.
constexpr int kMaxMoves = 16;

/// Knows whether anything of an answer was handed on: then there is no second try.
class BegunSink final : public engine::AnswerSink {
 public:
  explicit BegunSink(engine::AnswerSink& inner) : inner_(inner) {}
  Status Columns(const std::vector<engine::AnswerColumn>& columns) override {
    has_begun_ = true;
    return inner_.Columns(columns);
  }
  Status Row(std::span<const engine::AnswerValue> values) override { return inner_.Row(values); }
  void Progress(double percent, std::int64_t bytes) override { inner_.Progress(percent, bytes); }
  bool has_begun() const { return has_begun_; }

 private:
  engine::AnswerSink& inner_;
  bool has_begun_ = false;
};

/// True when the journal's parts may no longer be those that were read: another look may help.
bool MayHaveMoved(const Status& status) {
  return status.Is(Code::kConflict) || status.Is(Code::kNotFound);
}

/// True when the narrow objects may be why a statement failed, which was planned well. What DuckDB
/// says of a damaged file is of many kinds.
bool MayBeTheirs(const Status& status) {
  return !status.Is(Code::kCancelled) && !status.Is(Code::kDeadlineExceeded) &&
         !status.Is(Code::kResourceExhausted) && !status.Is(Code::kConflict);
}

bool AskedForMore(const Status& status) {
  return status.ToString().find(kNotFetched) != std::string::npos;
}

}  // namespace

Result<engine::QueryCost> DuckDbViews::Run(const OpContext& ctx, const engine::Query& query,
                                           engine::AnswerSink& sink) {
  const auto started = std::chrono::steady_clock::now();
  BegunSink begun(sink);
  bool fetch_all = false;
  bool parts_only = false;
  for (int pass = 1;; ++pass) {
    ViewSession session(options_, ctx, query);
    Result<engine::QueryCost> cost = session.Run(begun, fetch_all, parts_only);
    if (cost.ok()) {
      for (const std::string& note : session.notes()) {
        if (options_.on_note) options_.on_note(note);
      }
      cost->elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - started);
      return cost;
    }
    const bool asked_for_more = AskedForMore(cost.status()) && !fetch_all;
    const int most = cost.status().Is(Code::kConflict) ? kMaxMoves : kMaxPasses;
    const bool narrow_failed = session.reads_narrow() && !parts_only && MayBeTheirs(cost.status());
    const bool is_worth_it = asked_for_more || narrow_failed || MayHaveMoved(cost.status());
    if (begun.has_begun() || !is_worth_it || pass >= most) return cost;
    fetch_all = fetch_all || asked_for_more;
    parts_only = parts_only || narrow_failed;
  }
}

}  // namespace pgattic::analytics
