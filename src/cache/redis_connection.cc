#include "cache/redis_connection.h"

#include <hiredis/hiredis.h>

#include <array>
#include <utility>

#include "cache/redis_error.h"

namespace pgattic::cache {
namespace {

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
struct FreeCommand {
  void operator()(char* command) const { redisFreeCommand(command); }
};
using ReplyPtr = std::unique_ptr<redisReply, FreeReply>;

Status OutOfMemory() {
  return {Code::kResourceExhausted, "no memory for a command to Redis; give this process more"};
}

std::optional<std::string> TextOf(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_INTEGER) return std::to_string(reply.integer);
  if (reply.type != REDIS_REPLY_STRING && reply.type != REDIS_REPLY_STATUS) return std::nullopt;
  return std::string(reply.str, reply.len);
}

Result<RedisReply> Translate(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) return RedisErrorOf({reply.str, reply.len});
  RedisReply out;
  out.text = TextOf(reply);
  if (reply.type == REDIS_REPLY_ARRAY) {
    out.list.reserve(reply.elements);
    for (std::size_t i = 0; i < reply.elements; ++i) out.list.push_back(TextOf(*reply.element[i]));
  }
  return out;
}

}  // namespace

/// hiredis' encoder and decoder.
struct RedisConnection::Codec {
  std::unique_ptr<redisReader, FreeReader> reader{redisReaderCreate()};

  static Status Send(const OpContext& ctx, RedisSocket& socket,
                     std::span<const std::string_view> words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    char* raw = nullptr;
    const int size =
        redisFormatCommandArgv(&raw, static_cast<int>(words.size()), texts.data(), sizes.data());
    const std::unique_ptr<char, FreeCommand> command(raw);
    if (size < 0) return OutOfMemory();
    return socket.Send(ctx, {command.get(), static_cast<std::size_t>(size)});
  }

  /// Reads until one reply is whole.
  Result<ReplyPtr> Receive(const OpContext& ctx, RedisSocket& socket, std::size_t max_bytes) const {
    std::array<char, std::size_t{32} << 10> buffer;  // NOLINT: written before it is read
    std::size_t received = 0;
    for (;;) {
      void* reply = nullptr;
      if (redisReaderGetReply(reader.get(), &reply) != REDIS_OK) {
        return {Code::kCorruption, std::string("what answers is not Redis: ") + reader->errstr +
                                       "; correct the URL of the cache"};
      }
      if (reply != nullptr) return ReplyPtr(static_cast<redisReply*>(reply));
      if (received > max_bytes) {
        return {Code::kResourceExhausted, "a reply of Redis is larger than " +
                                              std::to_string(max_bytes) +
                                              " bytes; see who else writes under s3game:"};
      }
      PGATTIC_ASSIGN_OR_RETURN(const std::size_t got, socket.Receive(ctx, buffer));
      received += got;
      if (redisReaderFeed(reader.get(), buffer.data(), got) != REDIS_OK) return OutOfMemory();
    }
  }
};

RedisConnection::RedisConnection(RedisSocket socket, std::unique_ptr<Codec> codec,
                                 std::size_t max_reply_bytes)
    : socket_(std::move(socket)), codec_(std::move(codec)), max_reply_bytes_(max_reply_bytes) {}

RedisConnection::~RedisConnection() = default;

Result<std::unique_ptr<RedisConnection>> RedisConnection::Dial(const OpContext& ctx,
                                                               const RedisEndpoint& endpoint,
                                                               std::size_t max_reply_bytes) {
  auto codec = std::make_unique<Codec>();
  if (!codec->reader) return OutOfMemory();
  PGATTIC_ASSIGN_OR_RETURN(RedisSocket socket, RedisSocket::Connect(ctx, endpoint));
  std::unique_ptr<RedisConnection> connection(
      new RedisConnection(std::move(socket), std::move(codec), max_reply_bytes));
  PGATTIC_RETURN_IF_ERROR(connection->SignIn(ctx, endpoint));
  return connection;
}

Status RedisConnection::SignIn(const OpContext& ctx, const RedisEndpoint& endpoint) {
  if (!endpoint.password.empty()) {
    std::vector<std::string_view> words = {"AUTH"};
    if (!endpoint.user.empty()) words.push_back(endpoint.user);
    words.push_back(endpoint.password.Reveal());
    Status signed_in = Call(ctx, words).status();
    if (!signed_in.ok() && signed_in.error().origin.system == "redis") {
      return RedisAuthErrorOf(signed_in.error().origin.code);
    }
    PGATTIC_RETURN_IF_ERROR(std::move(signed_in));
  }
  if (endpoint.database != 0) {
    const std::string database = std::to_string(endpoint.database);
    const std::array<std::string_view, 2> words = {"SELECT", database};
    PGATTIC_RETURN_IF_ERROR(Call(ctx, words).status());
  }
  return Status::Ok();
}

Result<RedisReply> RedisConnection::Call(const OpContext& ctx,
                                         std::span<const std::string_view> words) {
  is_broken_ = true;  // until the whole reply is here
  PGATTIC_RETURN_IF_ERROR(Codec::Send(ctx, socket_, words));
  PGATTIC_ASSIGN_OR_RETURN(const ReplyPtr reply, codec_->Receive(ctx, socket_, max_reply_bytes_));
  is_broken_ = false;
  return Translate(*reply);
}

}  // namespace pgattic::cache
