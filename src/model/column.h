// Column: one column of a source and how its values travel into Parquet. No I/O.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace pgattic::model {

/// How the values of a column travel. The name of the Arrow type is the one in the file.
/// "COPY" is the field of COPY … (FORMAT binary) that the column is selected as.
enum class Transport {
  kBool,         ///< bool. COPY: 1 byte.
  kInt16,        ///< int2 → int16.
  kInt32,        ///< int4 → int32.
  kInt64,        ///< int8 → int64.
  kOid,          ///< oid → int64. COPY: 4 bytes, unsigned.
  kMoney,        ///< money → int64, in the smallest unit of lc_monetary. COPY: 8 bytes.
  kFloat32,      ///< float4 → float.
  kFloat64,      ///< float8 → double.
  kDecimal,      ///< numeric(p,s), p <= 38, 0 <= s <= p → decimal128(p,s).
  kDate,         ///< date → date32.
  kTime,         ///< time → time64[us].
  kTimestamp,    ///< timestamp → timestamp[us].
  kTimestampTz,  ///< timestamptz → timestamp[us, UTC].
  kString,       ///< text, varchar, bpchar, name, json, xml: string. COPY: the text itself.
  kJsonb,        ///< jsonb → string. COPY: version byte 1, then the text.
  kBinary,       ///< bytea → binary.
  kText,         ///< Everything else: string. Selected as "column"::text.
};

/// Returns the transport's stable name, as written to metadata ("int64", "jsonb", "text").
std::string_view TransportName(Transport transport);
/// Returns InvalidArgument for a name that TransportName never gives.
Result<Transport> TransportFromName(std::string_view name);

/// What the catalog says of a type (pg_type), domains already resolved to their base type.
struct PgType {
  std::uint32_t oid = 0;     ///< Base type's oid (64-bit safe: PostgreSQL's oids are 32 bits).
  std::int32_t typmod = -1;  ///< pg_attribute.atttypmod, or the domain's.
  std::string formatted;     ///< format_type(): "numeric(10,2)", "public.mood".
};

/// Returns the exact transport of a type, or kText where Arrow has none.
/// Source: PostgreSQL, src/include/catalog/pg_type.dat and numeric.c (typmod).
Transport TransportOf(const PgType& type);

/// Precision and scale of a numeric typmod. Source: numeric.c, make_numeric_typmod.
struct DecimalShape {
  std::int32_t precision = 0;
  std::int32_t scale = 0;
};
DecimalShape DecimalShapeOf(std::int32_t typmod);

/// One column of the archived rows, in table order. A plain value.
struct Column {
  std::string name;
  PgType type;
  bool nullable = true;
  Transport transport = Transport::kText;
  bool operator==(const Column&) const;
};

/// The columns of a part and which one is the id.
struct TableSchema {
  std::vector<Column> columns;
  std::size_t id_index = 0;
  const Column& id() const { return columns.at(id_index); }
};

}  // namespace pgattic::model
