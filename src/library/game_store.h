// GameStore: what a C++ program includes to read games, wherever they lie.
//
//   auto store = pgattic::GameStore::Open({.config_file = "/etc/pgattic.toml"});
//   if (!store.ok()) return Fail(store.error().ToString());
//   auto game = (*store)->GetWithFallback("n6TSTc99");
//   if (game.ok() && game->availability == pgattic::Availability::kAvailable) {
//     std::cout << game->Document().text;
//   }
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "games/game.h"

namespace pgattic {

using games::Availability;
using games::Game;
using games::GameInfo;
using games::GamePlayer;
using games::GameRequest;
using games::JsonColumn;
using games::MigrationStatus;
using games::Place;

/// Where the games are. A plain value.
struct GameStoreOptions {
  /// As `pgattic` takes it; "" for none. The first source with profile = "games" is served.
  std::string config_file;
  /// Keys of that file and their values, which win over it: {"database.url", "postgresql:///x"},
  /// {"archive.url", "s3://bucket"}, {"source.table", "public.past_games"}. Environment
  /// variables are not read, but for those of libpq (PG…) and of AWS.
  std::vector<std::pair<std::string, std::string>> settings;
  int most_connections = 4;  ///< Sessions of PostgreSQL; more callers wait for each other.
  /// Of basic info, so that a server that hangs leaves time for the archive.
  std::chrono::milliseconds info_time_limit{2000};
};

/// Of one call. A plain value.
struct CallOptions {
  std::chrono::milliseconds time_limit{10'000};
  std::stop_token stop = {};  ///< A stop ends the call with Cancelled.
};

/// What HealthCheck found. A plain value.
struct HealthCheckResult {
  std::string name;  ///< "database" or "archive".
  bool ok = false;
  std::string message;
  std::chrono::milliseconds took{0};
};

/// Games by id. Thread-safe: one store serves all threads of a program. Every call but the
/// destructor blocks, at most for the time limit. What is down when the store is opened, or
/// goes down later, is found again without opening it anew.
class GameStore {
 public:
  /// Reads the configuration; PostgreSQL and S3 are not asked yet. InvalidArgument names what is
  /// wrong in it; FailedPrecondition when the folder of a file:// archive cannot be used.
  static Result<std::unique_ptr<GameStore>> Open(const GameStoreOptions& options);
  ~GameStore();
  GameStore(const GameStore&) = delete;
  GameStore& operator=(const GameStore&) = delete;

  /// Returns the game with its data. NotFound when it is absent, or erased (Origin {"pgattic",
  /// "erased"}); Unavailable when a place that may hold it does not answer.
  Result<Game> Get(const std::string& id, const CallOptions& call = {});
  /// Returns what can be told now: when all places of its data are down, basic info with
  /// Availability::kTemporarilyUnavailable, never NotFound. Errors: Cancelled.
  Result<Game> GetWithFallback(const std::string& id, const CallOptions& call = {});
  /// As GetWithFallback for each of at most 1,000 ids, in their order; each game says its own
  /// availability. InvalidArgument for more.
  Result<std::vector<Game>> GetMultiple(const std::vector<std::string>& ids,
                                        const CallOptions& call = {});
  /// Asks PostgreSQL, and reads a row that was archived.
  std::vector<HealthCheckResult> HealthCheck(const CallOptions& call = {});

 private:
  struct Impl;
  explicit GameStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgattic
