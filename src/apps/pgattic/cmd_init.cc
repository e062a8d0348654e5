#include <algorithm>
#include <cstdio>

#include "app.h"
#include "base/failpoint.h"
#include "catalog/journal_schema.h"
#include "service/stores.h"
#include "store/probe.h"

namespace pgattic::app {
namespace {

constexpr const char* kGrants =
    "Least grants for the role that runs pgattic:\n"
    "  membership in the role that owns the source   (GRANT owner TO pgattic)\n"
    "  CREATE on the schema of the source, for the owner (late partitions)\n"
    "  profile games: SELECT, UPDATE (migration_status) ON games\n"
    "Least permissions on the bucket: PutObject, GetObject, DeleteObject,\n"
    "AbortMultipartUpload. Let a lifecycle rule delete incomplete uploads after 7 days:\n"
    "  {\"Rules\":[{\"ID\":\"pgattic\",\"Status\":\"Enabled\",\"Filter\":{\"Prefix\":\"\"},\n"
    "    \"AbortIncompleteMultipartUpload\":{\"DaysAfterInitiation\":7}}]}\n";

Status Init(const Invocation& invocation) {
  PGATTIC_ASSIGN_OR_RETURN(const Session session, Session::Open(invocation, false));
  const auto& sources = invocation.config.sources;
  const bool allow_publications =
      std::any_of(sources.begin(), sources.end(),
                  [](const archive::SourceOptions& source) { return source.allow_publications; });
  PGATTIC_RETURN_IF_ERROR(
      catalog::InstallJournal(invocation.ctx, *session.connection, allow_publications));
  if (invocation.config.archive_url.empty()) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const auto store, service::OpenStore(invocation.config));
  return store::ProbeConditions(invocation.ctx, *store, "");
}

Status Doctor(const Invocation& invocation) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  std::printf(
      "ok  PostgreSQL %d, system %s, timeline %lld\n", session.connection->server_version() / 10000,
      session.server.system_identifier.c_str(), static_cast<long long>(session.server.timeline));
  std::printf("ok  schema pgattic, version %d\n", catalog::kJournalVersion);
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  for (const OpenSource& source : sources) {
    std::printf("ok  source %s, owned by %s\n", source.table.id.Name().c_str(),
                source.table.owner.c_str());
  }
  PGATTIC_ASSIGN_OR_RETURN(const auto store, service::OpenStore(invocation.config));
  PGATTIC_RETURN_IF_ERROR(store::ProbeConditions(invocation.ctx, *store, ""));
  std::printf("ok  %s honours conditional writes\n", store->Describe().c_str());
  return Status::Ok();
}

}  // namespace

int RunInit(const Invocation& invocation) {
  Status status = Init(invocation);
  if (!status.ok()) return Report(status, invocation.json);
  if (invocation.json) {
    std::printf("{\"schema_version\": %d}\n", catalog::kJournalVersion);
  } else {
    std::printf("Schema pgattic is at version %d.\n%s", catalog::kJournalVersion, kGrants);
  }
  return kDone;
}

int RunDoctor(const Invocation& invocation, bool list_failpoints) {
  if (list_failpoints) {
    if (!failpoint::IsBuiltIn()) {
      std::fprintf(stderr, "pgattic: this program was built without failpoints\n");
      return kFailed;
    }
    for (const std::string_view name : failpoint::All()) {
      std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
    }
    return kDone;
  }
  Status status = Doctor(invocation);
  return status.ok() ? kDone : Report(status, invocation.json);
}

}  // namespace pgattic::app
