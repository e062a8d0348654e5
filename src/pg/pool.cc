#include "pg/pool.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace pgattic::pg {

Pool::Lease::~Lease() {
  if (connection_) pool_.GiveBack(std::move(connection_));
}

Result<std::unique_ptr<Connection>> Pool::Take(const OpContext& ctx) {
  using std::chrono::milliseconds;
  std::unique_lock lock(mutex_);
  while (lent_ >= size_) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check().While("waiting for a free session of PostgreSQL"));
    // Less than a millisecond may be left, which Remaining() calls zero.
    const auto left = std::max(ctx.Remaining(std::chrono::hours(1)), milliseconds(1));
    ++waiting_;
    freed_.wait_for(lock, ctx.stop(), left, [&] { return lent_ < size_; });
    --waiting_;
  }
  ++lent_;
  if (idle_.empty()) return std::unique_ptr<Connection>();
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

Result<Pool::Lease> Pool::Acquire(const OpContext& ctx) {
  PGATTIC_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Take(ctx));
  if (connection && connection->StillOpen()) return Lease(*this, std::move(connection));
  Result<std::unique_ptr<Connection>> opened = Connection::Open(ctx, options_);
  if (opened.ok()) return Lease(*this, std::move(*opened));
  GiveBack(nullptr);
  return std::move(opened).status();
}

void Pool::GiveBack(std::unique_ptr<Connection> connection) {
  // One in a transaction is closed, which rolls it back.
  const bool is_good = connection && connection->usable() && connection->is_idle();
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (is_good) idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

std::size_t Pool::lent() const {
  const std::lock_guard lock(mutex_);
  return lent_;
}

Pool::Use Pool::use() const {
  const std::lock_guard lock(mutex_);
  return {lent_, idle_.size(), waiting_, size_};
}

}  // namespace pgattic::pg
