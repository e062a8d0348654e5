#include "base/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>

#include "base/ascii.h"

namespace pgattic {
namespace {

bool IsLoopbackV4(const std::string& host) {
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24U == 127;
}

bool IsLoopbackV6(const std::string& host) {
  in6_addr address{};
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return false;
  const bool is_v4 = IN6_IS_ADDR_V4MAPPED(&address);
  return IN6_IS_ADDR_LOOPBACK(&address) || (is_v4 && address.s6_addr[12] == 127);
}

}  // namespace

bool IsLoopbackHost(std::string_view host) {
  if (host.find('\0') != host.npos) return false;
  if (host.starts_with('[') && host.ends_with(']')) {
    return IsLoopbackV6(std::string(host.substr(1, host.size() - 2)));
  }
  const std::string name = AsciiLower(host);
  return name == "localhost" || IsLoopbackV4(name) || IsLoopbackV6(name);
}

bool IsLoopbackOrigin(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  if (scheme == origin.npos) return false;
  const std::string_view rest = origin.substr(scheme + 3);
  const std::size_t port_after = rest.starts_with('[') ? rest.find(']') : 0;
  if (port_after == rest.npos) return false;
  return IsLoopbackHost(rest.substr(0, rest.find(':', port_after)));
}

}  // namespace pgattic
