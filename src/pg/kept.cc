// Statements that are prepared once a session: one at a time, or several in one round trip.
#include <libpq-fe.h>

#include <utility>

#include "base/hash.h"
#include "pg/session.h"

namespace pgattic::pg {
namespace {

// PostgreSQL, appendix A.
constexpr const char* kAlreadyPrepared = "42P05";
constexpr const char* kNotPrepared = "26000";
constexpr const char* kOtherColumns = "0A000";  // "cached plan must not change result type"

/// The same of the same statement in all sessions: behind a pooler one may meet what another has
/// prepared.
std::string NameOf(const std::string& sql) {
  constexpr std::size_t kDigits = 32;
  return "pgattic_" + Sha256::Of(AsBytes(sql)).substr(0, kDigits);
}

/// Reads the sync that ends a statement of a pipeline.
Status ReadSync(const OpContext& ctx, PGconn* conn) {
  PGATTIC_ASSIGN_OR_RETURN(const ResultPtr sync, NextResult(ctx, conn));
  if (sync && PQresultStatus(sync.get()) == PGRES_PIPELINE_SYNC) return Status::Ok();
  return LostConnection(conn);
}

}  // namespace

std::vector<const char*> Pointers(const Params& params) {
  std::vector<const char*> values;
  values.reserve(params.size());
  for (const Param& param : params) values.push_back(param ? param->c_str() : nullptr);
  return values;
}

Result<std::string> Connection::Impl::Keep(const OpContext& ctx, const std::string& sql) {
  const auto [entry, is_new] = kept.try_emplace(sql);
  if (!is_new) return entry->second;
  entry->second = NameOf(sql);
  const int sent = PQsendPrepare(get(), entry->second.c_str(), sql.c_str(), 0, nullptr);
  Status prepared = sent == 0 ? LostConnection(get()) : Collect(ctx, get()).status();
  if (prepared.ok() || prepared.error().origin.code == kAlreadyPrepared) return entry->second;
  kept.erase(entry);
  return prepared;
}

void Connection::Impl::Forget(const OpContext& ctx, const std::string& sql, const Error& why) {
  if (why.origin.code != kNotPrepared && why.origin.code != kOtherColumns) return;
  kept.erase(sql);
  if (why.origin.code == kNotPrepared) return;
  if (PQsendQuery(get(), ("DEALLOCATE " + NameOf(sql)).c_str()) != 0) Collect(ctx, get()).ok();
}

bool Connection::Impl::Send(const std::string& name, const Params& params) const {
  const std::vector<const char*> values = Pointers(params);
  return PQsendQueryPrepared(get(), name.c_str(), static_cast<int>(values.size()), values.data(),
                             nullptr, nullptr, 0) != 0;
}

Result<QueryResult> Connection::ExecKept(const OpContext& ctx, const KeptStatement& statement) {
  const auto& [sql, params] = statement;
  // In a transaction a failure would be the end of it.
  if (!is_idle()) return Exec(ctx, sql, params);
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  Result<std::string> name = impl_->Keep(ctx, sql);
  if (!name.ok()) {
    return usable() ? Exec(ctx, sql, params) : Result<QueryResult>(std::move(name).status());
  }
  if (!impl_->Send(*name, params)) return LostConnection(impl_->get());
  Result<ResultPtr> result = Collect(ctx, impl_->get());
  if (result.ok()) return Wrapped(std::move(*result));
  if (!usable() || !ctx.Check().ok()) return std::move(result).status();
  impl_->Forget(ctx, sql, result.error());
  return Exec(ctx, sql, params);
}

bool Connection::Impl::SendAll(const std::vector<std::string>& names,
                               const std::vector<KeptStatement>& statements) const {
  if (PQenterPipelineMode(get()) == 0) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    // A sync behind each makes it a transaction of its own.
    if (!Send(names[i], statements[i].params) || PQpipelineSync(get()) == 0) return false;
  }
  return true;
}

Status Connection::Impl::Pipeline(const OpContext& ctx,
                                  const std::vector<KeptStatement>& statements,
                                  std::vector<Result<QueryResult>>& results) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  std::vector<std::string> names;
  for (const KeptStatement& statement : statements) {
    PGATTIC_ASSIGN_OR_RETURN(std::string name, Keep(ctx, statement.sql));
    names.push_back(std::move(name));
  }
  Status going = SendAll(names, statements) ? Status::Ok() : LostConnection(get());
  while (going.ok() && results.size() < statements.size()) {
    bool is_cut_short = false;
    Result<ResultPtr> result = ReadResults(ctx, get(), is_cut_short);
    going = is_cut_short ? result.status() : ReadSync(ctx, get());
    if (!going.ok()) break;
    results.push_back(result.ok() ? Result<QueryResult>(Wrapped(std::move(*result)))
                                  : std::move(result).status());
  }
  if (!going.ok() && PQstatus(get()) == CONNECTION_OK) {
    CancelAndDrainPipeline(get(), statements.size() - results.size());
  }
  // In a pipeline that cannot be left the next statement would get the results of these.
  if (PQexitPipelineMode(get()) == 0) conn.reset();
  return going;
}

std::vector<Result<QueryResult>> Connection::ExecKeptTogether(
    const OpContext& ctx, const std::vector<KeptStatement>& statements) {
  PGATTIC_CHECK(!in_transaction(), "statements that are run together are transactions each");
  std::vector<Result<QueryResult>> results;
  results.reserve(statements.size());
  const Status ended = impl_->Pipeline(ctx, statements, results);
  while (results.size() < statements.size()) results.emplace_back(ended.Clone());
  return results;
}

}  // namespace pgattic::pg
