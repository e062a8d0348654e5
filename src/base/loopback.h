// Which hosts are this machine and no other.
#pragma once

#include <string_view>

namespace pgattic {

/// True for a host that can only be this machine: an address of 127.0.0.0/8, ::1 (bare or in
/// brackets), ::ffff:127.x.y.z, and the name "localhost" in any case. Addresses in their full
/// spelling alone: "127.1" and "2130706433", and names that merely begin so, are not taken. No
/// port, no scheme. Pure; looks nothing up.
bool IsLoopbackHost(std::string_view host);

/// The same for "http://host:port", as http::OriginOf() gives it.
bool IsLoopbackOrigin(std::string_view origin);

}  // namespace pgattic
