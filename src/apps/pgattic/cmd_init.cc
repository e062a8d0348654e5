#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app.h"
#include "catalog/journal_schema.h"
#include "grants.h"
#include "store/probe.h"

namespace pgattic::app {
namespace {

/// SQLSTATEs of a schema pgattic that is not ours, or that may not be made: no privilege, a
/// table that is there, or is of another shape.
bool IsForeignSchema(const Error& error) {
  static constexpr std::array kStates = {"42501", "42P07", "42703", "42P01", "42809", "22P02"};
  return error.origin.system == "postgresql" &&
         std::find(kStates.begin(), kStates.end(), error.origin.code) != kStates.end();
}

Status Install(const Invocation& invocation, const Session& session) {
  const auto& sources = invocation.config.sources;
  const bool allow_publications =
      std::any_of(sources.begin(), sources.end(),
                  [](const archive::SourceOptions& source) { return source.allow_publications; });
  Status status = catalog::InstallJournal(invocation.ctx, *session.connection, allow_publications);
  if (status.ok() || !IsForeignSchema(status.error())) return status;
  Error error = status.error();
  error.message +=
      "; nothing was changed. The schema pgattic has to belong to the role that runs pgattic: "
      "GRANT CREATE ON DATABASE to it once, or, where somebody else's schema has that name, "
      "ALTER SCHEMA pgattic RENAME or OWNER TO";
  return Status(std::move(error));
}

Status Init(const Invocation& invocation) {
  PGATTIC_ASSIGN_OR_RETURN(const Session session, Session::Open(invocation, false));
  PGATTIC_RETURN_IF_ERROR(Install(invocation, session));
  if (invocation.config.archive_url.empty()) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const OpenStores stores, OpenStores::Open(invocation));
  PGATTIC_RETURN_IF_ERROR(store::ProbeConditions(invocation.ctx, *stores.archive, ""));
  if (!stores.copy) return Status::Ok();
  return store::ProbeConditions(invocation.ctx, *stores.copy, "").While("probing copy.url");
}

}  // namespace

int RunInit(const Invocation& invocation) {
  Status status = Init(invocation);
  if (!status.ok()) return Report(status, invocation.json);
  if (invocation.json) {
    PrintJson({{"schema_version", catalog::kJournalVersion}, {"grants", kGrants}});
  } else {
    std::printf("Schema pgattic is at version %d.\n%s", catalog::kJournalVersion, kGrants);
  }
  return kDone;
}

}  // namespace pgattic::app
