#include "sandbox/append_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>

namespace pgattic::sandbox {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns the letter after the backslash, 0 for bytes that COPY takes as they are.
constexpr char CopyEscape(char c) {
  switch (c) {
    case '\\':
      return '\\';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

void AppendDigits(std::string& out, std::int64_t value, int width) {
  std::array<char, 8> digits{};
  for (int i = width; i-- > 0; value /= 10) {
    digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  }
  out.append(digits.data(), static_cast<std::size_t>(width));
}

void AppendInstant(std::string& out, std::int64_t at_us, char separator) {
  using namespace std::chrono;
  const sys_time<microseconds> at{microseconds(at_us)};
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss<microseconds> time(at - day);
  AppendDigits(out, static_cast<int>(date.year()), 4);
  out += '-';
  AppendDigits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  AppendDigits(out, static_cast<unsigned>(date.day()), 2);
  out += separator;
  AppendDigits(out, time.hours().count(), 2);
  out += ':';
  AppendDigits(out, time.minutes().count(), 2);
  out += ':';
  AppendDigits(out, time.seconds().count(), 2);
  out += '.';
  AppendDigits(out, time.subseconds().count(), 6);
}

}  // namespace

void AppendInt(std::string& out, std::int64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void AppendCopyField(std::string& out, std::string_view value) {
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char escape = CopyEscape(value[i]);
    if (escape == 0) continue;
    out.append(value.substr(plain_from, i - plain_from));
    out += {'\\', escape};
    plain_from = i + 1;
  }
  out.append(value.substr(plain_from));
}

void AppendJsonString(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20) {
      out += "\\u00";
      out += {kHex[byte >> 4U], kHex[byte & 15U]};
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendBase64(std::string& out, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8U | (j < group.size() ? static_cast<unsigned char>(group[j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += j <= group.size() ? kBase64[bits >> (18U - 6U * j) & 63U] : '=';
    }
  }
}

void AppendHex(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += {kHex[byte >> 4U], kHex[byte & 15U]};
  }
}

void AppendTimestamp(std::string& out, std::int64_t at_us) {
  AppendInstant(out, at_us, ' ');
  out += "+00";
}

void AppendRfc3339(std::string& out, std::int64_t at_us) {
  AppendInstant(out, at_us, 'T');
  out += 'Z';
}

}  // namespace pgattic::sandbox
