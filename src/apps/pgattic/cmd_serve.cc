#include <cstdio>

#include "app.h"
#include "base/log.h"
#include "runner.h"
#include "service/server.h"

namespace pgattic::app {
namespace {

/// What `pgattic archive` does, for the scheduler.
service::JobEnd ArchiveOnce(Invocation invocation, const OpContext& ctx) {
  invocation.ctx = ctx;
  const RunReport report = RunArchives(invocation, {}, true);
  return {StateOf(report), SummaryOf(report)};
}

Status Serve(const Invocation& invocation) {
  // Before PostgreSQL is asked: a wrong configuration is said so even while it is down.
  PGATTIC_RETURN_IF_ERROR(service::Server::Check(invocation.config));
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto opened, OpenSources(invocation, session));
  std::vector<service::ServedSource> sources;
  for (const OpenSource& source : opened) sources.push_back({*source.options, source.table});
  session.connection.reset();
  // The log of who asked for what is a service's result.
  log::SetLevel(log::Level::kInfo);
  PGATTIC_ASSIGN_OR_RETURN(const auto server,
                           service::Server::Start(invocation.config, session.connect, sources,
                                                  [&invocation](const OpContext& ctx) {
                                                    return ArchiveOnce(invocation, ctx);
                                                  }));
  std::printf("pgattic listens on %s\n", server->url().c_str());
  std::fflush(stdout);
  return server->Run(invocation.ctx.stop());
}

}  // namespace

int RunServe(const Invocation& invocation) {
  Status status = Serve(invocation);
  return status.ok() ? kDone : Report(status, invocation.json);
}

}  // namespace pgattic::app
