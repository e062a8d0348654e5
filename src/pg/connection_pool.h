// ConnectionPool: a bounded number of sessions for callers in many threads.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "pg/connection.h"

namespace pgattic::pg {

/// Opens sessions when they are needed and keeps them. Thread-safe. Connects to nothing until
/// it is used; outlives every call.
class ConnectionPool {
 public:
  /// REQUIRES: most >= 1.
  ConnectionPool(ConnectOptions options, int most) : options_(std::move(options)), most_(most) {}
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// Calls `read` with a session of its own; waits for one while all are in use. A kept session
  /// that turns out to be lost, as all are after a restart of the server, is replaced by a new
  /// one and `read` is called once more: it must change nothing. Errors: as Connection::Open
  /// and `read`; the context's while waiting.
  Status Read(const OpContext& ctx, const std::function<Status(Connection&)>& read);

 private:
  /// nullptr: there is none, and one more may be opened.
  Result<std::unique_ptr<Connection>> Take(const OpContext& ctx);
  void Give(std::unique_ptr<Connection> connection);
  void DropKept();

  const ConnectOptions options_;
  const int most_;
  std::mutex mutex_;  ///< Guards what is below.
  std::condition_variable_any returned_;
  std::vector<std::unique_ptr<Connection>> kept_;
  int taken_ = 0;
};

}  // namespace pgattic::pg
