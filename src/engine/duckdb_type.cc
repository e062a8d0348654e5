#include "engine/duckdb_type.h"

#include <algorithm>
#include <array>

#include "engine/duckdb_handle.h"

namespace pgattic::engine {
namespace {

struct TypeName {
  duckdb_type id;
  const char* name;
};

constexpr std::array kTypeNames = {
    TypeName{DUCKDB_TYPE_BOOLEAN, "boolean"},
    TypeName{DUCKDB_TYPE_TINYINT, "tinyint"},
    TypeName{DUCKDB_TYPE_SMALLINT, "smallint"},
    TypeName{DUCKDB_TYPE_INTEGER, "integer"},
    TypeName{DUCKDB_TYPE_BIGINT, "bigint"},
    TypeName{DUCKDB_TYPE_HUGEINT, "hugeint"},
    TypeName{DUCKDB_TYPE_UTINYINT, "utinyint"},
    TypeName{DUCKDB_TYPE_USMALLINT, "usmallint"},
    TypeName{DUCKDB_TYPE_UINTEGER, "uinteger"},
    TypeName{DUCKDB_TYPE_UBIGINT, "ubigint"},
    TypeName{DUCKDB_TYPE_UHUGEINT, "uhugeint"},
    TypeName{DUCKDB_TYPE_FLOAT, "real"},
    TypeName{DUCKDB_TYPE_DOUBLE, "double"},
    TypeName{DUCKDB_TYPE_DATE, "date"},
    TypeName{DUCKDB_TYPE_TIME, "time"},
    TypeName{DUCKDB_TYPE_TIME_TZ, "time with time zone"},
    TypeName{DUCKDB_TYPE_TIMESTAMP, "timestamp"},
    TypeName{DUCKDB_TYPE_TIMESTAMP_S, "timestamp_s"},
    TypeName{DUCKDB_TYPE_TIMESTAMP_MS, "timestamp_ms"},
    TypeName{DUCKDB_TYPE_TIMESTAMP_NS, "timestamp_ns"},
    TypeName{DUCKDB_TYPE_TIMESTAMP_TZ, "timestamp with time zone"},
    TypeName{DUCKDB_TYPE_INTERVAL, "interval"},
    TypeName{DUCKDB_TYPE_BLOB, "blob"},
    TypeName{DUCKDB_TYPE_UUID, "uuid"},
    TypeName{DUCKDB_TYPE_ENUM, "enum"},
    TypeName{DUCKDB_TYPE_LIST, "list"},
    TypeName{DUCKDB_TYPE_ARRAY, "list"},
    TypeName{DUCKDB_TYPE_STRUCT, "struct"},
    TypeName{DUCKDB_TYPE_MAP, "map"},
};

const char* PlainName(duckdb_type id) {
  const auto* found = std::find_if(kTypeNames.begin(), kTypeNames.end(),
                                   [&](const TypeName& type) { return type.id == id; });
  return found == kTypeNames.end() ? "varchar" : found->name;
}

}  // namespace

std::string DuckDbTypeName(duckdb_logical_type type) {
  const TextHandle alias(duckdb_logical_type_get_alias(type));
  if (alias && std::string(alias.get()) == "JSON") return "json";
  const duckdb_type id = duckdb_get_type_id(type);
  if (id != DUCKDB_TYPE_DECIMAL) return PlainName(id);
  return "decimal(" + std::to_string(duckdb_decimal_width(type)) + "," +
         std::to_string(duckdb_decimal_scale(type)) + ")";
}

}  // namespace pgattic::engine
