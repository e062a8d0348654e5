#include "pg/connection_pool.h"

#include <chrono>

namespace pgattic::pg {
namespace {

constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24);

}  // namespace

Result<std::unique_ptr<Connection>> ConnectionPool::Take(const OpContext& ctx) {
  std::unique_lock lock(mutex_);
  returned_.wait_for(lock, ctx.stop(), ctx.Remaining(kLongestWait),
                     [this] { return taken_ < most_; });
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  if (taken_ >= most_) {
    return {Code::kUnavailable,
            "all " + std::to_string(most_) + " sessions are in use; allow more, or fewer callers"};
  }
  ++taken_;
  if (kept_.empty()) return std::unique_ptr<Connection>();
  std::unique_ptr<Connection> connection = std::move(kept_.back());
  kept_.pop_back();
  return connection;
}

void ConnectionPool::Give(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    --taken_;
    if (connection && connection->usable() && !connection->in_transaction()) {
      kept_.push_back(std::move(connection));
    }
  }
  returned_.notify_one();
}

void ConnectionPool::DropKept() {
  std::vector<std::unique_ptr<Connection>> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(kept_);
}

Status ConnectionPool::Read(const OpContext& ctx, const std::function<Status(Connection&)>& read) {
  PGATTIC_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Take(ctx));
  const bool was_kept = connection != nullptr;
  Status status;
  if (was_kept) status = read(*connection);
  if (was_kept && !connection->usable()) {
    connection.reset();
    DropKept();
  }
  if (!connection && ctx.Check().ok()) {
    Result<std::unique_ptr<Connection>> opened = Connection::Open(ctx, options_);
    if (opened.ok()) {
      connection = std::move(*opened);
      status = read(*connection);
    } else {
      status = std::move(opened).status();
    }
  }
  Give(std::move(connection));
  return status;
}

}  // namespace pgattic::pg
