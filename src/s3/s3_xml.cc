#include "s3/s3_xml.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace pgattic::s3 {
namespace {

struct Entity {
  std::string_view name;
  char character;
};

constexpr std::array<Entity, 5> kEntities{
    {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};

void AppendUtf8(std::uint32_t code, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | ((code >> 18) & 7));
    tail(12);
    tail(6);
    tail(0);
  }
}

// Resolves the entity at the start of `text`; returns its length, 0 when there is none.
std::size_t TakeEntity(std::string_view text, std::string& out) {
  for (const Entity& entity : kEntities) {
    if (text.starts_with(entity.name)) {
      out += entity.character;
      return entity.name.size();
    }
  }
  const std::size_t end = text.substr(0, 12).find(';');
  if (!text.starts_with("&#") || end == std::string_view::npos) return 0;
  const bool is_hex = text.size() > 2 && text[2] == 'x';
  const char* first = text.data() + (is_hex ? 3 : 2);
  std::uint32_t code = 0;
  if (std::from_chars(first, text.data() + end, code, is_hex ? 16 : 10).ptr != text.data() + end ||
      code > 0x10FFFF) {
    return 0;
  }
  AppendUtf8(code, out);
  return end + 1;
}

std::string Unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t taken = text[0] == '&' ? TakeEntity(text, out) : 0;
    if (taken == 0) out += text[0];
    text.remove_prefix(taken == 0 ? 1 : taken);
  }
  return out;
}

}  // namespace

std::vector<std::string_view> XmlElements(std::string_view xml, std::string_view name) {
  const std::string open = "<" + std::string(name);
  const std::string close = "</" + std::string(name) + ">";
  std::vector<std::string_view> found;
  std::size_t at = 0;
  while ((at = xml.find(open, at)) != std::string_view::npos) {
    at += open.size();
    if (at >= xml.size() || (xml[at] != '>' && xml[at] != ' ')) continue;
    const std::size_t begin = xml.find('>', at);
    const std::size_t end = xml.find(close, at);
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) break;
    found.push_back(xml.substr(begin + 1, end - begin - 1));
    at = end + close.size();
  }
  return found;
}

std::string XmlText(std::string_view xml, std::string_view name) {
  const std::vector<std::string_view> found = XmlElements(xml, name);
  return found.empty() ? std::string() : Unescape(found.front());
}

std::string XmlEscape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    bool is_special = false;
    for (const Entity& entity : kEntities) {
      if (entity.character == c) {
        out += entity.name;
        is_special = true;
      }
    }
    if (!is_special) out += c;
  }
  return out;
}

}  // namespace pgattic::s3
