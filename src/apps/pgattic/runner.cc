#include "runner.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <set>

#include "service/stores.h"

namespace pgattic::app {

struct ProgressLine::Impl {
  std::mutex mutex;
  bool quiet = false;
  bool terminal = false;
  std::string shown_step;
  std::chrono::steady_clock::time_point started;
  std::chrono::steady_clock::time_point printed;
};

ProgressLine::ProgressLine(bool quiet) : impl_(std::make_unique<Impl>()) {
  impl_->quiet = quiet;
  impl_->terminal = isatty(STDERR_FILENO) != 0;
}

ProgressLine::~ProgressLine() { Clear(); }

void ProgressLine::Clear() {
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->terminal && !impl_->quiet) std::fprintf(stderr, "\r\033[K");
}

void ProgressLine::Show(const archive::Progress& p) {
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->quiet) return;
  const auto now = std::chrono::steady_clock::now();
  const std::string step = p.partition + " " + p.step;
  const bool is_new = step != impl_->shown_step;
  if (is_new) {
    impl_->shown_step = step;
    impl_->started = now;
    if (!impl_->terminal) std::fprintf(stderr, "%s: %s\n", p.partition.c_str(), p.step.c_str());
  }
  if (!impl_->terminal || (!is_new && now - impl_->printed < std::chrono::milliseconds(100))) {
    return;
  }
  impl_->printed = now;
  const double seconds = std::chrono::duration<double>(now - impl_->started).count();
  const double rate = seconds > 0 ? static_cast<double>(p.rows_done) / seconds : 0;
  std::string eta;
  if (p.rows_total > p.rows_done && rate > 0) {
    eta = ", ETA " +
          std::to_string(static_cast<int>(static_cast<double>(p.rows_total - p.rows_done) / rate)) +
          " s";
  }
  std::fprintf(stderr, "\r\033[K%s: %s, %s rows, %.0f rows/s, %.1f MB/s%s", p.partition.c_str(),
               p.step.c_str(), HumanCount(p.rows_done).c_str(), rate,
               seconds > 0 ? static_cast<double>(p.bytes_done) / 1e6 / seconds : 0.0, eta.c_str());
}

namespace {

using catalog::ArchiveRecord;

/// One source's share of a run.
class SourceRun {
 public:
  SourceRun(const Invocation& invocation, const ArchiveArguments& arguments, Session& session,
            const OpenSource& source, store::ObjectStore& store,
            const archive::OnProgress& on_progress, RunReport& report)
      : arguments_(arguments),
        options_(OptionsOf(invocation, arguments)),
        report_(report),
        run_{invocation.ctx,  session.connect, *session.connection, *session.journal, store,
             *source.options, source.table,    session.server,      options_,         on_progress} {
  }

  Status Run(std::set<std::string>& matched) {
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<archive::PlanEntry> entries,
                             archive::PlanSource({run_.ctx, run_.connection, &run_.journal,
                                                  run_.source, run_.source_options}));
    PGATTIC_RETURN_IF_ERROR(ResumeUnderWay(matched));
    for (const archive::PlanEntry& entry : entries) {
      const std::string& name = entry.partition.name.name;
      // Late rows are asked for by the name of their month as well.
      const bool is_late = entry.eligible && entry.record && IsAsked(entry.record->partition);
      if ((!IsAsked(name) && !is_late) || Done(entry)) continue;
      matched.insert(name);
      if (!entry.eligible) {
        PGATTIC_RETURN_IF_ERROR(ReportIneligible(entry));
        continue;
      }
      PGATTIC_RETURN_IF_ERROR(Archive(entry));
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

  bool IsAsked(const std::string& partition) const {
    return arguments_.partitions.empty() ||
           std::find(arguments_.partitions.begin(), arguments_.partitions.end(), partition) !=
               arguments_.partitions.end();
  }

  bool Done(const archive::PlanEntry& entry) const {
    return entry.record && handled_.contains(entry.record->id);
  }

  /// Archives that began before this run, whether or not their partition is still attached.
  Status ResumeUnderWay(std::set<std::string>& matched) {
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<ArchiveRecord> records, run_.journal.List(run_.ctx));
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::int64_t> untidy, run_.journal.Untidy(run_.ctx));
    for (const ArchiveRecord& record : records) {
      if (!(record.source == run_.source.id) || !IsAsked(record.partition)) continue;
      if (record.state.phase == model::Phase::kPlanned && record.state.round == 1) continue;
      matched.insert(record.partition);
      const bool is_tidy = std::find(untidy.begin(), untidy.end(), record.id) == untidy.end();
      if (record.state.phase == model::Phase::kArchived && is_tidy) continue;
      handled_.insert(record.id);
      PGATTIC_RETURN_IF_ERROR(Advance(record));
    }
    return Status::Ok();
  }

  /// Only a partition that was asked for by name is told of; it is an error of the request.
  Status ReportIneligible(const archive::PlanEntry& entry) {
    if (arguments_.partitions.empty()) return Status::Ok();
    std::string reasons;
    for (const std::string& reason : entry.reasons) {
      reasons += (reasons.empty() ? "" : "; ") + reason;
    }
    return {Code::kFailedPrecondition, entry.partition.name.name + " cannot be archived: " +
                                           reasons + "; nothing was changed"};
  }

  Status Archive(const archive::PlanEntry& entry) {
    if (arguments_.dry_run) {
      archive::Outcome outcome;
      outcome.record.source = run_.source.id;
      outcome.record.partition = entry.partition.name.name;
      if (entry.record) outcome.record = *entry.record;
      report_.outcomes.push_back(std::move(outcome));
      return Status::Ok();
    }
    PGATTIC_ASSIGN_OR_RETURN(ArchiveRecord record, archive::Enrol(run_, entry));
    return Advance(std::move(record));
  }

  Status Advance(ArchiveRecord record) {
    std::optional<model::Phase> until;
    if (!arguments_.until.empty()) {
      PGATTIC_ASSIGN_OR_RETURN(until, model::PhaseFromName(arguments_.until));
    }
    if (arguments_.dry_run) {
      archive::Outcome outcome;
      outcome.record = std::move(record);
      report_.outcomes.push_back(std::move(outcome));
      return Status::Ok();
    }
    archive::Outcome outcome = archive::AdvanceArchive(run_, std::move(record), until);
    const bool lost = !run_.connection.usable();
    report_.outcomes.push_back(std::move(outcome));
    if (!lost) return run_.ctx.Check();
    return {Code::kUnavailable,
            "the connection to PostgreSQL was lost; the run ended. Run it again: it goes on "
            "where it stopped"};
  }

  const ArchiveArguments& arguments_;
  const archive::RunOptions options_;
  RunReport& report_;
  std::set<std::int64_t> handled_;
  const archive::RunContext run_;
};

Status RunAll(const Invocation& invocation, const ArchiveArguments& arguments,
              const archive::OnProgress& on_progress, RunReport& report) {
  if (!arguments.until.empty()) {
    PGATTIC_RETURN_IF_ERROR(model::PhaseFromName(arguments.until).status());
  }
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<OpenSource> sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const auto store, service::OpenStore(invocation.config));
  std::set<std::string> matched;
  for (const OpenSource& source : sources) {
    SourceRun run(invocation, arguments, session, source, *store, on_progress, report);
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
  const archive::OnProgress on_progress = [&line](const archive::Progress& progress) {
    line.Show(progress);
  };
  report.failure = RunAll(invocation, arguments, on_progress, report);
  return report;
}

int ExitCodeOf(const RunReport& report) {
  int code = report.failure.ok() ? kDone : TraitsOf(report.failure.code()).exit_code;
  for (const archive::Outcome& outcome : report.outcomes) {
    if (outcome.status.ok()) continue;
    const int own = TraitsOf(outcome.status.code()).exit_code;
    if (code == kDone || (code == kTryLater && own != kTryLater)) code = own;
  }
  return code;
}

}  // namespace pgattic::app
