#include <cstdio>
#include <nlohmann/json.hpp>

#include "app.h"
#include "archive/swap_step.h"
#include "runner.h"
#include "service/stores.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

struct Totals {
  std::int64_t rows = 0;
  std::int64_t raw_bytes = 0;
  std::int64_t stored_bytes = 0;
};

Totals TotalsOf(const std::vector<catalog::JournalPart>& parts) {
  Totals totals;
  for (const catalog::JournalPart& part : parts) {
    totals.rows += part.record.rows;
    totals.raw_bytes += part.record.raw_bytes;
    totals.stored_bytes += part.record.bytes;
  }
  return totals;
}

Json ToJson(const archive::Outcome& outcome) {
  const Totals totals = TotalsOf(outcome.parts);
  const bool deferred =
      !outcome.status.ok() && TraitsOf(outcome.status.code()).exit_code == kTryLater;
  Json json = {{"source", outcome.record.source.Name()},
               {"partition", outcome.record.partition},
               {"phase", model::PhaseName(outcome.record.state.phase)},
               {"rows", totals.rows},
               {"parts", outcome.parts.size()},
               {"raw_bytes", totals.raw_bytes},
               {"stored_bytes", totals.stored_bytes},
               {"seconds", outcome.seconds},
               {"deferred", deferred ? Json(outcome.status.ToString()) : Json(nullptr)}};
  if (!outcome.status.ok() && !deferred) json["error"] = outcome.status.ToString();
  return json;
}

void PrintOutcomes(const RunReport& report, bool dry_run) {
  if (report.outcomes.empty() && report.failure.ok()) {
    std::printf("Nothing to do: no partition is old enough, or all are archived.\n");
    return;
  }
  if (report.outcomes.empty()) return;
  TextTable table({"partition", dry_run ? "would leave" : "phase", "rows", "parts", "raw", "stored",
                   "seconds"});
  for (const archive::Outcome& outcome : report.outcomes) {
    const Totals totals = TotalsOf(outcome.parts);
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.2f", outcome.seconds);
    table.Add({outcome.record.partition, std::string(model::PhaseName(outcome.record.state.phase)),
               HumanCount(totals.rows), std::to_string(outcome.parts.size()),
               HumanBytes(totals.raw_bytes), HumanBytes(totals.stored_bytes), seconds});
  }
  std::printf("%s", table.ToString().c_str());
  for (const archive::Outcome& outcome : report.outcomes) {
    if (outcome.status.ok()) continue;
    const bool deferred = TraitsOf(outcome.status.code()).exit_code == kTryLater;
    std::fprintf(stderr, "%s: %s: %s\n", deferred ? "deferred" : "failed",
                 outcome.record.partition.c_str(), outcome.status.ToString().c_str());
  }
}

Status RollBackOne(const Invocation& invocation, const RollbackArguments& arguments) {
  const std::string& partition = arguments.partition;
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const auto store, service::OpenStore(invocation.config));
  PGATTIC_ASSIGN_OR_RETURN(catalog::ArchiveRecord record,
                           FindArchive(invocation, session, partition));
  PGATTIC_ASSIGN_OR_RETURN(const OpenSource* source, SourceOf(sources, record));
  PGATTIC_ASSIGN_OR_RETURN(const bool leads, session.journal->TryLead(invocation.ctx, record.id));
  if (!leads) {
    return {Code::kDeferred,
            "another pgattic is at work on " + partition + "; nothing was changed"};
  }
  PGATTIC_ASSIGN_OR_RETURN(record, session.journal->Load(invocation.ctx, record.id));
  const archive::OnProgress on_progress;
  archive::RunOptions options = invocation.config.run;
  options.allow_shrink = arguments.allow_shrink;
  const archive::RunContext run{
      invocation.ctx,   session.connect, *session.connection, *session.journal, *store,
      *source->options, source->table,   session.server,      options,          on_progress};
  return archive::RollBack(run, record);
}

}  // namespace

int RunArchive(const Invocation& invocation, const ArchiveArguments& arguments) {
  const RunReport report = RunArchives(invocation, arguments, invocation.json);
  if (invocation.json) {
    Json list = Json::array();
    for (const archive::Outcome& outcome : report.outcomes) list.push_back(ToJson(outcome));
    Json body = {{"archives", list}};
    if (!report.failure.ok()) body["error"] = report.failure.ToString();
    std::printf("%s\n", body.dump(2).c_str());
    if (!report.failure.ok())
      std::fprintf(stderr, "pgattic: %s\n", report.failure.ToString().c_str());
    return ExitCodeOf(report);
  }
  PrintOutcomes(report, arguments.dry_run);
  if (!report.failure.ok()) Report(report.failure, false);
  return ExitCodeOf(report);
}

int RunRollback(const Invocation& invocation, const RollbackArguments& arguments) {
  const std::string& partition = arguments.partition;
  Status status = RollBackOne(invocation, arguments);
  if (!status.ok()) return Report(status, invocation.json);
  if (invocation.json) {
    std::printf("%s\n", Json{{"partition", partition}, {"phase", "planned"}}.dump().c_str());
  } else {
    std::printf(
        "%s is a partition again; its statuses are as before and its objects are "
        "deleted.\n",
        partition.c_str());
  }
  return kDone;
}

}  // namespace pgattic::app
