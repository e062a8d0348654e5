#include "cache/redis_url.h"

#include <charconv>
#include <optional>
#include <string_view>

namespace pgattic::cache {
namespace {

Status Wrong(const std::string& what) {
  return {Code::kInvalidArgument, "the URL of the Redis cache has " + what +
                                      "; give redis://[user:password@]host[:port][/database] or "
                                      "unix:///path/of/socket[?db=N]"};
}

/// Returns the number that all of `text` is, if it is one from 0 to `most`.
std::optional<int> Number(std::string_view text, int most) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 0 || number > most) return std::nullopt;
  return number;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return std::nullopt;
    out.push_back(static_cast<char>(byte));
    i += 2;
  }
  return out;
}

/// Takes "user:password@" off the front of `rest`, if it is there.
Status TakeCredentials(std::string_view& rest, RedisEndpoint& endpoint) {
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  if (at == std::string_view::npos) return Status::Ok();
  const std::string_view text = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Wrong("a user without a password");
  auto user = PercentDecode(text.substr(0, colon));
  auto password = PercentDecode(text.substr(colon + 1));
  if (!user || !password) return Wrong("a '%' that encodes nothing in user or password");
  endpoint.user = *std::move(user);
  endpoint.password = Secret(*std::move(password));
  return Status::Ok();
}

Status TakeHostAndPort(std::string_view text, RedisEndpoint& endpoint) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return Wrong("an address that lacks its ']'");
    endpoint.host = std::string(text.substr(1, close - 1));
    port = text.substr(close + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    endpoint.host = std::string(text.substr(0, colon));
    port = text.substr(colon);
  }
  if (endpoint.host.empty()) return Wrong("no host");
  if (port.empty()) return Status::Ok();
  const std::optional<int> number = Number(port.substr(1), 65535);
  if (port[0] != ':' || !number || *number == 0) return Wrong("a port that is none");
  endpoint.port = static_cast<std::uint16_t>(*number);
  return Status::Ok();
}

Status TakeDatabase(std::string_view text, RedisEndpoint& endpoint) {
  if (text.empty()) return Status::Ok();
  // Redis' own default has 16; more can be configured.
  const std::optional<int> number = Number(text, 1'000'000);
  if (!number) return Wrong("a database that is no number");
  endpoint.database = *number;
  return Status::Ok();
}

Result<RedisEndpoint> ParseTcp(std::string_view rest) {
  RedisEndpoint endpoint;
  PGATTIC_RETURN_IF_ERROR(TakeCredentials(rest, endpoint));
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  PGATTIC_RETURN_IF_ERROR(TakeHostAndPort(rest.substr(0, slash), endpoint));
  if (slash < rest.size()) {
    PGATTIC_RETURN_IF_ERROR(TakeDatabase(rest.substr(slash + 1), endpoint));
  }
  return endpoint;
}

Result<RedisEndpoint> ParseUnix(std::string_view rest) {
  RedisEndpoint endpoint;
  PGATTIC_RETURN_IF_ERROR(TakeCredentials(rest, endpoint));
  const std::size_t mark = std::min(rest.find('?'), rest.size());
  auto path = PercentDecode(rest.substr(0, mark));
  if (!path || !path->starts_with('/')) return Wrong("no absolute path of a socket");
  endpoint.socket_path = *std::move(path);
  if (mark == rest.size()) return endpoint;
  const std::string_view query = rest.substr(mark + 1);
  if (!query.starts_with("db=") || query.size() == 3) return Wrong("something else than ?db=N");
  PGATTIC_RETURN_IF_ERROR(TakeDatabase(query.substr(3), endpoint));
  return endpoint;
}

}  // namespace

std::string RedisEndpoint::ToString() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  const std::string where = !socket_path.empty() ? socket_path
                            : is_ipv6            ? "[" + host + "]:" + std::to_string(port)
                                                 : host + ":" + std::to_string(port);
  return where + "/" + std::to_string(database);
}

Result<RedisEndpoint> ParseRedisUrl(const Secret& url) {
  const std::string_view text = url.Reveal();
  constexpr std::string_view kTcp = "redis://";
  constexpr std::string_view kUnix = "unix://";
  if (text.starts_with(kTcp)) return ParseTcp(text.substr(kTcp.size()));
  if (text.starts_with(kUnix)) return ParseUnix(text.substr(kUnix.size()));
  if (text.starts_with("rediss://")) {
    return {Code::kUnsupported,
            "this build cannot speak TLS to Redis (its hiredis has none): put a TLS tunnel such as "
            "stunnel on this host and give redis://127.0.0.1:PORT, or leave the URL out to use the "
            "cache in memory"};
  }
  return Wrong("an unknown scheme");
}

}  // namespace pgattic::cache
