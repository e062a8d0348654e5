#include "resilience/client_limiter.h"

namespace pgattic::resilience {

std::optional<std::chrono::milliseconds> ClientLimiter::Refused(const std::string& client) {
  const std::lock_guard lock(mutex_);
  const auto known = by_name_.find(client);
  if (known != by_name_.end()) {
    clients_.splice(clients_.begin(), clients_, known->second);
  } else {
    clients_.emplace_front(client, clock_, options_);
    by_name_[client] = clients_.begin();
  }
  if (clients_.size() > most_clients_) {
    by_name_.erase(clients_.back().name);
    clients_.pop_back();
  }
  RateLimiter& bucket = clients_.front().bucket;
  if (bucket.TryTake()) return std::nullopt;
  return bucket.TimeUntil();
}

std::size_t ClientLimiter::size() const {
  const std::lock_guard lock(mutex_);
  return clients_.size();
}

}  // namespace pgattic::resilience
