// PgText: values as PostgreSQL's output functions print them under DateStyle ISO, TimeZone
// UTC, extra_float_digits 3 (PostgreSQL 12 and later) and bytea_output hex.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace pgattic::columnar {

/// Appends `value` in decimal.
void AppendInteger(std::int64_t value, std::string& out);
/// Appends float4out's text: the shortest that reads back as the same value.
/// Source: PostgreSQL, src/common/f2s.c.
void AppendFloat(float value, std::string& out);
/// Appends float8out's text. Source: PostgreSQL, src/common/d2s.c.
void AppendDouble(double value, std::string& out);
/// Appends "YYYY-MM-DD". REQUIRES: a year of 1 to 9999.
void AppendDate(std::int32_t days_since_1970, std::string& out);
/// Appends "HH:MM:SS[.ffffff]", zeros at the end left out.
void AppendTimeOfDay(std::int64_t microseconds, std::string& out);
/// Appends "YYYY-MM-DD HH:MM:SS[.ffffff]". REQUIRES: a year of 1 to 9999.
void AppendTimestamp(std::int64_t microseconds_since_1970, std::string& out);
/// Appends "\x" and hex digits.
void AppendBytea(ByteView bytes, std::string& out);

}  // namespace pgattic::columnar
