#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "app.h"
#include "archive/erase_step.h"
#include "catalog/erasures.h"
#include "catalog/id_text.h"
#include "ids_where.h"
#include "progress.h"
#include "runner.h"
#include "service/readers.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

/// What one run of erase did, or would do. A plain value.
struct Erased {
  std::string source;
  std::size_t ids = 0;
  std::optional<FoundIds> found;  ///< With --where.
  bool is_dry = false;
  archive::EraseReport report;
  std::int64_t open_requests = 0;
};

/// The ids as PostgreSQL writes them, each once.
Result<std::vector<std::string>> CanonicalIds(const EraseArguments& arguments,
                                              const catalog::SourceTable& source) {
  std::vector<std::string> typed = arguments.ids;
  if (!arguments.ids_file.empty()) {
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> of_file, ReadIds(arguments.ids_file));
    typed.insert(typed.end(), of_file.begin(), of_file.end());
  }
  std::set<std::string> ids;
  for (const std::string& id : typed) {
    const std::optional<std::string> canonical = catalog::CanonicalId(source.id_kind, id);
    if (!canonical || id.empty()) {
      return {Code::kInvalidArgument, "no row of " + source.id.Name() + " can have the id '" + id +
                                          "'; nothing was changed"};
    }
    ids.insert(*canonical);
  }
  if (ids.empty()) {
    return {Code::kInvalidArgument, "name the ids to erase, or a file of them with --ids-file"};
  }
  return std::vector<std::string>(ids.begin(), ids.end());
}

Status CheckWhere(const EraseArguments& arguments) {
  if (arguments.where.empty() || (arguments.ids.empty() && arguments.ids_file.empty())) {
    return Status::Ok();
  }
  return {Code::kInvalidArgument, "write --where or ids, not both; nothing was changed"};
}

/// What a condition found, before anything is done about it.
void Print(const FoundIds& found) {
  std::printf("%s ids are meant: %s of rows in partitions, %s of rows in parts.\n",
              HumanCount(static_cast<std::int64_t>(found.ids.size())).c_str(),
              HumanCount(static_cast<std::int64_t>(found.live)).c_str(),
              HumanCount(static_cast<std::int64_t>(found.archived)).c_str());
  for (const std::string& id : found.ids) std::printf("  %s\n", id.c_str());
  static_cast<void>(std::fflush(stdout));
}

/// The ids that were typed, or those that the condition finds.
Result<std::vector<std::string>> MeantIds(const Invocation& invocation,
                                          const EraseArguments& arguments, Session& session,
                                          const OpenSource& source, Erased& erased) {
  if (arguments.where.empty()) return CanonicalIds(arguments, source.table);
  PGATTIC_ASSIGN_OR_RETURN(
      erased.found, FindIdsWhere(invocation, session, source, arguments.where, arguments.max_ids));
  if (!invocation.json) Print(*erased.found);
  return std::vector<std::string>(erased.found->ids.begin(), erased.found->ids.end());
}

Status EraseIds(const Invocation& invocation, const EraseArguments& arguments,
                const archive::OnProgress& on_progress, Erased& erased) {
  PGATTIC_RETURN_IF_ERROR(CheckWhere(arguments));
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const OpenSource* source, ChooseSource(sources, arguments.source));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                           MeantIds(invocation, arguments, session, *source, erased));
  erased.source = source->table.id.Name();
  erased.ids = ids.size();
  erased.is_dry = arguments.dry_run || (erased.found && !arguments.yes);
  PGATTIC_ASSIGN_OR_RETURN(const OpenStores stores, OpenStores::Open(invocation));
  PGATTIC_ASSIGN_OR_RETURN(const auto cache, service::OpenSharedCache(invocation.config));
  const archive::RunContext run =
      RunContextOf(invocation, session, *source, stores, invocation.config.run, on_progress);
  if (ids.empty()) {
    erased.is_dry = true;
  } else if (erased.is_dry) {
    PGATTIC_ASSIGN_OR_RETURN(erased.report, archive::PlanErasure(run, ids));
  } else {
    erased.report = archive::Erase(run, ids, cache.get());
    KeepDefinition(run, invocation.config);
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const auto requests,
      catalog::ListErasures(invocation.ctx, *session.connection, source->table.id));
  erased.open_requests = std::count_if(
      requests.begin(), requests.end(),
      [](const catalog::ErasureRequest& request) { return request.finished_at.empty(); });
  return Status::Ok();
}

Json ToJson(const Erased& erased) {
  Json archives = Json::array();
  std::int64_t rows = 0;
  for (const archive::ErasedArchive& one : erased.report.archives) {
    rows += one.rows;
    archives.push_back({{"partition", one.partition},
                        {"phase", model::PhaseName(one.phase)},
                        {"parts", one.parts},
                        {"rows", one.rows},
                        {"table_rows", one.table_rows},
                        {"rolled_back", one.is_rolled_back},
                        {"error", one.status.ok() ? Json(nullptr) : Json(one.status.ToString())}});
  }
  Json body = {{"source", erased.source},
               {"ids", erased.ids},
               {"dry_run", erased.is_dry},
               {"table_rows", erased.report.table_rows},
               {"archived_rows", rows},
               {"archives", archives},
               {"open_requests", erased.open_requests}};
  if (erased.found) body["found"] = erased.found->ids;
  return body;
}

void Print(const Erased& erased) {
  const char* would = erased.is_dry ? "would be " : "";
  std::printf("%s: %s ids; %s rows of partitions %sdeleted.\n", erased.source.c_str(),
              HumanCount(static_cast<std::int64_t>(erased.ids)).c_str(),
              HumanCount(erased.report.table_rows).c_str(), would);
  for (const archive::ErasedArchive& one : erased.report.archives) {
    std::printf("%s: %s rows %sleft out of %s parts", one.partition.c_str(),
                HumanCount(one.rows).c_str(), would, HumanCount(one.parts).c_str());
    if (one.table_rows > 0) {
      std::printf(", %s of the table that stands aside %sdeleted",
                  HumanCount(one.table_rows).c_str(), would);
    }
    if (one.is_rolled_back) std::printf("; its export %sbegun anew", would);
    std::printf("%s%s\n", one.status.ok() ? "" : "; FAILED: ",
                one.status.ok() ? "" : one.status.ToString().c_str());
  }
  if (erased.is_dry) std::printf("A dry run: nothing was changed.\n");
  if (erased.open_requests > 0) {
    std::printf("%s requests are not done: erase the same ids again, and they go on.\n",
                HumanCount(erased.open_requests).c_str());
  }
}

/// The worst of what failed; a failure beats a deferral.
int ExitCodeOf(const archive::EraseReport& report) {
  int code = report.failure.ok() ? kDone : TraitsOf(report.failure.code()).exit_code;
  for (const archive::ErasedArchive& one : report.archives) {
    if (one.status.ok()) continue;
    const int own = TraitsOf(one.status.code()).exit_code;
    if (code == kDone || (code == kTryLater && own != kTryLater)) code = own;
  }
  return code;
}

/// What keeps a run that did as it was asked from being done.
Status Unconfirmed(const EraseArguments& arguments, const Erased& erased) {
  const bool is_asked = !erased.found || erased.found->ids.empty() || arguments.yes;
  if (is_asked || arguments.dry_run) return Status::Ok();
  return {
      Code::kInvalidArgument,
      "nothing was erased: look at the ids, then add --yes. Rows that match by then are erased"};
}

}  // namespace

int RunErase(const Invocation& invocation, const EraseArguments& arguments) {
  Erased erased;
  Status status;
  {
    ProgressLine line(invocation.json);
    const archive::OnProgress on_progress = [&line](const archive::Progress& progress) {
      line.Show(progress);
    };
    status = EraseIds(invocation, arguments, on_progress, erased);
  }
  if (!status.ok()) return Report(status, invocation.json);
  const Status unconfirmed = Unconfirmed(arguments, erased);
  const Status& failure = unconfirmed.ok() ? erased.report.failure : unconfirmed;
  if (invocation.json) {
    Json body = ToJson(erased);
    if (!failure.ok()) body["error"] = failure.ToString();
    PrintJson(body);
  } else {
    Print(erased);
  }
  if (!failure.ok()) std::fprintf(stderr, "pgattic: %s\n", failure.ToString().c_str());
  return unconfirmed.ok() ? ExitCodeOf(erased.report) : kUsage;
}

}  // namespace pgattic::app
