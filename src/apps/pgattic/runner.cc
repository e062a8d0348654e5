#include "runner.h"

#include <algorithm>
#include <set>

#include "progress.h"
#include "service/stores.h"

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

/// One source's share of a run.
class SourceRun {
 public:
  SourceRun(const Invocation& invocation, const ArchiveArguments& arguments, Session& session,
            const OpenSource& source, store::ObjectStore& store, ProgressLine& line,
            const archive::OnProgress& on_progress, RunReport& report)
      : arguments_(arguments),
        options_(OptionsOf(invocation, arguments)),
        line_(line),
        report_(report),
        run_{invocation.ctx,  session.connect, *session.connection, *session.journal, store,
             *source.options, source.table,    session.server,      options_,         on_progress} {
  }

  Status Run(std::set<std::string>& matched) {
    PGATTIC_ASSIGN_OR_RETURN(
        entries_, archive::PlanSource({run_.ctx, run_.connection, &run_.journal, run_.source,
                                       run_.source_options}));
    PGATTIC_RETURN_IF_ERROR(ResumeUnderWay(matched));
    for (const archive::PlanEntry& entry : entries_) {
      if (!IsAsked(entry, matched) || Done(entry)) continue;
      if (entry.eligible) {
        PGATTIC_RETURN_IF_ERROR(Archive(entry));
      } else if (arguments_.partitions.empty() ? IsRefusedByHazards(entry) : !IsAtRest(entry)) {
        RunOutcome outcome = Planned(entry);
        outcome.status = Refusal(entry);
        outcome.is_refused = true;
        report_.outcomes.push_back(std::move(outcome));
      }
    }
    return Status::Ok();
  }

 private:
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
  const archive::RunOptions options_;
  ProgressLine& line_;
  RunReport& report_;
  std::vector<archive::PlanEntry> entries_;
  std::set<std::int64_t> handled_;
  const archive::RunContext run_;
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
  PGATTIC_ASSIGN_OR_RETURN(const auto store, service::OpenStore(invocation.config));
  std::set<std::string> matched;
  for (const OpenSource& source : sources) {
    SourceRun run(invocation, arguments, session, source, *store, line, on_progress, report);
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

RunReport RunArchives(const Invocation& invocation, const ArchiveArguments& arguments, bool quiet) {
  RunReport report;
  ProgressLine line(quiet);
  report.failure = RunAll(invocation, arguments, line, report);
  return report;
}

int ExitCodeOf(const RunReport& report) {
  int code = report.failure.ok() ? kDone : TraitsOf(report.failure.code()).exit_code;
  for (const RunOutcome& outcome : report.outcomes) {
    if (outcome.status.ok()) continue;
    const int own = TraitsOf(outcome.status.code()).exit_code;
    if (code == kDone || (code == kTryLater && own != kTryLater)) code = own;
  }
  return code;
}

}  // namespace pgattic::app
