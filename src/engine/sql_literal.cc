#include "engine/sql_literal.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "base/utf8.h"
#include "engine/explain_text.h"
#include "engine/number_text.h"
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

bool IsOneOf(const std::string& type, std::initializer_list<std::string_view> families) {
  return std::any_of(families.begin(), families.end(),
                     [&](std::string_view family) { return type.starts_with(family); });
}

/// Numbers, dates, times and truth values: what a literal of text can be cast to.
bool IsCastTo(const std::string& type) {
  const bool is_plain =
      type.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789(), ") == type.npos;
  return is_plain && IsOneOf(type, {"tinyint", "smallint", "integer", "bigint", "real", "double",
                                    "decimal", "boolean", "date", "timestamp", "time", "uuid"});
}

/// The literal as the type that its place wants. A number with more digits than the place has
/// stays as it is written: a cast would round it, and an equal row be found that is none.
std::string Typed(const std::string& literal, const std::string& value, const std::string& type) {
  if (!IsCastTo(type)) return literal;
  const std::optional<NumberText> number = ReadNumber(value);
  const bool is_whole = IsOneOf(type, {"tinyint", "smallint", "integer", "bigint"});
  if (number && (type.starts_with("decimal") || (is_whole && number->scale > 0))) {
    return "DECIMAL " + literal;
  }
  std::string target = type;
  const std::size_t digits = type.find('(');
  if (IsOneOf(type, {"timestamp(", "time("}) && type[digits + 1] < '6' && type[digits + 2] == ')') {
    target[digits + 1] = '6';
  }
  return "CAST(" + literal + " AS " + target + ")";
}

}  // namespace

Result<std::string> WithParameters(const Query& query, const std::vector<std::string>& types) {
  const std::string_view sql = OneStatement(query.sql);
  if (query.parameters.empty()) return std::string(sql);
  ExplainText explain = SplitExplain(sql);
  // EXPLAIN hands no values on to what it explains; EXPLAIN ANALYZE explains no EXECUTE.
  if (explain.runs) explain = {"", std::string(sql), true};
  PGATTIC_ASSIGN_OR_RETURN(const std::string statement, Literal(explain.statement));
  std::string text = explain.head + "EXECUTE IMMEDIATE " + statement + " USING ";
  for (std::size_t i = 0; i < query.parameters.size(); ++i) {
    PGATTIC_ASSIGN_OR_RETURN(std::string value, Literal(query.parameters[i]));
    if (i < types.size() && query.parameters[i]) {
      value = Typed(value, *query.parameters[i], types[i]);
    }
    text += (i == 0 ? "" : ", ") + value;
  }
  return text;
}

}  // namespace pgattic::engine
