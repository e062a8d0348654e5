// What an error reply of Redis means to us: the one table.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pgattic::cache {

/// Returns the error for the text of an error reply ("WRONGPASS invalid username…"): its first
/// word decides and becomes the origin. ResourceExhausted means that there is no room.
Status RedisErrorOf(std::string_view reply);

/// Returns the error that an answer to AUTH is, of which `word` is the first word. The rest is left
/// out: Redis quotes what follows a command that it does not know, and that is the password.
Status RedisAuthErrorOf(std::string_view word);

}  // namespace pgattic::cache
