#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "app.h"
#include "archive/rebuild_step.h"
#include "archive/reconcile_step.h"
#include "runner.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;
using archive::Rebuilt;
using archive::Reconciled;

/// What one source's archives were found to be.
template <typename T>
struct OfSource {
  std::string source;
  T found;
};

/// Calls `work` with the run context of each source in turn.
template <typename Work>
Status ForEachSource(const Invocation& invocation, const Work& work) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<OpenSource> sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const OpenStores stores, OpenStores::Open(invocation));
  const archive::OnProgress on_progress;
  for (const OpenSource& source : sources) {
    const archive::RunContext run =
        RunContextOf(invocation, session, source, stores, invocation.config.run, on_progress);
    PGATTIC_RETURN_IF_ERROR(work(run));
  }
  return Status::Ok();
}

/// Every archive of the journal, then the partitions of which it knows none.
Status ReconcileSource(const archive::RunContext& run, bool repair,
                       std::vector<OfSource<Reconciled>>& all) {
  PGATTIC_ASSIGN_OR_RETURN(const auto records, run.journal.List(run.ctx));
  PGATTIC_ASSIGN_OR_RETURN(const auto partitions,
                           catalog::ListPartitions(run.ctx, run.connection, run.source));
  const std::string source = run.source.id.Name();
  std::set<std::uint32_t> known;
  for (const catalog::ArchiveRecord& record : records) {
    if (!(record.source == run.source.id)) continue;
    PGATTIC_RETURN_IF_ERROR(run.ctx.Check());
    std::optional<catalog::Partition> attached;
    for (const catalog::Partition& partition : partitions) {
      if (!(partition.bounds == record.bounds)) continue;
      attached = partition;
      known.insert(partition.oid);
    }
    if (auto found = archive::Reconcile(run, &record, attached, repair)) {
      all.push_back({source, std::move(*found)});
    }
  }
  for (const catalog::Partition& partition : partitions) {
    if (known.contains(partition.oid) || !partition.unsupported_bounds.empty()) continue;
    PGATTIC_RETURN_IF_ERROR(run.ctx.Check());
    if (auto found = archive::Reconcile(run, nullptr, partition, repair)) {
      all.push_back({source, std::move(*found)});
    }
  }
  return Status::Ok();
}

std::string StateOf(const Reconciled& found) {
  if (!found.status.ok()) return "failed";
  if (found.is_repaired) return "repaired";
  return found.differences.empty() ? "same" : "differs";
}

Json ToJson(const OfSource<Reconciled>& one) {
  Json differences = Json::array();
  for (const archive::Difference& difference : one.found.differences) {
    differences.push_back({{"what", difference.what}, {"repair", difference.repair}});
  }
  const Status& status = one.found.status;
  return {{"source", one.source},
          {"partition", one.found.partition},
          {"phase", one.found.phase.empty() ? Json(nullptr) : Json(one.found.phase)},
          {"state", StateOf(one.found)},
          {"differences", differences},
          {"error", status.ok() ? Json(nullptr) : Json(status.ToString())}};
}

void Print(const std::vector<OfSource<Reconciled>>& all, bool repair) {
  bool any = false;
  for (const OfSource<Reconciled>& one : all) {
    const std::string state = StateOf(one.found);
    if (state == "same") continue;
    any = any || state == "differs";
    std::printf("%s of %s: %s\n", one.found.partition.c_str(), one.source.c_str(), state.c_str());
    for (const archive::Difference& difference : one.found.differences) {
      std::printf("  %s\n    %s: %s\n", difference.what.c_str(),
                  one.found.is_repaired ? "done" : "repair", difference.repair.c_str());
    }
    if (!one.found.status.ok()) {
      std::fprintf(stderr, "failed: %s: %s\n", one.found.partition.c_str(),
                   one.found.status.ToString().c_str());
    }
  }
  if (all.empty()) std::printf("Nothing is archived.\n");
  if (any && !repair) std::printf("Nothing was changed. `pgattic reconcile --repair` does it.\n");
}

Json ToJson(const OfSource<Rebuilt>& one) {
  const Status& status = one.found.status;
  return {{"source", one.source},
          {"partition", one.found.partition},
          {"key", one.found.key},
          {"phase", one.found.phase.empty() ? Json(nullptr) : Json(one.found.phase)},
          {"parts", one.found.parts},
          {"rows", one.found.rows},
          {"erased", one.found.erased},
          {"state", !status.ok()        ? "failed"
                    : one.found.is_made ? "rebuilt"
                                        : "same"},
          {"error", status.ok() ? Json(nullptr) : Json(status.ToString())}};
}

void Print(const std::vector<OfSource<Rebuilt>>& all) {
  TextTable table(
      {{"partition"}, {"phase"}, {"rows", Align::kRight}, {"parts", Align::kRight}, {"journal"}});
  std::int64_t erased = 0;
  for (const OfSource<Rebuilt>& one : all) {
    const Rebuilt& found = one.found;
    if (found.is_made) erased += found.erased;
    table.Add({found.partition.empty() ? found.key : found.partition, found.phase,
               HumanCount(found.rows), std::to_string(found.parts),
               !found.status.ok() ? "failed"
               : found.is_made    ? "made"
                                  : "had it"});
    if (!found.status.ok()) {
      std::fprintf(stderr, "failed: %s: %s\n", found.key.c_str(), found.status.ToString().c_str());
    }
  }
  if (all.empty()) {
    std::printf("The bucket holds no archive of a configured source.\n");
    return;
  }
  std::printf("%s", table.ToString().c_str());
  if (erased == 0) return;
  std::printf(
      "The metadata names %s erased ids, by hashes that only their key (pgattic.secret) makes "
      "known.\nWhere that was lost with the journal, put it back from a backup of the database, or "
      "erase the\nids again: until then rows of theirs are archived and restored as any other.\n",
      HumanCount(erased).c_str());
}

}  // namespace

int RunReconcile(const Invocation& invocation, bool repair) {
  std::vector<OfSource<Reconciled>> all;
  Status status = ForEachSource(invocation, [&](const archive::RunContext& run) -> Status {
    PGATTIC_RETURN_IF_ERROR(ReconcileSource(run, repair, all));
    if (repair) KeepDefinition(run, invocation.config);
    return Status::Ok();
  });
  if (!status.ok()) return Report(status, invocation.json);
  int code = kDone;
  Json list = Json::array();
  for (const OfSource<Reconciled>& one : all) {
    const std::string state = StateOf(one.found);
    if (state == "differs") code = kFailed;
    if (state == "failed" && code == kDone) code = TraitsOf(one.found.status.code()).exit_code;
    list.push_back(ToJson(one));
  }
  if (invocation.json) {
    PrintJson({{"archives", list}});
  } else {
    Print(all, repair);
  }
  return code;
}

int RunRebuild(const Invocation& invocation) {
  std::vector<OfSource<Rebuilt>> all;
  Status status = ForEachSource(invocation, [&](const archive::RunContext& run) -> Status {
    PGATTIC_ASSIGN_OR_RETURN(std::vector<Rebuilt> found, archive::Rebuild(run));
    for (Rebuilt& one : found) all.push_back({run.source.id.Name(), std::move(one)});
    KeepDefinition(run, invocation.config);
    return Status::Ok();
  });
  if (!status.ok()) return Report(status, invocation.json);
  int code = kDone;
  Json list = Json::array();
  for (const OfSource<Rebuilt>& one : all) {
    if (!one.found.status.ok()) code = TraitsOf(one.found.status.code()).exit_code;
    list.push_back(ToJson(one));
  }
  if (invocation.json) {
    PrintJson({{"archives", list}});
  } else {
    Print(all);
  }
  return code;
}

}  // namespace pgattic::app
