#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "app.h"
#include "archive/garbage.h"
#include "archive/scrub_step.h"
#include "catalog/proofs.h"
#include "progress.h"
#include "resilience/rate_limiter.h"
#include "runner.h"
#include "service/units.h"
#include "store/paced_object_store.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

/// What one run of scrub did, over all sources. A plain value.
struct Scrubbed {
  archive::ScrubReport report;
  archive::GarbageReport garbage;
};

/// What may be read now, of `budget` bytes; < 0: everything.
Result<std::int64_t> BudgetOf(const Invocation& invocation, Session& session, std::int64_t budget) {
  const std::int64_t a_day = invocation.config.scrub.bytes_a_day;
  if (a_day == 0) return budget;
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t today,
                           catalog::ScrubbedToday(invocation.ctx, *session.connection));
  const std::int64_t left = std::max<std::int64_t>(0, a_day - today);
  return budget < 0 ? left : std::min(budget, left);
}

/// Both stores, read at the scrub's rate.
class PacedStores {
 public:
  PacedStores(const Invocation& invocation, OpenStores& stores) : stores_(stores) {
    const auto rate = static_cast<double>(invocation.config.scrub.max_read_rate);
    if (rate <= 0) return;
    limiter_.emplace(invocation.ctx.clock(), resilience::RateLimiterOptions{rate, rate});
    inner_ = std::move(stores);
    stores_.archive = Pace(*inner_.archive);
    if (inner_.copy) stores_.copy = Pace(*inner_.copy);
  }

 private:
  std::unique_ptr<store::ObjectStore> Pace(store::ObjectStore& store) {
    return std::make_unique<store::PacedObjectStore>(
        store, [this](const OpContext& ctx, std::int64_t bytes) {
          return limiter_->Take(ctx, static_cast<double>(bytes));
        });
  }

  OpenStores& stores_;
  OpenStores inner_;
  std::optional<resilience::RateLimiter> limiter_;
};

Status ScrubAll(const Invocation& invocation, std::int64_t most_bytes,
                const archive::OnProgress& on_progress, Scrubbed& done) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(OpenStores stores, OpenStores::Open(invocation));
  const PacedStores paced(invocation, stores);
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t budget, BudgetOf(invocation, session, most_bytes));
  archive::RunOptions options = invocation.config.run;
  options.mend_sidecars = true;
  for (const OpenSource& source : sources) {
    const archive::RunContext run =
        RunContextOf(invocation, session, source, stores, options, on_progress);
    const std::int64_t left =
        budget < 0 ? budget : std::max<std::int64_t>(0, budget - done.report.bytes);
    PGATTIC_RETURN_IF_ERROR(archive::Scrub(run, left, done.report));
    KeepDefinition(run, invocation.config);
    PGATTIC_RETURN_IF_ERROR(archive::CollectGarbage(run, done.garbage));
    if (run.copy == nullptr) continue;
    PGATTIC_RETURN_IF_ERROR(archive::CollectGarbage(run.At(*run.copy), done.garbage));
  }
  return Status::Ok();
}

Json ToJson(const Scrubbed& done) {
  Json findings = Json::array();
  for (const archive::ScrubFinding& finding : done.report.findings) {
    const bool is_mended = finding.repair.ok();
    findings.push_back({{"partition", finding.partition},
                        {"key", finding.key},
                        {"store", finding.is_copy ? "copy" : "archive"},
                        {"problem", finding.problem.ToString()},
                        {"repaired", is_mended},
                        {"error", is_mended ? Json(nullptr) : Json(finding.repair.ToString())}});
  }
  const std::string& why_not = done.garbage.why_not;
  return {{"parts", done.report.parts},
          {"bytes", done.report.bytes},
          {"parts_left", done.report.parts_left},
          {"findings", findings},
          {"removed", done.garbage.removed},
          {"left", done.garbage.left},
          {"not_listed", why_not.empty() ? Json(nullptr) : Json(why_not)}};
}

void Print(const Scrubbed& done) {
  for (const archive::ScrubFinding& finding : done.report.findings) {
    const bool is_mended = finding.repair.ok();
    std::printf("%s  %s%s: %s%s\n", is_mended ? "repaired" : "DAMAGED ", finding.key.c_str(),
                finding.is_copy ? " (copy)" : "", finding.problem.ToString().c_str(),
                is_mended ? "" : ("; " + finding.repair.ToString()).c_str());
  }
  for (const std::string& key : done.garbage.removed) std::printf("removed   %s\n", key.c_str());
  for (const std::string& key : done.garbage.left) {
    std::printf("left      %s: not of this journal\n", key.c_str());
  }
  if (!done.garbage.why_not.empty()) {
    std::printf("Leftovers were not looked for: %s. Allow ListBucket to let a scrub find them.\n",
                done.garbage.why_not.c_str());
  }
  std::printf("%s parts read, %s; %s left for later runs.\n", HumanCount(done.report.parts).c_str(),
              HumanBytes(done.report.bytes).c_str(), HumanCount(done.report.parts_left).c_str());
}

}  // namespace

int RunScrub(const Invocation& invocation, const ScrubArguments& arguments) {
  Result<std::int64_t> most_bytes = std::int64_t{-1};
  if (!arguments.max_bytes.empty()) most_bytes = service::ParseSize(arguments.max_bytes);
  if (!most_bytes.ok()) {
    return Report(std::move(most_bytes).While("reading --max-bytes").status(), invocation.json);
  }
  Scrubbed done;
  Status status;
  {
    ProgressLine line(invocation.json);
    status = ScrubAll(
        invocation, *most_bytes,
        [&line](const archive::Progress& progress) { line.Show(progress); }, done);
  }
  if (invocation.json) {
    Json body = ToJson(done);
    if (!status.ok()) body["error"] = status.ToString();
    PrintJson(body);
  } else {
    Print(done);
  }
  if (!status.ok()) {
    std::fprintf(stderr, "pgattic: %s\n", status.ToString().c_str());
    return TraitsOf(status.code()).exit_code;
  }
  const bool all_mended =
      std::all_of(done.report.findings.begin(), done.report.findings.end(),
                  [](const archive::ScrubFinding& finding) { return finding.repair.ok(); });
  return all_mended ? kDone : kFailed;
}

}  // namespace pgattic::app
