// Bounds: the half-open range [from, to) of a partition, as the catalog states it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pgattic::model {

/// The table under archival. A plain value.
struct SourceId {
  std::string database;
  std::string schema;
  std::string table;
  bool operator==(const SourceId&) const = default;
  /// Returns "schema.table", unquoted, as a person writes it.
  std::string Name() const { return schema + "." + table; }
};

/// Bounds in PostgreSQL's own text (ISO, UTC) and as instants. Bounds without a zone count
/// as UTC. A plain value.
struct Bounds {
  std::string from;
  std::string to;
  std::int64_t from_us = 0;  ///< Microseconds since 1970-01-01 UTC.
  std::int64_t to_us = 0;
  bool operator==(const Bounds&) const = default;
  bool Contains(std::int64_t at_us) const { return from_us <= at_us && at_us < to_us; }
};

/// Parses PostgreSQL's date, timestamp or timestamptz text under DateStyle ISO, or RFC 3339
/// ("2024-01-15T10:30:00Z"). Returns microseconds since 1970-01-01 UTC; InvalidArgument for
/// anything else, infinity and BC included.
Result<std::int64_t> ParseInstant(std::string_view text);

/// Returns "2024-01-15T10:30:00Z", with a fraction only where there is one.
std::string FormatInstant(std::int64_t at_us);

/// Parses pg_get_expr(relpartbound): FOR VALUES FROM ('…') TO ('…'). Returns Unsupported
/// for DEFAULT, LIST, HASH, MINVALUE and MAXVALUE.
Result<Bounds> ParseBounds(std::string_view expression);

/// A calendar month, UTC.
struct YearMonth {
  int year = 0;
  int month = 0;
  bool operator==(const YearMonth&) const = default;
};

/// Returns the month of the midpoint: bounds made in any time zone give the month meant.
YearMonth MonthOf(const Bounds& bounds);

/// True when both bounds lie within 14 hours (the widest time zone) of the month's own.
bool IsOneMonth(const Bounds& bounds);

}  // namespace pgattic::model
