// RedisConnection: commands and replies over one socket. hiredis speaks the protocol, the
// waiting is ours: its own time-outs hold for each read, not for a call.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "cache/redis_socket.h"
#include "cache/redis_url.h"

namespace pgattic::cache {

/// A reply that is not an error: a text (a status, a string, the digits of a number), nothing, or
/// a list of such. A plain value.
struct RedisReply {
  std::optional<std::string> text;
  std::vector<std::optional<std::string>> list;
};

/// One connection, signed in. Not thread-safe. After an error that Redis did not *say*, it is
/// out of step with the server: see IsUsable().
class RedisConnection {
 public:
  /// Connects, signs in and selects the database.
  static Result<std::unique_ptr<RedisConnection>> Dial(const OpContext& ctx,
                                                       const RedisEndpoint& endpoint,
                                                       std::size_t max_reply_bytes);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// Sends a command and returns its reply. Errors: what Redis says (RedisErrorOf); Unavailable
  /// when the connection breaks, Corruption for what is not the protocol, ResourceExhausted for a
  /// reply larger than allowed, DeadlineExceeded or Cancelled when `ctx` ends first.
  Result<RedisReply> Call(const OpContext& ctx, std::span<const std::string_view> words);

  /// False once a call ended without its whole reply, or when the other side has closed or sent
  /// what nobody asked for. Does not block.
  bool IsUsable() const { return !is_broken_ && socket_.IsQuiet(); }

 private:
  struct Codec;
  RedisConnection(RedisSocket socket, std::unique_ptr<Codec> codec, std::size_t max_reply_bytes);
  Status SignIn(const OpContext& ctx, const RedisEndpoint& endpoint);

  RedisSocket socket_;
  std::unique_ptr<Codec> codec_;
  const std::size_t max_reply_bytes_;
  bool is_broken_ = false;
};

}  // namespace pgattic::cache
