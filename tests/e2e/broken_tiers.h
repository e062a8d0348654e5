// BrokenTiers: games behind four backends, each of which can be broken on its own.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cache/best_effort_cache.h"
#include "cache/redis_server_fixture.h"
#include "game_archive.h"
#include "games/game_store.h"
#include "games/pg_info_reader.h"
#include "lookup/breaker_board.h"
#include "lookup/source_reader.h"
#include "metrics/probes.h"
#include "metrics/registry.h"
#include "pg/pool.h"
#include "store/object_store.h"
#include "tests/support/s3/http_tap.h"
#include "tests/support/toxiproxy/toxiproxy.h"

namespace pgattic::test {

/// What a game is read from.
enum class Backend { kDatabase, kCache, kArchive, kCopy };
inline constexpr std::array kBackends = {Backend::kDatabase, Backend::kCache, Backend::kArchive,
                                         Backend::kCopy};
std::string_view NameOf(Backend backend);

/// What is wrong with one.
enum class Fault { kDown, kSlow, kHang, kReset, kHalfABody, kStorm };
inline constexpr std::array kFaults = {Fault::kDown,  Fault::kSlow,      Fault::kHang,
                                       Fault::kReset, Fault::kHalfABody, Fault::kStorm};
std::string_view NameOf(Fault fault);
/// Only stores speak HTTP, and can answer each request with 503.
bool IsPossible(Backend backend, Fault fault);

/// Which are broken, and how.
using Broken = std::map<Backend, Fault>;
std::string NameOf(const Broken& broken);

/// Two archived months of games: PostgreSQL, Redis, a bucket and its copy, each real and behind a
/// way of its own. One store of games stays open for the whole test: what recovers, recovers
/// without a restart.
class BrokenTiers : public GameArchive {
 protected:
  void SetUp() override;
  void TearDown() override;

  void Break(Backend backend, Fault fault);
  void HealAll();
  /// The longest that an answer may take, whatever is broken.
  static constexpr std::chrono::milliseconds kDeadline{4000};

  /// Asks for a game within kDeadline, and holds the answer to what is always true: it came in
  /// time, the row is the very one that was archived, nothing that exists is "absent".
  games::Game Ask(const std::string& id);
  /// An archived id that was not asked for yet, so that no cache of rows has it.
  std::string FreshId();
  /// Asks until what is asked for says so. Fails after a minute.
  void Await(const std::string& what, const std::function<bool()>& is_so);
  /// Waits until every tier answers again.
  void AwaitHealth();
  std::string BreakerOf(metrics::Backend backend) const;
  /// Looks into the cache that it did not answer so far.
  int CacheFailures() const;
  bool CacheIsLeftAlone() const {
    return cache_->breaker_state() == resilience::CircuitBreaker::State::kOpen;
  }

  cache::RedisServer& redis() { return *redis_; }
  const std::string& hot_id() const { return hot_id_; }

 private:
  void OpenWays();
  void OpenGames();
  void CopyBucket();
  void HeatUp();
  const ProxiedPort& Way(Backend backend) const;

  HttpTap storm_{0};  ///< Answers everything with 503.
  std::unique_ptr<Toxiproxy> proxy_;
  std::array<std::unique_ptr<ProxiedPort>, kBackends.size()> ways_;
  std::unique_ptr<cache::RedisServer> redis_;
  std::uint16_t redis_port_ = 0;
  std::unique_ptr<store::ObjectStore> archive_;
  std::unique_ptr<store::ObjectStore> copy_;
  std::string copy_bucket_;
  metrics::Registry registry_;
  metrics::CacheProbe cache_probe_{registry_, metrics::CacheKind::kRedis};
  metrics::BreakerProbe cache_breaker_{registry_, metrics::Backend::kCache};
  lookup::BreakerBoard breakers_{registry_};
  std::unique_ptr<pg::Pool> pool_;
  std::unique_ptr<cache::BestEffortCache> cache_;
  std::unique_ptr<lookup::SourceReader> rows_;
  std::unique_ptr<games::PgInfoReader> info_;
  std::unique_ptr<games::GameStore> games_;
  std::map<std::string, std::string> truth_;  ///< The document of every archived id.
  std::vector<std::string> fresh_;
  std::string hot_id_;          ///< In the cache of rows.
  std::int64_t hot_bytes_ = 0;  ///< Of its value there.
  std::set<Backend> broken_;
};

}  // namespace pgattic::test
