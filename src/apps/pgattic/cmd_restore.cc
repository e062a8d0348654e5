#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app.h"
#include "archive/restore_ids.h"
#include "archive/restore_step.h"
#include "catalog/id_text.h"
#include "progress.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

/// What a restore left. A plain value.
struct Restored {
  catalog::ArchiveRecord record;
  pg::QualifiedName table;
  std::int64_t rows = 0;
  std::vector<std::string> absent;
};

/// In the one spelling of the source's ids.
Result<std::vector<std::string>> CanonicalIds(const std::string& file, catalog::IdKind kind) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<std::string> ids, ReadIds(file));
  for (std::string& typed : ids) {
    std::optional<std::string> id = catalog::CanonicalId(kind, typed);
    if (!id) {
      return {Code::kInvalidArgument,
              "'" + typed + "' in " + file + " is no value of the id column; nothing was changed"};
    }
    typed = std::move(*id);
  }
  return ids;
}

pg::QualifiedName TableOf(const std::string& typed, const std::string& default_schema) {
  const std::size_t dot = typed.find('.');
  if (dot == typed.npos) return {default_schema, typed};
  return {typed.substr(0, dot), typed.substr(dot + 1)};
}

Status RestoreWhole(const archive::RunContext& run, Restored& restored) {
  PGATTIC_ASSIGN_OR_RETURN(const bool leads, run.journal.TryLead(run.ctx, restored.record.id));
  if (!leads) {
    return {Code::kDeferred,
            "another pgattic is at work on " + restored.record.partition + "; nothing was changed"};
  }
  PGATTIC_ASSIGN_OR_RETURN(restored.record, run.journal.Load(run.ctx, restored.record.id));
  PGATTIC_RETURN_IF_ERROR(archive::Restore(run, restored.record));
  PGATTIC_ASSIGN_OR_RETURN(restored.record, run.journal.Load(run.ctx, restored.record.id));
  restored.table = restored.record.relation.name;
  PGATTIC_ASSIGN_OR_RETURN(restored.rows,
                           catalog::CountRows(run.ctx, run.connection, restored.record.relation));
  return Status::Ok();
}

Result<Restored> RestoreOne(const Invocation& invocation, const RestoreArguments& arguments) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const OpenStores stores, OpenStores::Open(invocation));
  Restored restored;
  PGATTIC_ASSIGN_OR_RETURN(restored.record, FindArchive(invocation, session, arguments.partition));
  PGATTIC_ASSIGN_OR_RETURN(const OpenSource* source, SourceOf(sources, restored.record));
  ProgressLine line(invocation.json);
  const archive::OnProgress on_progress = [&line](const archive::Progress& progress) {
    line.Show(progress);
  };
  const archive::RunContext run =
      RunContextOf(invocation, session, *source, stores, invocation.config.run, on_progress);
  if (arguments.ids_file.empty()) {
    PGATTIC_RETURN_IF_ERROR(RestoreWhole(run, restored));
    return restored;
  }
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                           CanonicalIds(arguments.ids_file, source->table.id_kind));
  restored.table = TableOf(arguments.into, restored.record.source.schema);
  PGATTIC_ASSIGN_OR_RETURN(archive::LoadedIds loaded,
                           archive::RestoreIds(run, restored.record, ids, restored.table));
  restored.rows = loaded.rows;
  restored.absent = std::move(loaded.absent);
  return restored;
}

void PrintDone(const Restored& restored, bool is_whole) {
  Json body = {{"source", restored.record.source.Name()},
               {"partition", restored.record.partition},
               {"phase", model::PhaseName(restored.record.state.phase)},
               {"table", restored.table.Plain()},
               {"rows", restored.rows}};
  if (!is_whole) body["absent"] = restored.absent;
  PrintJson(body);
}

void PrintText(const Restored& restored, bool is_whole) {
  const std::string rows = HumanCount(restored.rows) + " rows";
  if (!is_whole) {
    std::printf("%s of %s are in %s. The archive and the live table are as before.\n", rows.c_str(),
                restored.record.partition.c_str(), restored.table.Plain().c_str());
    for (const std::string& id : restored.absent) std::fprintf(stderr, "absent: %s\n", id.c_str());
    return;
  }
  std::printf(
      "%s is a partition of %s again, with %s, late ones inside; statuses are as before.\n"
      "Its objects are kept until it is archived again, which `pgattic archive` does only when it "
      "is named: --partition %s. `pgattic rollback %s` deletes them now.\n",
      restored.table.Plain().c_str(), restored.record.source.Name().c_str(), rows.c_str(),
      restored.record.partition.c_str(), restored.record.partition.c_str());
}

}  // namespace

int RunRestore(const Invocation& invocation, const RestoreArguments& arguments) {
  if (arguments.ids_file.empty() != arguments.into.empty()) {
    return Report(Status(Code::kInvalidArgument,
                         "--ids FILE and --into TABLE belong together; nothing was changed"),
                  invocation.json);
  }
  const bool is_whole = arguments.ids_file.empty();
  const Result<Restored> restored = RestoreOne(invocation, arguments);
  if (!restored.ok()) return Report(restored.status(), invocation.json);
  invocation.json ? PrintDone(*restored, is_whole) : PrintText(*restored, is_whole);
  return restored->absent.empty() ? kDone : kFailed;
}

}  // namespace pgattic::app
