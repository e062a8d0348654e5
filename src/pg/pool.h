// Pool: a bounded number of sessions, shared by threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "pg/connection.h"

namespace pgattic::pg {

/// Sessions of one server, made when they are needed, kept, at most so many at a time.
/// Thread-safe. Outlives its leases.
class Pool {
 public:
  /// A session for one caller. Gives it back at its end; one that was lost, or is left within
  /// a transaction, is closed. Move-only.
  class Lease {
   public:
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class Pool;
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    Pool& pool_;
    std::unique_ptr<Connection> connection_;
  };

  /// REQUIRES: size > 0.
  Pool(ConnectOptions options, std::size_t size) : options_(std::move(options)), size_(size) {}

  /// Returns a session that was open a moment ago. Blocks while all are lent, and while it
  /// connects. Errors: those of Connection::Open; DeadlineExceeded, Cancelled.
  Result<Lease> Acquire(const OpContext& ctx);

  /// Returns how many sessions are lent now.
  std::size_t lent() const;
  /// Where its sessions are, and how many callers wait for one. A plain value.
  struct Use {
    std::size_t lent = 0;
    std::size_t idle = 0;
    std::size_t waiting = 0;
    std::size_t size = 0;
  };
  Use use() const;

 private:
  /// Waits for leave to hold one more; returns an idle session, or null to make one.
  Result<std::unique_ptr<Connection>> Take(const OpContext& ctx);
  void GiveBack(std::unique_ptr<Connection> connection);

  const ConnectOptions options_;
  const std::size_t size_;
  mutable std::mutex mutex_;  ///< Guards all below.
  std::condition_variable_any freed_;
  std::size_t lent_ = 0;
  std::size_t waiting_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace pgattic::pg
