#include "engine/duckdb_text.h"

#include <cctype>

namespace pgattic::engine {
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

}  // namespace pgattic::engine
