// game_server: a PostgreSQL with months of generated games, for the benchmarks' scripts.
//
// Usage: game_server ROWS [MONTHS]: so many rows in each of the months from 2024-01 on. Prints one
// line of JSON when the rows are in, and ends, server and all, when its standard input does.
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "pg/connection.h"
#include "sandbox/calendar.h"
#include "sandbox/connection_target.h"
#include "sandbox/game_generator.h"
#include "sandbox/game_schema.h"
#include "sandbox/postgres_cluster.h"

namespace pgattic::bench {
namespace {

constexpr model::YearMonth kMonth{2024, 1};

Status Load(const OpContext& ctx, const sandbox::PostgresCluster& cluster, std::int64_t rows,
            int months) {
  const std::vector<model::YearMonth> all = sandbox::MonthsFrom(kMonth, months);
  PGATTIC_ASSIGN_OR_RETURN(const std::string sql, sandbox::GameSchemaSql({.months = all}));
  PGATTIC_ASSIGN_OR_RETURN(const auto connection,
                           pg::Connection::Open(ctx, {cluster.Url(), "game_server"}));
  PGATTIC_RETURN_IF_ERROR(connection->ExecScript(ctx, sql));
  const sandbox::GameGenerator generator({.rows_per_month = rows});
  sandbox::ConnectionTarget target(ctx, *connection);
  PGATTIC_RETURN_IF_ERROR(generator.WriteUsers(target));
  for (const model::YearMonth month : all) {
    PGATTIC_RETURN_IF_ERROR(generator.WriteMonth(sandbox::UtcMonth(month), target).status());
  }
  // Hint bits are set and pages written now, not by whoever is measured first.
  PGATTIC_RETURN_IF_ERROR(connection->ExecScript(ctx, "VACUUM ANALYZE"));
  return connection->ExecScript(ctx, "CHECKPOINT");
}

Status Serve(std::int64_t rows, int months) {
  const OpContext ctx;
  sandbox::PostgresOptions options;
  options.durable = true;
  options.settings = {{"shared_buffers", "256MB"}, {"max_wal_size", "8GB"},
                      {"autovacuum", "off"},       {"log_lock_waits", "on"},
                      {"deadlock_timeout", "1s"},  {"jit", "off"}};
  PGATTIC_ASSIGN_OR_RETURN(const auto cluster, sandbox::PostgresCluster::Start(ctx, options));
  PGATTIC_RETURN_IF_ERROR(Load(ctx, *cluster, rows, months));
  const nlohmann::json ready = {{"url", cluster->Url("postgres", "woogles")},
                                {"admin_url", cluster->Url()},
                                {"tcp_url", cluster->TcpUrl()},
                                {"bin_dir", cluster->bin_dir()},
                                {"partition", sandbox::PartitionName(kMonth)},
                                {"pid", cluster->pid()}};
  std::printf("%s\n", ready.dump().c_str());
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) continue;
  return Status::Ok();
}

}  // namespace
}  // namespace pgattic::bench

int main(int argc, char** argv) {
  const auto number = [&](int index) {
    const std::string_view text = index < argc ? argv[index] : "";
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : 0;
  };
  const int months = argc == 3 ? number(2) : 1;
  if (argc < 2 || argc > 3 || number(1) < 1 || months < 1) {
    std::fprintf(stderr, "usage: game_server ROWS [MONTHS]\n");
    return 2;
  }
  const pgattic::Status status = pgattic::bench::Serve(number(1), months);
  if (status.ok()) return 0;
  std::fprintf(stderr, "game_server: %s\n", status.ToString().c_str());
  return 1;
}
