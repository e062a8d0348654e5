// SingleFlight: many who want the same thing at the same time fetch it once.
//
//   SingleFlight<std::string, Row> flights;
//   PGATTIC_ASSIGN_OR_RETURN(auto got, flights.Do(ctx, key, [&] { return Fetch(ctx, key); }));
//   Use(*got.value);
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/op_context.h"
#include "base/result.h"

namespace pgattic::resilience {

/// Calls in flight by key. The first to ask leads: it makes the call. Who asks for the same key
/// meanwhile follows: it waits, within its own deadline, and gets the leader's value or failure.
/// Nothing is kept once the call is over: the next one to ask makes a new call.
/// A leader that was cancelled or out of time says nothing about the key: its followers go on
/// with a new leader. A follower may get what was read a moment before it asked: put into the
/// key what must not be older (a revision). Thread-safe. Outlives its calls.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class SingleFlight {
 public:
  struct Got {
    std::shared_ptr<const Value> value;  ///< Shared by all who asked. Never null.
    bool was_led = false;                ///< This caller made the call.
  };

  /// Returns what `fetch` (returning Result<Value>) gives, called by this or by another thread.
  /// Errors: those of `fetch`; Cancelled or DeadlineExceeded when `ctx` ends while following.
  /// `fetch` must not ask the same object for the same key.
  template <typename Fetch>
  Result<Got> Do(const OpContext& ctx, const Key& key, Fetch&& fetch) {
    for (;;) {
      PGATTIC_RETURN_IF_ERROR(ctx.Check());
      auto [flight, is_leader] = Join(key);
      if (is_leader) return Lead(ctx, key, std::move(flight), fetch);
      Status waited = Await(ctx, *flight);
      --waiting_;
      PGATTIC_RETURN_IF_ERROR(std::move(waited));
      if (flight->value) return Got{flight->value, false};
      if (!flight->was_given_up) return flight->failure.Clone();
    }
  }

  /// Returns how many callers follow another one now.
  int waiting() const { return waiting_; }
  /// Returns how many keys are being fetched now.
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return flights_.size();
  }

 private:
  /// Written by the leader under its lock before is_over, read by followers after it.
  struct Flight {
    std::mutex mutex;
    std::condition_variable_any over;
    bool is_over = false;
    bool was_given_up = true;  ///< The leader left without a word on the key.
    std::shared_ptr<const Value> value;
    Status failure;
  };

  /// Ends the flight however the leader leaves, so that nobody waits for what never comes.
  class Landing {
   public:
    Landing(SingleFlight& owner, const Key& key, Flight& flight)
        : owner_(owner), key_(key), flight_(flight) {}
    Landing(const Landing&) = delete;
    Landing& operator=(const Landing&) = delete;
    ~Landing() {
      {
        // First: who comes from now on must not get a value that may already be old.
        const std::lock_guard lock(owner_.mutex_);
        owner_.flights_.erase(key_);
      }
      const std::lock_guard lock(flight_.mutex);
      flight_.is_over = true;
      flight_.over.notify_all();
    }

   private:
    SingleFlight& owner_;
    const Key& key_;
    Flight& flight_;
  };

  std::pair<std::shared_ptr<Flight>, bool> Join(const Key& key) {
    const std::lock_guard lock(mutex_);
    auto [place, is_new] = flights_.try_emplace(key);
    if (is_new) {
      place->second = std::make_shared<Flight>();
    } else {
      ++waiting_;
    }
    return {place->second, is_new};
  }

  template <typename Fetch>
  Result<Got> Lead(const OpContext& ctx, const Key& key, std::shared_ptr<Flight> flight,
                   Fetch& fetch) {
    const Landing landing(*this, key, *flight);
    Result<Value> outcome = fetch();
    const std::lock_guard lock(flight->mutex);
    if (outcome.ok()) {
      flight->value = std::make_shared<const Value>(std::move(outcome).value());
      return Got{flight->value, true};
    }
    flight->was_given_up = !ctx.Check().ok();
    flight->failure = outcome.status();
    return std::move(outcome).status();
  }

  static Status Await(const OpContext& ctx, Flight& flight) {
    using std::chrono::milliseconds;
    std::unique_lock lock(flight.mutex);
    while (!flight.is_over) {
      PGATTIC_RETURN_IF_ERROR(ctx.Check());
      // Less than a millisecond may be left, which Remaining() calls zero.
      const auto left = std::max(ctx.Remaining(std::chrono::hours(1)), milliseconds(1));
      flight.over.wait_for(lock, ctx.stop(), left, [&] { return flight.is_over; });
    }
    return Status::Ok();
  }

  mutable std::mutex mutex_;  ///< Guards flights_. Never held while a flight's is taken.
  std::unordered_map<Key, std::shared_ptr<Flight>, Hash> flights_;
  std::atomic<int> waiting_{0};
};

}  // namespace pgattic::resilience
