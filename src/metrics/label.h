// Label: a name and a value out of a closed set. There is no way to make one of free text, so
// that no id, key or message can become a time series.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>

#include "base/check.h"
#include "base/error.h"
#include "base/result.h"

namespace pgattic::metrics {

/// Where a row came from.
enum class Tier { kNone, kDatabase, kCache, kArchive, kCopy, kEngine };
/// What moves an archive on, or back.
enum class Step { kExport, kProof, kPublish, kMark, kSwap, kDrop, kRollback, kRestore };
/// Where an archive stands; the same names as model::PhaseName.
enum class Phase { kPlanned, kExporting, kUploaded, kVerified, kMarked, kDetached, kArchived };
/// Calls of the object store.
enum class StoreOp { kGet, kPut, kUpload, kHead, kDelete, kList };
/// Which of the configured stores.
enum class StoreRole { kPrimary, kCopy };
/// Which implementation of the row cache.
enum class CacheKind { kMemory, kRedis };
/// Calls of the row cache.
enum class CacheOp { kGet, kGetMany, kPut };
/// What became of one key that was looked up in the cache.
enum class CacheLookup { kHit, kMiss, kFailed, kSkipped };
/// What became of one value that was to be put into the cache.
enum class CacheStore { kStored, kRefused, kFailed, kSkipped };
/// Which query engine.
enum class Engine { kDuckdb, kTrino, kAthena };
/// What a circuit breaker stands before.
enum class Backend { kDatabase, kCache, kArchive, kCopy, kEngine };
/// As resilience::CircuitBreaker::State.
enum class BreakerState { kClosed, kOpen, kHalfOpen };
/// How a hedged request ended: which of the two answered first.
enum class Hedge { kFirstWon, kSecondWon };
/// What is bounded in a service.
enum class PoolKind { kSessions, kConnections, kRequests };
/// Where the places of a pool are.
enum class PoolState { kBusy, kIdle, kWaiting, kLimit };
/// What a request to the service asks for.
enum class HttpRoute {
  kUnknown,
  kPage,
  kHealthz,
  kReadyz,
  kMetrics,
  kOverview,
  kArchives,
  kGame,
  kGames,
  kRow,
  kConnect
};
/// How a scheduled run ended; the same names as catalog::RunStateName.
enum class RunState { kRunning, kDone, kDeferred, kFailed, kStopped };
/// The first digit of an HTTP status.
enum class HttpClass { kInformation, kSuccess, kRedirect, kClientError, kServerError };

/// "ok" or an error's code.
class Outcome {
 public:
  Outcome() = default;  // "ok"
  // Implicit on purpose: a probe is told what the caller has in hand.
  Outcome(Code code) : index_(static_cast<std::size_t>(code) + 1) {}                   // NOLINT
  Outcome(const Status& status) : Outcome(status.ok() ? Outcome() : status.code()) {}  // NOLINT
  template <typename T>
  Outcome(const Result<T>& result)  // NOLINT
      : Outcome(result.ok() ? Outcome() : Outcome(result.code())) {}

  std::size_t index() const { return index_; }
  std::string_view label() const {
    return index_ == 0 ? "ok" : TraitsOf(static_cast<Code>(index_ - 1)).label;
  }
  static Outcome FromIndex(std::size_t index) {
    return index == 0 ? Outcome() : Outcome(static_cast<Code>(index - 1));
  }

 private:
  std::size_t index_ = 0;
};

/// A label's name and its values in the order of the enumerators. Only what is listed here can
/// be a label.
template <typename T>
struct LabelSet;

template <>
struct LabelSet<Tier> {
  static constexpr std::string_view kName = "tier";
  static constexpr std::array<std::string_view, 6> kValues = {"none",    "database", "cache",
                                                              "archive", "copy",     "engine"};
};
template <>
struct LabelSet<Step> {
  static constexpr std::string_view kName = "step";
  static constexpr std::array<std::string_view, 8> kValues = {
      "export", "proof", "publish", "mark", "swap", "drop", "rollback", "restore"};
};
template <>
struct LabelSet<Phase> {
  static constexpr std::string_view kName = "phase";
  static constexpr std::array<std::string_view, 7> kValues = {
      "planned", "exporting", "uploaded", "verified", "marked", "detached", "archived"};
};
template <>
struct LabelSet<StoreOp> {
  static constexpr std::string_view kName = "op";
  static constexpr std::array<std::string_view, 6> kValues = {"get",  "put",    "upload",
                                                              "head", "delete", "list"};
};
template <>
struct LabelSet<StoreRole> {
  static constexpr std::string_view kName = "store";
  static constexpr std::array<std::string_view, 2> kValues = {"primary", "copy"};
};
template <>
struct LabelSet<CacheKind> {
  static constexpr std::string_view kName = "cache";
  static constexpr std::array<std::string_view, 2> kValues = {"memory", "redis"};
};
template <>
struct LabelSet<CacheOp> {
  static constexpr std::string_view kName = "op";
  static constexpr std::array<std::string_view, 3> kValues = {"get", "get_many", "put"};
};
template <>
struct LabelSet<CacheLookup> {
  static constexpr std::string_view kName = "result";
  static constexpr std::array<std::string_view, 4> kValues = {"hit", "miss", "failed", "skipped"};
};
template <>
struct LabelSet<CacheStore> {
  static constexpr std::string_view kName = "result";
  static constexpr std::array<std::string_view, 4> kValues = {"stored", "refused", "failed",
                                                              "skipped"};
};
template <>
struct LabelSet<Engine> {
  static constexpr std::string_view kName = "engine";
  static constexpr std::array<std::string_view, 3> kValues = {"duckdb", "trino", "athena"};
};
template <>
struct LabelSet<Backend> {
  static constexpr std::string_view kName = "backend";
  static constexpr std::array<std::string_view, 5> kValues = {"database", "cache", "archive",
                                                              "copy", "engine"};
};
template <>
struct LabelSet<BreakerState> {
  static constexpr std::string_view kName = "state";
  static constexpr std::array<std::string_view, 3> kValues = {"closed", "open", "half_open"};
};
template <>
struct LabelSet<Hedge> {
  static constexpr std::string_view kName = "result";
  static constexpr std::array<std::string_view, 2> kValues = {"first_won", "second_won"};
};
template <>
struct LabelSet<PoolKind> {
  static constexpr std::string_view kName = "pool";
  static constexpr std::array<std::string_view, 3> kValues = {"sessions", "connections",
                                                              "requests"};
};
template <>
struct LabelSet<PoolState> {
  static constexpr std::string_view kName = "state";
  static constexpr std::array<std::string_view, 4> kValues = {"busy", "idle", "waiting", "limit"};
};
template <>
struct LabelSet<HttpRoute> {
  static constexpr std::string_view kName = "route";
  static constexpr std::array<std::string_view, 11> kValues = {
      "unknown",  "page", "healthz", "readyz", "metrics", "overview",
      "archives", "game", "games",   "row",    "connect"};
};
template <>
struct LabelSet<RunState> {
  static constexpr std::string_view kName = "state";
  static constexpr std::array<std::string_view, 5> kValues = {"running", "done", "deferred",
                                                              "failed", "stopped"};
};
template <>
struct LabelSet<HttpClass> {
  static constexpr std::string_view kName = "status";
  static constexpr std::array<std::string_view, 5> kValues = {"information", "success", "redirect",
                                                              "client_error", "server_error"};
};

/// An error's code, an Outcome, or an enum that LabelSet knows.
template <typename T>
concept ClosedSet = std::same_as<T, Code> || std::same_as<T, Outcome> || requires {
  LabelSet<T>::kName;
};

/// How many values the set has.
template <ClosedSet T>
constexpr std::size_t SizeOf() {
  if constexpr (std::same_as<T, Outcome>) {
    return kCodeCount + 1;
  } else if constexpr (std::same_as<T, Code>) {
    return kCodeCount;
  } else {
    return LabelSet<T>::kValues.size();
  }
}

/// The place of `value` in its set.
template <ClosedSet T>
std::size_t IndexOf(T value) {
  if constexpr (std::same_as<T, Outcome>) {
    return value.index();
  } else {
    const auto index = static_cast<std::size_t>(value);
    PGATTIC_CHECK(index < SizeOf<T>(), "a label outside its set");
    return index;
  }
}

/// The value at `index` of its set.
template <ClosedSet T>
T ValueAt(std::size_t index) {
  if constexpr (std::same_as<T, Outcome>) {
    return Outcome::FromIndex(index);
  } else {
    return static_cast<T>(index);
  }
}

/// One label of a time series. Views of literals: a plain value.
class Label {
 public:
  template <ClosedSet T>
  Label(T value) {  // NOLINT: a label is its value
    if constexpr (std::same_as<T, Code> || std::same_as<T, Outcome>) {
      name_ = "code";
      value_ = Outcome(value).label();
    } else {
      name_ = LabelSet<T>::kName;
      value_ = LabelSet<T>::kValues.at(IndexOf(value));
    }
  }

  std::string_view name() const { return name_; }
  std::string_view value() const { return value_; }

 private:
  std::string_view name_;
  std::string_view value_;
};

}  // namespace pgattic::metrics
