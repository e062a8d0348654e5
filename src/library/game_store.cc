#include "library/game_store.h"

#include <algorithm>

#include "base/op_context.h"
#include "games/game_store.h"
#include "games/pg_info_reader.h"
#include "library/open_rows.h"
#include "service/config.h"
#include "service/readers.h"

namespace pgattic {
namespace {

Result<service::Config> ReadConfig(const GameStoreOptions& options) {
  std::vector<service::Override> settings;
  for (const auto& [key, value] : options.settings) settings.push_back({key, value, key});
  return service::LoadConfig(options.config_file, {}, settings);
}

Result<archive::SourceOptions> GamesOf(const service::Config& config) {
  for (const archive::SourceOptions& source : config.sources) {
    if (source.is_games) return source;
  }
  return {Code::kInvalidArgument,
          "no source of games is configured; write [[source]] with profile = \"games\""};
}

OpContext ContextOf(const CallOptions& call) {
  return OpContext(SystemClock(), call.stop).WithDeadline(call.time_limit);
}

}  // namespace

struct GameStore::Impl {
  metrics::Registry registry;
  std::unique_ptr<service::Readers> readers;
  std::unique_ptr<lookup::RowReader> rows;
  std::unique_ptr<games::PgInfoReader> info;
  std::unique_ptr<games::GameStore> games;
};

GameStore::GameStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GameStore::~GameStore() = default;

Result<std::unique_ptr<GameStore>> GameStore::Open(const GameStoreOptions& options) {
  PGATTIC_ASSIGN_OR_RETURN(const service::Config config, ReadConfig(options));
  PGATTIC_ASSIGN_OR_RETURN(const archive::SourceOptions source, GamesOf(config));
  auto impl = std::make_unique<Impl>();
  const auto sessions = static_cast<std::size_t>(std::max(1, options.most_connections));
  PGATTIC_ASSIGN_OR_RETURN(impl->readers,
                           service::Readers::Open(config, {config.database_url, "pgattic library"},
                                                  sessions, impl->registry));
  impl->rows = library::OpenRows(*impl->readers, source);
  impl->info = std::make_unique<games::PgInfoReader>(
      impl->readers->pool(), games::PgInfoOptions{source.table, options.info_time_limit});
  impl->games = std::make_unique<games::GameStore>(*impl->rows, *impl->info);
  return std::unique_ptr<GameStore>(new GameStore(std::move(impl)));
}

Result<Game> GameStore::Get(const std::string& id, const CallOptions& call) {
  return impl_->games->Get(ContextOf(call), id);
}

Result<Game> GameStore::GetWithFallback(const std::string& id, const CallOptions& call) {
  return impl_->games->GetWithFallback(ContextOf(call), id);
}

Result<std::vector<Game>> GameStore::GetMultiple(const std::vector<std::string>& ids,
                                                 const CallOptions& call) {
  return impl_->games->GetMultiple(ContextOf(call), ids);
}

std::vector<HealthCheckResult> GameStore::HealthCheck(const CallOptions& call) {
  std::vector<HealthCheckResult> results;
  for (const games::Health::Check& check : impl_->games->HealthCheck(ContextOf(call)).checks) {
    results.push_back({check.name, check.ok, check.message, check.took});
  }
  return results;
}

}  // namespace pgattic
