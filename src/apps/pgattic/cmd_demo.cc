// The main job on one screen: a throwaway PostgreSQL, 24 months of generated games, all but
// three of them archived into a folder, a few read back.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app.h"
#include "catalog/journal_schema.h"
#include "lookup/source_reader.h"
#include "runner.h"
#include "sandbox/connection_target.h"
#include "sandbox/game_generator.h"
#include "sandbox/game_schema.h"
#include "sandbox/postgres_cluster.h"
#include "service/stores.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

constexpr int kMonths = 24;
constexpr int kKeptMonths = 3;
constexpr std::int64_t kRowsAMonth = 800;

/// The months before this one, oldest first: the month under way is not old enough to count.
std::vector<model::YearMonth> RecentMonths(const OpContext& ctx) {
  using namespace std::chrono;
  const year_month_day today{floor<days>(ctx.clock().WallNow())};
  std::vector<model::YearMonth> result;
  for (int back = kMonths; back > 0; --back) {
    const year_month month = today.year() / today.month() - months(back);
    result.push_back(
        {static_cast<int>(month.year()), static_cast<int>(static_cast<unsigned>(month.month()))});
  }
  return result;
}

Status Load(const OpContext& ctx, const sandbox::PostgresCluster& cluster) {
  sandbox::GameSchemaOptions schema;
  schema.months = RecentMonths(ctx);
  PGATTIC_ASSIGN_OR_RETURN(const std::string sql, sandbox::GameSchemaSql(schema));
  PGATTIC_ASSIGN_OR_RETURN(const auto connection,
                           pg::Connection::Open(ctx, {cluster.Url(), "pgattic demo"}));
  PGATTIC_RETURN_IF_ERROR(connection->ExecScript(ctx, sql));
  sandbox::GameOptions options;
  options.rows_per_month = kRowsAMonth;
  const sandbox::GameGenerator generator(options);
  sandbox::ConnectionTarget target(ctx, *connection);
  PGATTIC_RETURN_IF_ERROR(generator.WriteUsers(target));
  for (const model::YearMonth month : schema.months) {
    PGATTIC_RETURN_IF_ERROR(generator.WriteMonth(sandbox::UtcMonth(month), target).status());
  }
  return connection->ExecScript(ctx, "VACUUM ANALYZE");
}

Invocation Configure(const Invocation& typed, const sandbox::PostgresCluster& cluster,
                     const std::string& folder) {
  Invocation demo = typed;
  demo.config.database_url = cluster.Url("postgres", "woogles");
  demo.config.archive_url = "file://" + folder;
  archive::SourceOptions source;
  source.table = {"public", "past_games"};
  source.id_column = "gid";
  source.is_games = true;
  source.retention_months = kKeptMonths;
  source.grace = std::chrono::seconds(0);
  demo.config.sources = {source};
  return demo;
}

/// The sizes of the database and of past_games with its partitions.
struct Sizes {
  std::int64_t database = 0;
  std::int64_t past_games = 0;
};

Result<Sizes> Measure(const Invocation& demo) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(demo, false));
  Sizes sizes;
  PGATTIC_ASSIGN_OR_RETURN(sizes.database, catalog::DatabaseSize(demo.ctx, *session.connection));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(demo, session));
  PGATTIC_ASSIGN_OR_RETURN(
      const auto partitions,
      catalog::ListPartitions(demo.ctx, *session.connection, sources.front().table));
  for (const catalog::Partition& partition : partitions) sizes.past_games += partition.bytes;
  return sizes;
}

/// One row of the summary that a person reads, from the JSON of a row.
void PrintGame(const std::string& id, const lookup::Answer& answer, double milliseconds) {
  const auto row = nlohmann::json::parse(answer.row_json, nullptr, false);
  std::string players;
  if (row.is_object() && row.contains("game_document") && row["game_document"].is_object()) {
    const auto& document = row["game_document"];
    for (const auto& player : document.value("players", nlohmann::json::array())) {
      players += (players.empty() ? "" : " vs ") + player.value("nickname", std::string("?"));
    }
  }
  std::printf("  %-10s %s  %-28s %6zu bytes of row, from the %s in %.1f ms\n", id.c_str(),
              row.is_object() ? row.value("created_at", std::string()).substr(0, 10).c_str() : "",
              players.c_str(), answer.row_json.size(),
              answer.tier == lookup::Tier::kArchive ? "archive" : "database", milliseconds);
}

Result<std::vector<std::string>> SomeIds(const Invocation& demo) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(demo, true));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::ArchiveRecord> records,
                           session.journal->List(demo.ctx));
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < records.size(); i += 5) {
    PGATTIC_ASSIGN_OR_RETURN(const auto parts, session.journal->Parts(demo.ctx, records[i].id));
    if (!parts.empty()) ids.push_back(parts.front().record.min_id);
  }
  return ids;
}

Status ReadBack(const Invocation& demo) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> ids, SomeIds(demo));
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(demo, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(demo, session));
  PGATTIC_ASSIGN_OR_RETURN(const auto store, service::OpenStore(demo.config));
  pg::Pool pool(session.connect, 1);
  lookup::SourceReader rows({pool, *store}, sources.front().table, {.is_games = true});
  for (const std::string& id : ids) {
    const auto started = std::chrono::steady_clock::now();
    PGATTIC_ASSIGN_OR_RETURN(const lookup::Answer answer, rows.Get(demo.ctx, id, std::nullopt));
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - started;
    if (answer.availability != lookup::Availability::kAvailable) {
      return {Code::kInternal, "game " + id + " was not found again: " + answer.why};
    }
    PrintGame(id, answer, took.count());
  }
  return Status::Ok();
}

void PrintSummary(const RunReport& report, const Sizes& before, const Sizes& after) {
  std::int64_t rows = 0;
  std::int64_t stored = 0;
  for (const RunOutcome& outcome : report.outcomes) {
    for (const catalog::JournalPart& part : outcome.parts) {
      rows += part.record.rows;
      stored += part.record.bytes;
    }
  }
  const auto percent = [](std::int64_t was, std::int64_t is) {
    return was == 0 ? 0.0 : 100.0 * static_cast<double>(was - is) / static_cast<double>(was);
  };
  std::printf("%zu months, %s games, %s of Parquet; every part read back and proven.\n\n",
              report.outcomes.size(), HumanCount(rows).c_str(), HumanBytes(stored).c_str());
  TextTable table(
      {{""}, {"before", Align::kRight}, {"after", Align::kRight}, {"smaller by", Align::kRight}});
  const auto add = [&](const char* what, std::int64_t was, std::int64_t is) {
    char share[32];
    std::snprintf(share, sizeof share, "%.0f %%", percent(was, is));
    table.Add({what, HumanBytes(was), HumanBytes(is), share});
  };
  add("past_games", before.past_games, after.past_games);
  // An empty database has some megabytes, and games keeps who played whom for every game.
  add("games, its players, system tables", before.database - before.past_games,
      after.database - after.past_games);
  add("database", before.database, after.database);
  std::printf("%s", table.ToString().c_str());
}

Status Demo(const Invocation& typed, const std::string& folder) {
  std::printf("1. A throwaway PostgreSQL with %d months of generated games …\n", kMonths);
  std::fflush(stdout);
  sandbox::PostgresOptions server;
  // Months follow each other within seconds here: so must the vacuum of games' old row versions.
  server.settings = {{"autovacuum_naptime", "1s"}};
  PGATTIC_ASSIGN_OR_RETURN(const auto cluster, sandbox::PostgresCluster::Start(typed.ctx, server));
  PGATTIC_RETURN_IF_ERROR(Load(typed.ctx, *cluster));
  const Invocation demo = Configure(typed, *cluster, folder);
  PGATTIC_ASSIGN_OR_RETURN(const Sizes before, Measure(demo));
  {
    PGATTIC_ASSIGN_OR_RETURN(const Session session, Session::Open(demo, false));
    PGATTIC_RETURN_IF_ERROR(catalog::InstallJournal(demo.ctx, *session.connection, false));
  }
  std::printf("\n2. pgattic plan, retention_months = %d\n\n", kKeptMonths);
  if (RunPlan(demo, true) != kDone) return {Code::kInternal, "the plan failed"};
  std::printf("\n3. pgattic archive: all but the last %d of %d months, into file://%s\n\n",
              kKeptMonths, kMonths, folder.c_str());
  std::fflush(stdout);
  const bool quiet = isatty(STDERR_FILENO) == 0;  // One screen, also in a log.
  RunReport report = RunArchives(demo, {}, quiet);
  PGATTIC_RETURN_IF_ERROR(std::move(report.failure));
  for (RunOutcome& outcome : report.outcomes) {
    PGATTIC_RETURN_IF_ERROR(std::move(outcome.status));
  }
  PGATTIC_ASSIGN_OR_RETURN(const Sizes after, Measure(demo));
  PrintSummary(report, before, after);
  std::printf("\n4. pgattic get: games that the database no longer holds\n\n");
  return ReadBack(demo);
}

}  // namespace

int RunDemo(const Invocation& invocation, const std::string& folder) {
  std::error_code error;
  std::string where = folder;
  if (where.empty()) {
    where = std::filesystem::temp_directory_path(error) / ("pgattic-demo-" + RandomHex(4));
  }
  where = std::filesystem::absolute(where, error);
  std::filesystem::create_directories(where, error);
  if (error) {
    return Report(Status(Code::kFailedPrecondition,
                         "cannot make the folder " + where + ": " + error.message()),
                  invocation.json);
  }
  Status status = Demo(invocation, where);
  if (!status.ok()) return Report(status, invocation.json);
  std::printf(
      "\nThe PostgreSQL is gone; the archive stays in %s. Try:\n"
      "  duckdb -c \"SELECT count(*) FROM "
      "'%s/partitions/*/*/*.parquet'\"\n",
      where.c_str(), where.c_str());
  return kDone;
}

}  // namespace pgattic::app
