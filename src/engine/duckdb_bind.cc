#include "engine/duckdb_bind.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "engine/duckdb_error.h"
#include "engine/number_text.h"
#include "model/bounds.h"

namespace pgattic::engine {
namespace {

constexpr std::array kNumbers = {DUCKDB_TYPE_TINYINT,  DUCKDB_TYPE_SMALLINT, DUCKDB_TYPE_INTEGER,
                                 DUCKDB_TYPE_BIGINT,   DUCKDB_TYPE_UTINYINT, DUCKDB_TYPE_USMALLINT,
                                 DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UBIGINT,  DUCKDB_TYPE_HUGEINT,
                                 DUCKDB_TYPE_UHUGEINT, DUCKDB_TYPE_FLOAT,    DUCKDB_TYPE_DOUBLE,
                                 DUCKDB_TYPE_DECIMAL};

duckdb_decimal DecimalOf(const NumberText& number) {
  __extension__ using Wide = __int128;
  Wide value = 0;
  for (const char digit : number.digits) value = value * 10 + (digit - '0');
  if (number.is_negative) value = -value;
  duckdb_decimal decimal{};
  decimal.width = static_cast<std::uint8_t>(number.digits.size());
  decimal.scale = static_cast<std::uint8_t>(number.scale);
  decimal.value.lower = static_cast<std::uint64_t>(value);
  decimal.value.upper = static_cast<std::int64_t>(value >> 64);
  return decimal;
}

std::optional<bool> Truth(const std::string& value) {
  const std::string text = AsciiLower(value);
  if (text != "true" && text != "false") return {};
  return text == "true";
}

/// nullopt: as text.
std::optional<duckdb_state> BindAsNumber(duckdb_prepared_statement statement, idx_t index,
                                         const std::string& text, bool is_open) {
  const std::optional<NumberText> number = ReadNumber(text);
  if (number && (!is_open || number->is_plain)) {
    std::int64_t whole = 0;
    const std::size_t sign = text.front() == '+' ? 1 : 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + sign, end, whole);
    if (error == std::errc() && at == end) return duckdb_bind_int64(statement, index, whole);
    return duckdb_bind_decimal(statement, index, DecimalOf(*number));
  }
  if (is_open) return {};
  double real = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, real);
  if (error != std::errc() || at != end) return {};
  return duckdb_bind_double(statement, index, real);
}

bool IsMoment(duckdb_type type) {
  return type == DUCKDB_TYPE_DATE || type == DUCKDB_TYPE_TIMESTAMP ||
         type == DUCKDB_TYPE_TIMESTAMP_S || type == DUCKDB_TYPE_TIMESTAMP_MS ||
         type == DUCKDB_TYPE_TIMESTAMP_NS || type == DUCKDB_TYPE_TIMESTAMP_TZ;
}

/// DuckDB's own cast overlooks whatever follows a date.
Result<duckdb_state> BindMoment(duckdb_prepared_statement statement, idx_t index,
                                const std::string& text, duckdb_type wanted) {
  constexpr std::size_t kDateSize = 10;  // 2024-01-31
  constexpr std::int64_t kDay = std::int64_t{86'400'000'000};
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t at_us, model::ParseInstant(text));
  const duckdb_timestamp at{at_us};
  if (wanted == DUCKDB_TYPE_TIMESTAMP_TZ) return duckdb_bind_timestamp_tz(statement, index, at);
  if (wanted == DUCKDB_TYPE_DATE && text.size() == kDateSize) {
    const std::int64_t day = at_us >= 0 ? at_us / kDay : (at_us - kDay + 1) / kDay;
    return duckdb_bind_date(statement, index, {static_cast<std::int32_t>(day)});
  }
  return duckdb_bind_timestamp(statement, index, at);
}

Result<duckdb_state> Bind(duckdb_prepared_statement statement, idx_t index,
                          const AnswerValue& value) {
  if (!value) return duckdb_bind_null(statement, index);
  const duckdb_type wanted = duckdb_param_type(statement, index);
  const bool is_open = wanted == DUCKDB_TYPE_INVALID || wanted == DUCKDB_TYPE_ANY;
  if (is_open || std::find(kNumbers.begin(), kNumbers.end(), wanted) != kNumbers.end()) {
    const auto bound = BindAsNumber(statement, index, *value, is_open);
    if (bound) return *bound;
  }
  if (IsMoment(wanted)) return BindMoment(statement, index, *value, wanted);
  if (wanted == DUCKDB_TYPE_BOOLEAN) {
    if (const auto truth = Truth(*value)) return duckdb_bind_boolean(statement, index, *truth);
  }
  return duckdb_bind_varchar_length(statement, index, value->data(), value->size());
}

}  // namespace

Status BindAll(duckdb_prepared_statement statement, const std::vector<AnswerValue>& values) {
  if (duckdb_nparams(statement) != values.size()) {
    return {Code::kInvalidArgument,
            "the statement has " + std::to_string(duckdb_nparams(statement)) + " parameters, but " +
                std::to_string(values.size()) + " values were given; write one for each ?"};
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Result<duckdb_state> bound = Bind(statement, i + 1, values[i]);
    if (!bound.ok()) return bound.status().While("reading parameter " + std::to_string(i + 1));
    if (*bound == DuckDBError) {
      return DuckDbError(duckdb_prepare_error(statement));
    }
  }
  return Status::Ok();
}

}  // namespace pgattic::engine
