// Text of DuckDB's SQL that pgattic writes itself.
#pragma once

#include <string>
#include <vector>

#include "pg/identifier.h"

namespace pgattic::engine {

/// Returns ['a','b'], each as a literal: DuckDB quotes literals and names as PostgreSQL does.
inline std::string SqlList(const std::vector<std::string>& values) {
  std::string list = "[";
  for (const std::string& value : values) {
    list += (list.size() > 1 ? "," : "") + pg::QuoteLiteral(value);
  }
  return list + "]";
}

}  // namespace pgattic::engine
