#include "lookup/steady_reads.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <utility>

namespace pgattic::lookup {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

bool IsFailureOfTheStore(Code code) {
  return code == Code::kUnavailable || code == Code::kDeadlineExceeded ||
         code == Code::kResourceExhausted;
}

}  // namespace

/// One read and its second request. The first runs on the caller's thread, the second on one of
/// ours; who answers first stops the other.
struct SteadyReads::Race {
  std::string key;
  store::ReadOptions options;
  OpContext second_ctx;
  std::stop_source stop_first;
  std::stop_source stop_second;
  std::atomic<bool> is_first_over{false};  ///< Set under the mutex.
  std::mutex mutex;                        ///< Guards all below.
  std::condition_variable second_over;
  bool is_second_running = false;
  std::optional<std::string> second_bytes;
};

SteadyReads::SteadyReads(store::ObjectStore& store, Clock& clock, const SteadyReadsOptions& options,
                         Watchers watchers)
    : store_(store),
      clock_(clock),
      options_(options),
      probe_(watchers.lookup),
      store_probe_(watchers.store),
      breaker_(clock, options.breaker, std::move(watchers.breaker)),
      latencies_(clock, {}) {
  if (options_.hedge_quantile > 1) return;
  for (std::size_t i = 0; i < options_.hedge_threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { Work(stop); });
  }
}

SteadyReads::~SteadyReads() = default;

std::int64_t SteadyReads::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::int64_t SteadyReads::hedges() const {
  const std::lock_guard lock(mutex_);
  return hedges_;
}

Result<std::string> SteadyReads::Get(const OpContext& ctx, const std::string& key,
                                     const store::ReadOptions& options) {
  std::optional<resilience::CircuitBreaker::Permit> permit = breaker_.TryAcquire();
  if (!permit) {
    return {Code::kUnavailable,
            store_.Describe() + " failed several times; it is left alone for a moment"};
  }
  const auto started = clock_.SteadyNow();
  Result<std::string> bytes = Hedged(ctx.WithDeadline(options_.deadline), key, options);
  if (bytes.ok() || !IsFailureOfTheStore(bytes.code())) {
    if (!bytes.Is(Code::kCancelled)) permit->Succeeded();
  } else if (ctx.Check().ok() || clock_.SteadyNow() - started >= options_.fair_time) {
    permit->Failed();
  }
  return bytes;
}

Result<std::string> SteadyReads::Timed(const OpContext& ctx, const std::string& key,
                                       const store::ReadOptions& options) {
  {
    const std::lock_guard lock(mutex_);
    ++requests_;
  }
  const auto started = clock_.SteadyNow();
  Result<std::string> bytes = store_.Get(ctx, key, options);
  const auto took = std::chrono::duration_cast<microseconds>(clock_.SteadyNow() - started);
  if (bytes.ok()) latencies_.Record(took);
  if (store_probe_ != nullptr) {
    store_probe_->Request(metrics::StoreOp::kGet, bytes,
                          bytes.ok() ? static_cast<std::int64_t>(bytes->size()) : 0,
                          std::chrono::duration<double>(took).count());
  }
  return bytes;
}

bool SteadyReads::TakeHedge() {
  const std::lock_guard lock(mutex_);
  if ((hedges_ + 1) * 100 > (requests_ + 1) * options_.most_hedges_percent) return false;
  ++hedges_;
  return true;
}

Result<std::string> SteadyReads::Hedged(const OpContext& ctx, const std::string& key,
                                        const store::ReadOptions& options) {
  const std::optional<microseconds> patience =
      threads_.empty() ? std::nullopt : latencies_.Quantile(options_.hedge_quantile);
  if (!patience) return Timed(ctx, key, options);
  const auto race = std::make_shared<Race>();
  race->key = key;
  race->options = options;
  race->second_ctx = ctx.WithStop(race->stop_second.get_token());
  const std::stop_callback caller_stops(ctx.stop(), [&race] {
    race->stop_first.request_stop();
    race->stop_second.request_stop();
  });
  Schedule(race, std::max<microseconds>(*patience, options_.least_patience));
  Result<std::string> first = Timed(ctx.WithStop(race->stop_first.get_token()), key, options);
  std::unique_lock lock(race->mutex);
  race->is_first_over = true;
  if (first.ok()) race->stop_second.request_stop();
  // An error of the first is the answer only if the second has none.
  if (!first.ok()) race->second_over.wait(lock, [&] { return !race->is_second_running; });
  const bool second_won = !first.ok() && race->second_bytes;
  if (second_won) return std::move(*race->second_bytes);
  return first;
}

void SteadyReads::Schedule(std::shared_ptr<Race> race, microseconds after) {
  const auto at = clock_.SteadyNow() + after;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = due_.empty() || at < due_.top().at;
    due_.push({at, std::move(race)});
  }
  if (is_first) due_changed_.notify_one();
}

void SteadyReads::RunSecond(Race& race) {
  {
    const std::lock_guard lock(race.mutex);
    if (race.is_first_over || !TakeHedge()) return;
    race.is_second_running = true;
  }
  Result<std::string> bytes = Timed(race.second_ctx, race.key, race.options);
  const std::lock_guard lock(race.mutex);
  race.is_second_running = false;
  const bool won = bytes.ok() && !race.is_first_over;
  if (bytes.ok()) race.second_bytes = std::move(*bytes);
  if (won) race.stop_first.request_stop();
  race.second_over.notify_all();
  if (probe_ != nullptr) {
    probe_->Hedged(won ? metrics::Hedge::kSecondWon : metrics::Hedge::kFirstWon);
  }
}

void SteadyReads::Work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (due_.empty()) {
      due_changed_.wait(lock, stop, [this] { return !due_.empty(); });
      continue;
    }
    // Most are over long before they are due, and need no waking of this thread.
    if (due_.top().race->is_first_over) {
      due_.pop();
      continue;
    }
    const auto at = due_.top().at;
    if (clock_.SteadyNow() < at) {
      due_changed_.wait_until(lock, stop, at, [&] { return due_.empty() || due_.top().at < at; });
      continue;
    }
    const std::shared_ptr<Race> race = due_.top().race;
    due_.pop();
    // This thread may be long: what comes next is another's.
    if (!due_.empty()) due_changed_.notify_one();
    lock.unlock();
    RunSecond(*race);
    lock.lock();
  }
}

}  // namespace pgattic::lookup
