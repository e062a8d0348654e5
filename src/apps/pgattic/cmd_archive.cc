#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app.h"
#include "archive/swap_step.h"
#include "catalog/swap.h"
#include "runner.h"
#include "text_output.h"

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

bool IsDeferred(const archive::Outcome& outcome) {
  return !outcome.status.ok() && TraitsOf(outcome.status.code()).exit_code == kTryLater;
}

Json ToJson(const RunOutcome& outcome, bool dry_run) {
  const Totals totals = TotalsOf(outcome.parts);
  const bool deferred = IsDeferred(outcome);
  const bool failed = !outcome.status.ok() && !deferred;
  const std::string& drop_after = outcome.record.drop_after;
  return {{"source", outcome.record.source.Name()},
          {"partition", outcome.record.partition},
          {"phase", model::PhaseName(outcome.record.state.phase)},
          {"rows", dry_run ? outcome.planned_rows : totals.rows},
          {"parts", outcome.parts.size()},
          {"raw_bytes", dry_run ? outcome.planned_bytes : totals.raw_bytes},
          {"stored_bytes", totals.stored_bytes},
          {"seconds", outcome.seconds},
          {"deferred", deferred ? Json(outcome.status.ToString()) : Json(nullptr)},
          {"drop_after", drop_after.empty() ? Json(nullptr) : Json(drop_after)},
          {"error", failed ? Json(outcome.status.ToString()) : Json(nullptr)}};
}

/// What would be done, with the plan's estimates. Refused partitions are told elsewhere.
void PrintDryRun(const RunReport& report) {
  TextTable table(
      {{"partition"}, {"would"}, {"rows (estimate)", Align::kRight}, {"size", Align::kRight}});
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  for (const RunOutcome& outcome : report.outcomes) {
    if (!outcome.status.ok()) continue;
    const model::ArchiveState& state = outcome.record.state;
    const bool is_new = state.phase == model::Phase::kPlanned;
    table.Add({outcome.record.partition,
               is_new ? "be archived" : "go on from " + std::string(model::PhaseName(state.phase)),
               HumanCount(outcome.planned_rows), HumanBytes(outcome.planned_bytes)});
    rows += outcome.planned_rows;
    bytes += outcome.planned_bytes;
  }
  table.Add({"total", "", HumanCount(rows), HumanBytes(bytes)});
  std::printf("%s\nA dry run: nothing was changed.\n", table.ToString().c_str());
}

void PrintDone(const RunReport& report) {
  TextTable table({{"partition"},
                   {"phase"},
                   {"rows", Align::kRight},
                   {"parts", Align::kRight},
                   {"raw", Align::kRight},
                   {"stored", Align::kRight},
                   {"seconds", Align::kRight},
                   {"note"}});
  for (const RunOutcome& outcome : report.outcomes) {
    if (outcome.is_refused) continue;
    const Totals totals = TotalsOf(outcome.parts);
    std::array<char, 32> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%.2f", outcome.seconds);
    std::string note;
    if (!outcome.status.ok()) {
      note = IsDeferred(outcome) ? "deferred" : "failed";
    } else if (outcome.record.state.phase == model::Phase::kDetached) {
      note = "table kept until " + outcome.record.drop_after.substr(0, 16);
    }
    table.Add({outcome.record.partition, std::string(model::PhaseName(outcome.record.state.phase)),
               HumanCount(totals.rows), std::to_string(outcome.parts.size()),
               HumanBytes(totals.raw_bytes), HumanBytes(totals.stored_bytes), seconds.data(),
               note});
  }
  std::printf("%s", table.ToString().c_str());
}

/// One line for each failure; partitions that were refused for the same reason share one.
void PrintFailures(const RunReport& report) {
  for (const HeldSource& held : report.held) {
    std::fprintf(stderr,
                 "held: %s since %s: %s. Nothing of it was touched; `pgattic rollout resume` "
                 "lets it go on\n",
                 held.source.c_str(), held.since.c_str(), held.why.c_str());
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> refused;  // By reason.
  for (const RunOutcome& outcome : report.outcomes) {
    if (outcome.status.ok()) continue;
    const std::string why = outcome.status.ToString();
    if (!outcome.is_refused) {
      std::fprintf(stderr, "%s: %s: %s\n", IsDeferred(outcome) ? "deferred" : "failed",
                   outcome.record.partition.c_str(), why.c_str());
      continue;
    }
    if (refused.empty() || refused.back().first != why) refused.push_back({why, {}});
    refused.back().second.push_back(outcome.record.partition);
  }
  for (const auto& [why, partitions] : refused) {
    const std::string names =
        partitions.front() + (partitions.size() == 1
                                  ? ""
                                  : " to " + partitions.back() + " (" +
                                        std::to_string(partitions.size()) + " partitions)");
    std::fprintf(stderr, "refused: %s: %s\n", names.c_str(), why.c_str());
  }
}

void PrintOutcomes(const RunReport& report, bool dry_run) {
  if (report.outcomes.empty()) {
    if (report.failure.ok() && report.held.empty()) {
      std::printf("Nothing to do: no partition is old enough, or all are archived.\n");
    }
    PrintFailures(report);
    return;
  }
  const bool any_done = std::any_of(report.outcomes.begin(), report.outcomes.end(),
                                    [](const RunOutcome& outcome) { return !outcome.is_refused; });
  if (any_done) dry_run ? PrintDryRun(report) : PrintDone(report);
  PrintFailures(report);
}

/// What a rollback left. A plain value.
struct RolledBack {
  catalog::ArchiveRecord record;
  bool is_attached = false;  ///< False: somebody detached or dropped the table by hand.
};

Result<bool> IsAttached(const Invocation& invocation, Session& session, const OpenSource& source,
                        const catalog::ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(
      const std::uint32_t oid,
      catalog::FindRelation(invocation.ctx, *session.connection, record.relation.name));
  if (oid == 0) return false;
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t parent,
                           catalog::ParentOf(invocation.ctx, *session.connection, oid));
  return parent == source.table.oid;
}

Result<RolledBack> RollBackOne(const Invocation& invocation, const RollbackArguments& arguments) {
  const std::string& partition = arguments.partition;
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const OpenStores stores, OpenStores::Open(invocation));
  RolledBack back;
  PGATTIC_ASSIGN_OR_RETURN(back.record, FindArchive(invocation, session, partition));
  PGATTIC_ASSIGN_OR_RETURN(const OpenSource* source, SourceOf(sources, back.record));
  PGATTIC_ASSIGN_OR_RETURN(const bool leads,
                           session.journal->TryLead(invocation.ctx, back.record.id));
  if (!leads) {
    return {Code::kDeferred,
            "another pgattic is at work on " + partition + "; nothing was changed"};
  }
  PGATTIC_ASSIGN_OR_RETURN(back.record, session.journal->Load(invocation.ctx, back.record.id));
  const archive::OnProgress on_progress;
  archive::RunOptions options = invocation.config.run;
  options.allow_shrink = arguments.allow_shrink;
  const archive::RunContext run =
      RunContextOf(invocation, session, *source, stores, options, on_progress);
  PGATTIC_RETURN_IF_ERROR(archive::RollBack(run, back.record));
  KeepDefinition(run, invocation.config);
  PGATTIC_ASSIGN_OR_RETURN(back.record, session.journal->Load(invocation.ctx, back.record.id));
  PGATTIC_ASSIGN_OR_RETURN(back.is_attached, IsAttached(invocation, session, *source, back.record));
  return back;
}

void PrintRolledBack(const RolledBack& back) {
  const std::string table = back.record.relation.name.Plain();
  if (back.is_attached) {
    std::printf(
        "%s is a partition of %s, with its late rows; the statuses that were marked are as "
        "before, and what was stored of it is deleted.\n",
        table.c_str(), back.record.source.Name().c_str());
    return;
  }
  std::printf(
      "What was stored of %s is deleted, but it is not a partition of %s: somebody detached, "
      "renamed or dropped it by hand. ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') "
      "TO ('%s') brings it back.\n",
      table.c_str(), back.record.source.Name().c_str(), back.record.source.Name().c_str(),
      table.c_str(), back.record.bounds.from.c_str(), back.record.bounds.to.c_str());
}

}  // namespace

int RunArchive(const Invocation& invocation, const ArchiveArguments& arguments) {
  const RunReport report = RunArchives(invocation, arguments, invocation.json);
  if (invocation.json) {
    Json list = Json::array();
    for (const RunOutcome& outcome : report.outcomes) {
      list.push_back(ToJson(outcome, arguments.dry_run));
    }
    Json body = {{"archives", list}};
    if (arguments.dry_run) body["dry_run"] = true;
    for (const HeldSource& held : report.held) {
      body["held"].push_back({{"source", held.source}, {"since", held.since}, {"why", held.why}});
    }
    if (!report.failure.ok()) body["error"] = report.failure.ToString();
    PrintJson(body);
    PrintFailures(report);
  } else {
    PrintOutcomes(report, arguments.dry_run);
  }
  if (!report.failure.ok()) {
    std::fprintf(stderr, "pgattic: %s\n", report.failure.ToString().c_str());
  }
  return ExitCodeOf(report);
}

int RunRollback(const Invocation& invocation, const RollbackArguments& arguments) {
  const Result<RolledBack> back = RollBackOne(invocation, arguments);
  if (!back.ok()) return Report(back.status(), invocation.json);
  if (invocation.json) {
    PrintJson({{"source", back->record.source.Name()},
               {"partition", back->record.partition},
               {"phase", model::PhaseName(back->record.state.phase)},
               {"attached", back->is_attached}});
  } else {
    PrintRolledBack(*back);
  }
  return kDone;
}

}  // namespace pgattic::app
