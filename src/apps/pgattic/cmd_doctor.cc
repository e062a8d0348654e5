// Everything that a run needs, looked at one by one; nothing is changed.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app.h"
#include "base/failpoint.h"
#include "catalog/checkup.h"
#include "catalog/journal_schema.h"
#include "grants.h"
#include "service/stores.h"
#include "store/probe.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

/// What was looked at, whether it is well, and the remedy where not. A plain value.
struct Check {
  std::string what;
  bool ok = false;
  std::string remedy;
};

// S3 refuses requests that are 15 minutes off; PostgreSQL's clock decides when a grace ends.
constexpr std::chrono::seconds kMostSkew{60};

Check FromStatus(const std::string& what, const Status& status) {
  return {what, status.ok(), status.ok() ? "" : status.ToString()};
}

Status CheckClock(const Invocation& invocation, Session& session, std::vector<Check>& checks) {
  const WallTime before = invocation.ctx.clock().WallNow();
  PGATTIC_ASSIGN_OR_RETURN(const WallTime server,
                           catalog::ServerTime(invocation.ctx, *session.connection));
  const WallTime after = invocation.ctx.clock().WallNow();
  const auto skew = server < before  ? before - server
                    : server > after ? server - after
                                     : WallTime::duration(0);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(skew);
  checks.push_back({"the clocks of this machine and of PostgreSQL differ by " +
                        std::to_string(seconds.count()) + " s",
                    seconds <= kMostSkew, "set them by NTP: ages and graces are told by them"});
  return Status::Ok();
}

Status CheckSources(const Invocation& invocation, Session& session, std::vector<Check>& checks) {
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  for (const OpenSource& source : sources) {
    checks.push_back(
        {"source " + source.table.id.Name() + ", owned by " + source.table.owner, true, ""});
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::Privilege> privileges,
                             catalog::CheckPrivileges(invocation.ctx, *session.connection,
                                                      source.table, source.options->is_games));
    for (const catalog::Privilege& privilege : privileges) {
      checks.push_back({privilege.what, privilege.held, privilege.grant});
    }
  }
  return Status::Ok();
}

/// A wrong clock of this machine is seen here too: S3 refuses such requests.
Check CheckStore(const Invocation& invocation) {
  auto store = service::OpenStore(invocation.config);
  if (!store.ok()) return FromStatus("the store", store.status());
  return FromStatus((*store)->Describe() +
                        " takes, gives back and deletes objects, and honours "
                        "conditional writes",
                    store::ProbeConditions(invocation.ctx, **store, ""));
}

std::vector<Check> Examine(const Invocation& invocation) {
  std::vector<Check> checks;
  Result<Session> session = Session::Open(invocation, false);
  if (!session.ok()) {
    checks.push_back(FromStatus("the connection to PostgreSQL", session.status()));
    checks.push_back(CheckStore(invocation));
    return checks;
  }
  checks.push_back({"PostgreSQL " + std::to_string(session->connection->server_version() / 10000) +
                        ", system " + session->server.system_identifier + ", timeline " +
                        std::to_string(session->server.timeline),
                    true, ""});
  checks.push_back(FromStatus("schema pgattic, version " + std::to_string(catalog::kJournalVersion),
                              catalog::CheckJournal(invocation.ctx, *session->connection)));
  if (Status clock = CheckClock(invocation, *session, checks); !clock.ok()) {
    checks.push_back(FromStatus("PostgreSQL's clock", clock));
  }
  if (Status sources = CheckSources(invocation, *session, checks); !sources.ok()) {
    checks.push_back(FromStatus("the sources", sources));
  }
  checks.push_back(CheckStore(invocation));
  return checks;
}

int ListFailpoints() {
  if (!failpoint::IsBuiltIn()) {
    std::fprintf(stderr, "pgattic: this program was built without failpoints\n");
    return kFailed;
  }
  for (const std::string_view name : failpoint::All()) {
    std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
  }
  return kDone;
}

}  // namespace

int RunDoctor(const Invocation& invocation, bool list_failpoints) {
  if (list_failpoints) return ListFailpoints();
  bool all_well = true;
  Json list = Json::array();
  for (const Check& check : Examine(invocation)) {
    all_well = all_well && check.ok;
    list.push_back({{"check", check.what},
                    {"ok", check.ok},
                    {"remedy", check.ok ? Json(nullptr) : Json(check.remedy)}});
    if (invocation.json) continue;
    std::printf("%s  %s%s\n", check.ok ? "ok    " : "FAILED", check.what.c_str(),
                check.ok ? "" : ("\n        " + check.remedy).c_str());
  }
  if (invocation.json) {
    PrintJson({{"checks", list}, {"ok", all_well}});
  } else {
    std::printf("\n%s", kGrants);
  }
  return all_well ? kDone : kFailed;
}

}  // namespace pgattic::app
