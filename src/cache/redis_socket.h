// RedisSocket: a stream socket all of whose waits end with an OpContext.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/op_context.h"
#include "base/result.h"
#include "cache/redis_url.h"

namespace pgattic::cache {

/// A connected TCP or Unix socket. Not thread-safe. The destructor closes it.
class RedisSocket {
 public:
  /// Connects. Unavailable when nobody listens, DeadlineExceeded or Cancelled when `ctx` ends
  /// first. A host name is resolved by the system, which knows no deadline: where its resolver can
  /// hang, give an address.
  static Result<RedisSocket> Connect(const OpContext& ctx, const RedisEndpoint& endpoint);

  RedisSocket(RedisSocket&& other) noexcept;
  RedisSocket& operator=(RedisSocket&&) = delete;
  ~RedisSocket();

  /// Sends all of `bytes`. Never raises SIGPIPE.
  Status Send(const OpContext& ctx, std::string_view bytes);
  /// Blocks until there is something, returns how many bytes went into `buffer` (> 0).
  /// Unavailable when the other side has closed.
  Result<std::size_t> Receive(const OpContext& ctx, std::span<char> buffer);
  /// True when nothing has arrived and the other side has not closed. Does not block.
  bool IsQuiet() const;

 private:
  explicit RedisSocket(int fd) : fd_(fd) {}
  /// Blocks until one of `events` is there.
  Status Await(const OpContext& ctx, short events) const;
  Status ConnectTo(const OpContext& ctx, std::span<const std::byte> address);

  int fd_;
};

}  // namespace pgattic::cache
