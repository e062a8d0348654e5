// ClientLimiter: a token bucket for each client, for a bounded number of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "resilience/rate_limiter.h"

namespace pgattic::resilience {

/// Gives every client a bucket of its own, full when it first comes. Beyond `most_clients` the one
/// that has been away longest is forgotten, so memory is bounded whoever asks. Thread-safe.
class ClientLimiter {
 public:
  ClientLimiter(Clock& clock, const RateLimiterOptions& options, std::size_t most_clients = 10'000)
      : clock_(clock), options_(options), most_clients_(most_clients) {}

  /// Takes a token of the client's. Returns nothing when there was one, else how long until there
  /// may be. Does not block.
  std::optional<std::chrono::milliseconds> Refused(const std::string& client);
  /// Returns how many clients are known.
  std::size_t size() const;

 private:
  struct Client {
    Client(std::string its_name, Clock& clock, const RateLimiterOptions& options)
        : name(std::move(its_name)), bucket(clock, options) {}
    const std::string name;
    RateLimiter bucket;
  };

  Clock& clock_;
  const RateLimiterOptions options_;
  const std::size_t most_clients_;
  mutable std::mutex mutex_;   ///< Guards all below.
  std::list<Client> clients_;  ///< Who asked last is first.
  std::unordered_map<std::string, std::list<Client>::iterator> by_name_;
};

}  // namespace pgattic::resilience
