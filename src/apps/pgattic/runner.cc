#include "runner.h"

#include <algorithm>
#include <set>

#include "archive/rollout.h"
#include "archive/table_definition.h"
#include "base/log.h"
#include "progress.h"
#include "service/stores.h"
#include "service/work_hours.h"

namespace pgattic::app {

namespace {

using catalog::ArchiveRecord;

/// True when nothing but hazards keeps the partition from being archived: it is old enough,
/// holds rows and is not at rest. Bounds that are no month have no age.
bool IsRefusedByHazards(const archive::PlanEntry& entry) {
  return !entry.eligible &&
         std::all_of(entry.reasons.begin(), entry.reasons.end(), [&](const std::string& reason) {
           return std::any_of(
               entry.hazards.begin(), entry.hazards.end(), [&](const catalog::Hazard& hazard) {
                 return hazard.refuses && hazard.code != "bounds" && hazard.message == reason;
               });
         });
}

/// Archived, and nothing came late.
bool IsAtRest(const archive::PlanEntry& entry) {
  return entry.partition.is_empty && entry.record &&
         entry.record->state.phase >= model::Phase::kDetached;
}

Status Refusal(const archive::PlanEntry& entry) {
  std::string reasons;
  for (const std::string& reason : entry.reasons) {
    reasons += (reasons.empty() ? "" : "; ") + reason;
  }
  return {Code::kFailedPrecondition, "cannot be archived: " + reasons + "; nothing was changed"};
}

/// What the runs of all sources share. References for the length of a run.
struct SharedTools {
  const OpenStores& stores;
  ProgressLine& line;
  const archive::OnProgress& on_progress;
  archive::Pacer& pacer;
  RunReport& report;
};

/// One source's share of a run.
class SourceRun {
 public:
  SourceRun(const Invocation& invocation, const ArchiveArguments& arguments, Session& session,
            const OpenSource& source, const SharedTools& tools)
      : arguments_(arguments),
        limits_(invocation.config.rollout),
        options_(OptionsOf(invocation, arguments)),
        config_(invocation.config),
        line_(tools.line),
        report_(tools.report),
        run_(RunContextOf(invocation, session, source, tools.stores, options_, tools.on_progress)) {
    run_.pacer = &tools.pacer;
  }

  Status Run(std::set<std::string>& matched) {
    Status ran = RunAll(matched);
    if (!arguments_.dry_run && run_.connection.usable() && run_.ctx.Check().ok()) {
      KeepDefinition(run_, config_);
    }
    return ran;
  }

 private:
  Status RunAll(std::set<std::string>& matched) {
    PGATTIC_ASSIGN_OR_RETURN(const bool is_held, IsHeld());
    if (is_held) return NoteNames(matched);
    PGATTIC_ASSIGN_OR_RETURN(
        entries_, archive::PlanSource({run_.ctx, run_.connection, &run_.journal, run_.source,
                                       run_.source_options}));
    PGATTIC_RETURN_IF_ERROR(ResumeUnderWay(matched));
    for (const archive::PlanEntry& entry : entries_) {
      if (!IsAsked(entry, matched) || Done(entry)) continue;
      if (entry.eligible || (entry.is_held && !arguments_.partitions.empty())) {
        PGATTIC_RETURN_IF_ERROR(Archive(entry));
      } else if (arguments_.partitions.empty() ? IsRefusedByHazards(entry) : !IsAtRest(entry)) {
        RunOutcome outcome = Planned(entry);
        outcome.status = Refusal(entry);
        outcome.is_refused = true;
        report_.outcomes.push_back(std::move(outcome));
      }
    }
    return arguments_.dry_run ? Status::Ok() : TidyArchived(matched);
  }

  /// Brings the roll-out forward, then says whether somebody holds the source.
  Result<bool> IsHeld() {
    if (!arguments_.dry_run && !run_.source_options.rollout.empty()) {
      PGATTIC_RETURN_IF_ERROR(archive::AdvanceRollout({run_.ctx, run_.connection, run_.source,
                                                       run_.source_options, limits_})
                                  .status());
    }
    PGATTIC_ASSIGN_OR_RETURN(
        const catalog::RolloutRecord rollout,
        catalog::RolloutJournal(run_.connection).Load(run_.ctx, run_.source.id));
    if (!rollout.held_since) return false;
    report_.held.push_back({run_.source.id.Name(),
                            model::FormatInstant(rollout.held_since->time_since_epoch().count()),
                            rollout.held_why});
    return true;
  }

  /// A held source's partitions are known all the same.
  Status NoteNames(std::set<std::string>& matched) const {
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::Partition> partitions,
                             catalog::ListPartitions(run_.ctx, run_.connection, run_.source));
    for (const catalog::Partition& partition : partitions) {
      IsAsked(partition.name.schema, partition.name.name, matched);
    }
    return Status::Ok();
  }

  static archive::RunOptions OptionsOf(const Invocation& invocation,
                                       const ArchiveArguments& arguments) {
    archive::RunOptions options = invocation.config.run;
    options.allow_shrink = arguments.allow_shrink;
    options.accept_lost_table = arguments.accept_lost_table;
    return options;
  }

  /// True for all when none was named. Notes the names that were of use.
  bool IsAsked(const std::string& schema, const std::string& name,
               std::set<std::string>& matched) const {
    bool is_asked = arguments_.partitions.empty();
    for (const std::string& typed : arguments_.partitions) {
      if (!NamesPartition(typed, schema, name)) continue;
      matched.insert(typed);
      is_asked = true;
    }
    return is_asked;
  }

  /// A late partition is also meant by the name of the one whose place it took.
  bool IsAsked(const archive::PlanEntry& entry, std::set<std::string>& matched) const {
    const pg::QualifiedName& name = entry.partition.name;
    const bool by_own_name = IsAsked(name.schema, name.name, matched);
    return by_own_name || (entry.record && IsAsked(name.schema, entry.record->partition, matched));
  }

  bool Done(const archive::PlanEntry& entry) const {
    return entry.record && handled_.contains(entry.record->id);
  }

  /// Archives that began before this run, whether or not their partition is still attached.
  Status ResumeUnderWay(std::set<std::string>& matched) {
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<ArchiveRecord> records, run_.journal.List(run_.ctx));
    for (const ArchiveRecord& record : records) {
      if (!(record.source == run_.source.id)) continue;
      if (record.state.phase == model::Phase::kPlanned && record.state.round == 1) continue;
      if (!IsAsked(record.relation.name.schema, record.partition, matched)) continue;
      if (record.state.phase == model::Phase::kArchived) continue;
      handled_.insert(record.id);
      PGATTIC_RETURN_IF_ERROR(Advance(record, EntryOf(record)));
    }
    return Status::Ok();
  }

  /// Archives at rest that a killed run left in disorder, or that lack a copy.
  Status TidyArchived(std::set<std::string>& matched) {
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::int64_t> untidy,
                             run_.journal.Untidy(run_.ctx, run_.copy != nullptr));
    for (const std::int64_t id : untidy) {
      PGATTIC_ASSIGN_OR_RETURN(const ArchiveRecord record, run_.journal.Load(run_.ctx, id));
      if (!(record.source == run_.source.id) || handled_.contains(id)) continue;
      if (!IsAsked(record.relation.name.schema, record.partition, matched)) continue;
      PGATTIC_RETURN_IF_ERROR(Advance(record, nullptr));
    }
    return Status::Ok();
  }

  const archive::PlanEntry* EntryOf(const ArchiveRecord& record) const {
    for (const archive::PlanEntry& entry : entries_) {
      if (entry.partition.oid == record.relation.oid) return &entry;
    }
    return nullptr;
  }

  RunOutcome Planned(const archive::PlanEntry& entry) const {
    RunOutcome outcome;
    outcome.record.source = run_.source.id;
    outcome.record.partition = entry.partition.name.name;
    if (entry.record) outcome.record = *entry.record;
    outcome.planned_rows = entry.partition.rows;
    outcome.planned_bytes = entry.partition.bytes;
    return outcome;
  }

  Status Archive(const archive::PlanEntry& entry) {
    if (arguments_.dry_run) {
      report_.outcomes.push_back(Planned(entry));
      return Status::Ok();
    }
    PGATTIC_ASSIGN_OR_RETURN(ArchiveRecord record, archive::Enrol(run_, entry));
    handled_.insert(record.id);
    return Advance(std::move(record), &entry);
  }

  Status DryRun(ArchiveRecord record, const archive::PlanEntry* entry) {
    RunOutcome outcome;
    if (entry != nullptr) {
      outcome = Planned(*entry);
    } else if (record.fingerprint) {
      outcome.planned_rows = record.fingerprint->rows;
      outcome.planned_bytes = record.relation_bytes;
    }
    outcome.record = std::move(record);
    report_.outcomes.push_back(std::move(outcome));
    return Status::Ok();
  }

  /// `entry` is null for a partition that is detached already.
  Status Advance(ArchiveRecord record, const archive::PlanEntry* entry) {
    if (arguments_.dry_run) return DryRun(std::move(record), entry);
    std::optional<model::Phase> until;
    if (!arguments_.until.empty()) {
      PGATTIC_ASSIGN_OR_RETURN(until, model::PhaseFromName(arguments_.until));
    }
    if (entry != nullptr) line_.Expect(record.partition, entry->partition.rows);
    RunOutcome outcome{archive::AdvanceArchive(run_, std::move(record), until)};
    report_.outcomes.push_back(std::move(outcome));
    if (run_.connection.usable()) return run_.ctx.Check();
    return {Code::kUnavailable,
            "the connection to PostgreSQL was lost; the run ended. Run it again: it goes on "
            "where it stopped"};
  }

  const ArchiveArguments& arguments_;
  const archive::RolloutLimits& limits_;
  const archive::RunOptions options_;
  const service::Config& config_;
  ProgressLine& line_;
  RunReport& report_;
  std::vector<archive::PlanEntry> entries_;
  std::set<std::int64_t> handled_;
  archive::RunContext run_;
};

Status RunAll(const Invocation& invocation, const ArchiveArguments& arguments, ProgressLine& line,
              RunReport& report) {
  const archive::OnProgress on_progress = [&line](const archive::Progress& progress) {
    line.Show(progress);
  };
  if (!arguments.until.empty()) {
    PGATTIC_RETURN_IF_ERROR(model::PhaseFromName(arguments.until).status());
  }
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<OpenSource> sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const OpenStores stores, OpenStores::Open(invocation));
  PGATTIC_ASSIGN_OR_RETURN(
      archive::MayWork may_work,
      service::WorkHours(invocation.ctx, *session.connection, invocation.config.schedule));
  if (may_work && !arguments.dry_run) {
    PGATTIC_RETURN_IF_ERROR(may_work(invocation.ctx.clock().WallNow()));
  }
  archive::Pacer pacer(invocation.ctx.clock(), invocation.config.run.pacing, std::move(may_work));
  std::set<std::string> matched;
  for (const OpenSource& source : sources) {
    SourceRun run(invocation, arguments, session, source,
                  {stores, line, on_progress, pacer, report});
    PGATTIC_RETURN_IF_ERROR(run.Run(matched));
  }
  for (const std::string& name : arguments.partitions) {
    if (matched.contains(name)) continue;
    return {Code::kInvalidArgument, "no source has a partition named " + name +
                                        "; `pgattic plan` lists them. Nothing was changed"};
  }
  return Status::Ok();
}

}  // namespace

void KeepDefinition(const archive::RunContext& run, const service::Config& config) {
  const Status kept = archive::KeepDefinition(
      run, {config.engine.athena.database, IsArchive(config, run.source_options)});
  if (kept.ok()) return;
  log::Write(log::Level::kWarn, "definition-not-written",
             {{"source", run.source.id.Name()}, {"why", kept.ToString()}});
}

RunReport RunArchives(const Invocation& invocation, const ArchiveArguments& arguments, bool quiet) {
  RunReport report;
  ProgressLine line(quiet);
  report.failure = RunAll(invocation, arguments, line, report);
  return report;
}

int ExitCodeOf(const RunReport& report) {
  int code = report.failure.ok() ? kDone : TraitsOf(report.failure.code()).exit_code;
  if (code == kDone && !report.held.empty()) code = kTryLater;
  for (const RunOutcome& outcome : report.outcomes) {
    if (outcome.status.ok()) continue;
    const int own = TraitsOf(outcome.status.code()).exit_code;
    if (code == kDone || (code == kTryLater && own != kTryLater)) code = own;
  }
  return code;
}

catalog::RunState StateOf(const RunReport& report) {
  const int code = ExitCodeOf(report);
  return code == kDone       ? catalog::RunState::kDone
         : code == kTryLater ? catalog::RunState::kDeferred
                             : catalog::RunState::kFailed;
}

std::string SummaryOf(const RunReport& report) {
  std::size_t done = 0;
  std::string trouble;
  const auto add = [&](const std::string& words) {
    trouble += (trouble.empty() ? "" : "; ") + words;
  };
  if (!report.failure.ok()) add(report.failure.ToString());
  for (const HeldSource& held : report.held) add(held.source + " is held: " + held.why);
  for (const RunOutcome& outcome : report.outcomes) {
    if (outcome.status.ok()) ++done;
    if (!outcome.status.ok()) add(outcome.record.partition + ": " + outcome.status.ToString());
  }
  return std::to_string(done) + " archives went well" + (trouble.empty() ? "" : "; " + trouble);
}

}  // namespace pgattic::app
