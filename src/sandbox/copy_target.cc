#include "sandbox/copy_target.h"

namespace pgattic::sandbox {

std::string CopyStatement(const std::string& table, const std::vector<std::string>& columns) {
  std::string sql = "COPY " + table + " (";
  for (const std::string& column : columns) {
    if (sql.back() != '(') sql += ", ";
    sql += column;
  }
  return sql + ") FROM STDIN";
}

}  // namespace pgattic::sandbox
