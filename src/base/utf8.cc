#include "base/utf8.h"

namespace pgattic {
namespace {

using Byte = unsigned char;

bool IsContinuation(std::string_view bytes, std::size_t at) {
  return at < bytes.size() && (static_cast<Byte>(bytes[at]) & 0xC0U) == 0x80U;
}

}  // namespace

// RFC 3629, section 4.
std::size_t CharacterLength(std::string_view bytes, std::size_t at) {
  const auto first = static_cast<Byte>(bytes[at]);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!IsContinuation(bytes, at + i)) return 0;
  }
  const auto second = static_cast<Byte>(bytes[at + 1]);
  const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool is_surrogate = first == 0xED && second > 0x9F;
  const bool is_too_high = first == 0xF4 && second > 0x8F;
  return is_overlong || is_surrogate || is_too_high ? 0 : length;
}

bool IsText(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = CharacterLength(bytes, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace pgattic
