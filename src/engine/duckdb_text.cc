#include "engine/duckdb_text.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace pgattic::engine {
namespace {

/// Takes the word off the front of `text`, whatever its case. False where it is not there.
bool TakeWord(std::string_view& text, std::string_view word) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  if (text.size() < word.size() || !std::equal(word.begin(), word.end(), text.begin(),
                                               [&](char w, char t) { return same(t, w); })) {
    return false;
  }
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

std::string InParentheses(const std::string& sql) {
  std::string body = sql;
  const auto is_end = [](char c) {
    return c == ';' || std::isspace(static_cast<unsigned char>(c)) != 0;
  };
  while (!body.empty() && is_end(body.back())) body.pop_back();
  // The line feed ends a comment in its last line.
  return "(" + body + "\n) AS answer";
}

std::string AsTextSql(const std::string& sql, std::size_t columns) {
  std::string names;
  std::string casts;
  for (std::size_t i = 0; i < columns; ++i) {
    const std::string name = "c" + std::to_string(i);
    names += (i == 0 ? "" : ", ") + name;
    casts += (i == 0 ? "" : ", ") + ("CAST(" + name + " AS VARCHAR)");
  }
  return "SELECT " + casts + " FROM " + InParentheses(sql) + "(" + names + ")";
}

std::string Explained(const std::string& sql) {
  std::string_view text = sql;
  if (!TakeWord(text, "explain")) return "";
  TakeWord(text, "analyze");
  std::string_view options = text;
  if (TakeWord(options, "(") && !TakeWord(options, "select")) {
    const std::size_t end = text.find(')');
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return std::string(text);
}

}  // namespace pgattic::engine
