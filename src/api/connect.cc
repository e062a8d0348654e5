#include "api/connect.h"

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "api/caching.h"
#include "api/connect_error.h"
#include "api/text.h"
#include "base/ascii.h"
#include "base/utf8.h"

namespace pgattic::api {
namespace {

using google::protobuf::Message;
using http_server::Request;
using http_server::Response;

enum class Codec { kJson, kProto };

/// A request as both of its forms, POST and GET, say it. A plain value.
struct Call {
  Codec codec = Codec::kJson;
  std::string message;
  OpContext ctx;
};

Response Invalid(const std::string& message) {
  return ConnectError(ConnectCodeOf(Code::kInvalidArgument), message, nullptr);
}

std::optional<Codec> CodecOf(const std::string& name) {
  if (name == "json") return Codec::kJson;
  if (name == "proto") return Codec::kProto;
  return std::nullopt;
}

/// "application/json; charset=utf-8" is json; other charsets are no JSON at all (RFC 8259).
std::optional<Codec> CodecOfContentType(const std::string& header) {
  std::string type = AsciiLower(header);
  type.erase(std::remove(type.begin(), type.end(), ' '), type.end());
  if (type == "application/json" || type == "application/json;charset=utf-8") return Codec::kJson;
  if (type == "application/proto") return Codec::kProto;
  return std::nullopt;
}

std::string QueryValue(const Route& route, const std::string& name) {
  const auto found = route.query.find(name);
  return found == route.query.end() ? "" : found->second;
}

/// Accepts both alphabets, with and without padding.
std::optional<std::string> FromBase64(const std::string& text) {
  std::string bytes;
  unsigned pending = 0;
  unsigned bits = 0;
  for (const char c : text.substr(0, text.find('='))) {
    unsigned digit = 0;
    if (c >= 'A' && c <= 'Z') {
      digit = static_cast<unsigned>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      digit = static_cast<unsigned>(c - 'a') + 26;
    } else if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0') + 52;
    } else if (c == '-' || c == '+') {
      digit = 62;
    } else if (c == '_' || c == '/') {
      digit = 63;
    } else {
      return std::nullopt;
    }
    pending = pending << 6U | digit;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(pending >> bits & 0xFFU);
  }
  return bytes;
}

/// What is wrong with the form of a POST; nullopt when nothing is.
std::optional<Response> ReadPost(const Request& request, Call& call) {
  const std::optional<Codec> codec = CodecOfContentType(request.Header("content-type"));
  if (!codec) {
    Response response;
    response.status = 415;
    response.headers.emplace_back("Accept-Post", "application/json, application/proto");
    return response;
  }
  const std::string version = request.Header("connect-protocol-version");
  if (!version.empty() && version != "1") {
    return Invalid("connect-protocol-version must be \"1\": got \"" + version + "\"");
  }
  call.codec = *codec;
  call.message = request.body;
  return std::nullopt;
}

std::optional<Response> ReadGet(const Route& route, Call& call) {
  const std::optional<Codec> codec = CodecOf(QueryValue(route, "encoding"));
  if (!codec) {
    Response response;
    response.status = 415;
    return response;
  }
  const std::string version = QueryValue(route, "connect");
  if (!version.empty() && version != "v1") {
    return Invalid("connect must be \"v1\": got \"" + version + "\"");
  }
  const std::string compression = QueryValue(route, "compression");
  if (!compression.empty() && compression != "identity") {
    return ConnectError({"unimplemented", 501},
                        "unknown compression of a query: supported is identity", nullptr);
  }
  call.codec = *codec;
  call.message = QueryValue(route, "message");
  if (QueryValue(route, "base64") != "1") return std::nullopt;
  std::optional<std::string> bytes = FromBase64(call.message);
  if (!bytes) return Invalid("message is not base64");
  call.message = std::move(*bytes);
  return std::nullopt;
}

std::optional<Response> ReadTimeout(const Request& request, Call& call) {
  constexpr std::size_t kMostDigits = 10;
  const std::string timeout = request.Header("connect-timeout-ms");
  if (timeout.empty()) return std::nullopt;
  const std::optional<std::int64_t> value = ParseDigits(timeout, kMostDigits);
  if (!value) return Invalid("connect-timeout-ms is no number of at most 10 digits");
  call.ctx = call.ctx.WithDeadline(std::chrono::milliseconds(*value));
  return std::nullopt;
}

/// The library writes a line to stderr for each message that is no good; a client could fill a
/// disk with them.
void SilenceProtobuf() {
  static auto* const former = google::protobuf::SetLogHandler(nullptr);
  static_cast<void>(former);
}

std::optional<Response> Parse(const Call& call, Message& message) {
  SilenceProtobuf();
  if (call.codec == Codec::kProto) {
    if (message.ParseFromString(call.message)) return std::nullopt;
    return Invalid("the body is no " + std::string(message.GetTypeName()));
  }
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!IsText(call.message)) return Invalid("the body is not UTF-8 text");
  const auto parsed = google::protobuf::util::JsonStringToMessage(call.message, &message, options);
  if (parsed.ok()) return std::nullopt;
  return Invalid("the body is no JSON of a " + std::string(message.GetTypeName()) + ": " +
                 parsed.ToString());
}

Response Write(Codec codec, const Message& message) {
  Response response;
  if (codec == Codec::kProto) {
    response.content_type = "application/proto";
    response.body = message.SerializeAsString();
    return response;
  }
  if (google::protobuf::util::MessageToJsonString(message, &response.body).ok()) return response;
  return ConnectError(ConnectCodeOf(Code::kInternal), "the answer cannot be written as JSON",
                      nullptr);
}

/// What is known of an id is a response; but that there is nothing is an error for a client.
template <typename Response>
std::optional<Status> ErrorIn(const OpContext& ctx, const Response& response, bool has_info) {
  const v1::Availability availability = response.availability();
  if (availability == v1::AVAILABILITY_ABSENT) {
    return Status(Code::kNotFound, "there is no row of this id");
  }
  if (availability == v1::AVAILABILITY_ERASED) {
    return Status(Code::kFailedPrecondition, "the row of this id was erased");
  }
  if (availability == v1::AVAILABILITY_TEMPORARILY_UNAVAILABLE && !has_info) {
    Status given_up = ctx.Check();
    return given_up.ok() ? Status(Code::kUnavailable, response.why()) : std::move(given_up);
  }
  return std::nullopt;
}

Response Finish(const Request&, const Call& call, const Message& message) {
  return Write(call.codec, message);
}

Response Finish(const Request& request, const Call& call, const v1::GetGameResponse& game) {
  const std::optional<Status> error = ErrorIn(call.ctx, game, game.has_game());
  if (error) return ConnectError(ConnectCodeOf(error->code()), error->error().message, &game);
  Response response = Write(call.codec, game);
  AddSource(game.tier(), response);
  if (request.method == "POST" || !game.is_immutable()) return response;
  const std::string content = response.body;
  return Revalidated(request, content, std::move(response));
}

Response Finish(const Request& request, const Call& call, const v1::GetRowResponse& row) {
  const std::optional<Status> error = ErrorIn(call.ctx, row, false);
  if (error) return ConnectError(ConnectCodeOf(error->code()), error->error().message, &row);
  Response response = Write(call.codec, row);
  AddSource(row.tier(), response);
  if (request.method == "POST" || !row.is_immutable()) return response;
  return Kept(request, row.row_json(), std::move(response));
}

template <typename In, typename Out>
Response Run(const Request& request, const Call& call, ArchiveApi& api,
             Result<Out> (ArchiveApi::*method)(const OpContext&, const In&)) {
  In in;
  if (std::optional<Response> bad = Parse(call, in)) return std::move(*bad);
  const Result<Out> out = (api.*method)(call.ctx, in);
  if (!out.ok()) {
    return ConnectError(ConnectCodeOf(out.code()), out.error().ToString(), nullptr);
  }
  return Finish(request, call, *out);
}

}  // namespace

Response ConnectRefusal(int status, const std::string& message) {
  switch (status) {
    case 400:
    case 414:
      return Invalid(message);
    case 401:
      return ConnectError({"unauthenticated", 401}, message, nullptr);
    case 413:
    case 429:
      return ConnectError({"resource_exhausted", 429}, message, nullptr);
    case 415:
      return ConnectError({"unimplemented", 501}, message, nullptr);
    case 503:
      return ConnectError({"unavailable", 503}, message, nullptr);
    default:
      break;
  }
  Response response;  // Not of the protocol: 405.
  response.status = status;
  return response;
}

Response AnswerConnect(const OpContext& ctx, ArchiveApi& api, const Route& route,
                       const Request& request) {
  Call call;
  call.ctx = ctx;
  const bool is_post = request.method == "POST";
  std::optional<Response> bad = is_post ? ReadPost(request, call) : ReadGet(route, call);
  if (!bad) bad = ReadTimeout(request, call);
  if (bad) return std::move(*bad);
  const std::string& method = route.arguments.at(0);
  if (method == "GetGame") return Run(request, call, api, &ArchiveApi::GetGame);
  if (method == "BatchGetGames") return Run(request, call, api, &ArchiveApi::BatchGetGames);
  if (method == "GetRow") return Run(request, call, api, &ArchiveApi::GetRow);
  if (method == "ListArchives") return Run(request, call, api, &ArchiveApi::ListArchives);
  return ConnectError({"unimplemented", 404}, "there is no method " + method, nullptr);
}

}  // namespace pgattic::api
