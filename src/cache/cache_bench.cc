// What a hit costs, beside a bare GET of the very value over the same kind of connection.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cache/cached_value.h"
#include "cache/memory_cache.h"
#include "cache/redis_cache.h"
#include "cache/redis_connection.h"
#include "sandbox/copy_capture_test_support.h"
#include "sandbox/game_generator.h"
#include "sandbox/scratch_folder.h"
#include "sandbox/subprocess.h"

namespace pgattic::cache {
namespace {

constexpr std::chrono::seconds kPatience{30};

/// Rows of generated games as text, about 13 kB each.
const std::vector<std::string>& Rows() {
  static const std::vector<std::string> rows = [] {
    sandbox::CopyCapture capture;
    const sandbox::GameGenerator generator({.rows_per_month = 200, .cases = {}});
    generator.WriteMonth(sandbox::UtcMonth({2024, 1}), capture).value();
    std::vector<std::string> out;
    for (const sandbox::CopyRow& row : capture.rows["public.past_games"]) {
      std::string text;
      for (const auto& [column, value] : row) text += column + ": " + value.value_or("null") + ", ";
      out.push_back(std::move(text));
    }
    return out;
  }();
  return rows;
}

/// A redis-server on a Unix socket, and what is measured on it.
class Server {
 public:
  Server() : folder_(sandbox::ScratchFolder::Make({}).value()) {
    const std::string path = folder_->path() + "/redis.sock";
    process_ = sandbox::Subprocess::Spawn({.argv = {"redis-server", "--port", "0", "--unixsocket",
                                                    path, "--save", "", "--dir", folder_->path()}})
                   .value();
    endpoint.socket_path = path;
    const OpContext limit = OpContext().WithDeadline(kPatience);
    while (!RedisSocket::Connect(limit, endpoint).ok()) {
      if (!limit.SleepFor(std::chrono::milliseconds(5)).ok()) return;
    }
  }
  RedisEndpoint endpoint;

 private:
  std::unique_ptr<sandbox::ScratchFolder> folder_;
  std::unique_ptr<sandbox::Subprocess> process_;
};

Server& TheServer() {
  static Server server;
  return server;
}

/// Puts every row under its number; returns the keys.
std::vector<std::string> Fill(RowCache& cache) {
  const OpContext ctx;
  std::vector<std::string> keys;
  for (const std::string& row : Rows()) {
    keys.push_back("k" + std::to_string(keys.size()));
    if (!cache.Put(ctx, keys.back(), row, std::chrono::hours(1)).ok()) keys.clear();
  }
  return keys;
}

RedisCacheOptions Patient() {
  return {.pool = {.endpoint = TheServer().endpoint}, .budget = kPatience};
}

void Read(benchmark::State& state, RowCache& cache) {
  const OpContext ctx;
  const std::vector<std::string> keys = Fill(cache);
  std::size_t i = 0;
  for (auto _ : state) {
    const auto got = cache.Get(ctx, keys[i++ % keys.size()]);
    if (!got.ok() || !got->has_value()) return state.SkipWithError("a miss");
  }
}

void MemoryHit(benchmark::State& state) {
  MemoryCache cache(SystemClock(), {});
  Read(state, cache);
}
BENCHMARK(MemoryHit);

void RedisHit(benchmark::State& state) {
  RedisCache cache(SystemClock(), Patient());
  Read(state, cache);
}
BENCHMARK(RedisHit)->UseRealTime();

/// GET of the rows as they are (`stored` = false) or as the cache stores them.
void BareGet(benchmark::State& state, bool stored) {
  const OpContext ctx;
  auto connection = RedisConnection::Dial(ctx, TheServer().endpoint, std::size_t{1} << 30).value();
  std::vector<std::string> keys;
  for (const std::string& row : Rows()) {
    keys.push_back("bare" + std::to_string(keys.size()));
    const std::string value = stored ? EncodeValue(keys.back(), row).value() : row;
    const std::array<std::string_view, 3> words = {"SET", keys.back(), value};
    connection->Call(ctx, words).value();
  }
  std::size_t i = 0;
  for (auto _ : state) {
    const std::array<std::string_view, 2> words = {"GET", keys[i++ % keys.size()]};
    if (!connection->Call(ctx, words)->text) return state.SkipWithError("a miss");
  }
}
void BareRedisGetOfTheRow(benchmark::State& state) { BareGet(state, false); }
BENCHMARK(BareRedisGetOfTheRow)->UseRealTime();
void BareRedisGetOfTheStoredValue(benchmark::State& state) { BareGet(state, true); }
BENCHMARK(BareRedisGetOfTheStoredValue)->UseRealTime();

void RedisHitsOfTwoHundredAtOnce(benchmark::State& state) {
  RedisCache cache(SystemClock(), Patient());
  const std::vector<std::string> keys = Fill(cache);
  for (auto _ : state) {
    const auto got = cache.GetMany(OpContext(), keys);
    if (!got.ok() || !got->back().has_value()) return state.SkipWithError("a miss");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(keys.size()));
}
BENCHMARK(RedisHitsOfTwoHundredAtOnce)->UseRealTime();

void Encode(benchmark::State& state) {
  std::size_t i = 0;
  std::size_t raw = 0;
  std::size_t stored = 0;
  for (auto _ : state) {
    const std::string& row = Rows()[i++ % Rows().size()];
    raw += row.size();
    stored += EncodeValue("k", row).value().size();
  }
  state.counters["ratio"] = static_cast<double>(stored) / static_cast<double>(raw);
}
BENCHMARK(Encode);

}  // namespace
}  // namespace pgattic::cache
