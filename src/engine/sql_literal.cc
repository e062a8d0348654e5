#include "engine/sql_literal.h"

#include <algorithm>
#include <iterator>

#include "base/utf8.h"
#include "pg/identifier.h"

namespace pgattic::engine {

Result<std::string> Literal(const AnswerValue& value) {
  if (!value) return std::string("NULL");
  if (!IsText(*value)) {
    return {Code::kInvalidArgument,
            "a parameter or the statement is not UTF-8, or has a NUL; nothing was asked"};
  }
  return pg::QuoteLiteral(*value);
}

std::string_view OneStatement(std::string_view sql) {
  const std::size_t last = sql.find_last_not_of("; \t\r\n");
  return last == sql.npos ? std::string_view() : sql.substr(0, last + 1);
}

namespace {

/// Numbers, dates, times and truth values: what a literal of text can be cast to.
bool IsCastTo(const std::string& type) {
  static constexpr std::string_view kFamilies[] = {"tinyint", "smallint",  "integer", "bigint",
                                                   "real",    "double",    "decimal", "boolean",
                                                   "date",    "timestamp", "time",    "uuid"};
  const bool is_plain =
      type.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789(), ") == type.npos;
  return is_plain && std::any_of(std::begin(kFamilies), std::end(kFamilies),
                                 [&](std::string_view family) { return type.starts_with(family); });
}

}  // namespace

Result<std::string> WithParameters(const Query& query, const std::vector<std::string>& types) {
  const std::string sql(OneStatement(query.sql));
  if (query.parameters.empty()) return sql;
  PGATTIC_ASSIGN_OR_RETURN(std::string text, Literal(sql));
  text = "EXECUTE IMMEDIATE " + text + " USING ";
  for (std::size_t i = 0; i < query.parameters.size(); ++i) {
    PGATTIC_ASSIGN_OR_RETURN(std::string value, Literal(query.parameters[i]));
    if (i < types.size() && IsCastTo(types[i])) value = "CAST(" + value + " AS " + types[i] + ")";
    text += (i == 0 ? "" : ", ") + value;
  }
  return text;
}

}  // namespace pgattic::engine
