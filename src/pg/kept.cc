// Statements that are prepared once a session: one at a time, or several in one round trip.
#include <libpq-fe.h>

#include <utility>

#include "pg/session.h"

namespace pgattic::pg {
namespace {

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
  entry->second = "pgattic_" + std::to_string(kept_so_far++);
  const int sent = PQsendPrepare(get(), entry->second.c_str(), sql.c_str(), 0, nullptr);
  Status prepared = sent == 0 ? LostConnection(get()) : Collect(ctx, get()).status();
  if (prepared.ok()) return entry->second;
  kept.erase(entry);
  return prepared;
}

bool Connection::Impl::Send(const std::string& name, const Params& params) const {
  const std::vector<const char*> values = Pointers(params);
  return PQsendQueryPrepared(get(), name.c_str(), static_cast<int>(values.size()), values.data(),
                             nullptr, nullptr, 0) != 0;
}

Result<QueryResult> Connection::ExecKept(const OpContext& ctx, const std::string& sql,
                                         const Params& params) {
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
  PQexitPipelineMode(get());
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
