#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "base/utf8.h"

namespace pgattic::log {
namespace {

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("pgattic",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *logger;
}

/// How a character is written between quotes (RFC 8259, section 7); "" where it is itself. The
/// controls of Latin-1 and the separators of Unicode end a line for some readers too.
std::string EscapeOf(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (first == '"' || first == '\\') return {'\\', character[0]};
  if (first == '\n') return "\\n";
  if (first == '\r') return "\\r";
  if (first == '\t') return "\\t";
  if (character == "\u2028") return "\\u2028";
  if (character == "\u2029") return "\\u2029";
  const bool is_c1 = first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  const unsigned code = is_c1 ? static_cast<unsigned char>(character[1]) : first;
  if (!is_c1 && first >= 0x20 && first != 0x7F) return "";
  constexpr std::string_view kHex = "0123456789abcdef";
  return {'\\', 'u', '0', '0', kHex[code >> 4U], kHex[code & 15U]};
}

/// Appends the value as logfmt has it: between quotes where it would not read as one word.
void AppendValue(std::string_view value, std::string& line) {
  std::string quoted;
  bool is_word = !value.empty();
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t length = CharacterLength(value, at);
    const std::string_view character = value.substr(at, std::max<std::size_t>(length, 1));
    const bool is_text = length > 0 || character[0] == '\0';
    const std::string escape = is_text ? EscapeOf(character) : "\\ufffd";
    if (!escape.empty() || character == " " || character == "=") is_word = false;
    quoted += escape.empty() ? character : std::string_view(escape);
    at += character.size();
  }
  line += is_word ? std::string(value) : '"' + quoted + '"';
}

}  // namespace

std::string Line(std::string_view event, std::initializer_list<Field> fields) {
  std::string line(event);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    AppendValue(value, line);
  }
  return line;
}

void SetLevel(Level level) { Logger().set_level(ToSpdlog(level)); }

void Write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  Logger().log(ToSpdlog(level), Line(event, fields));
}

}  // namespace pgattic::log
