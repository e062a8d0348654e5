// ParquetSchema: a table's columns as a Parquet schema, and as the JSON that lies in the file.
#pragma once

#include <parquet/schema.h>

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "model/column.h"

namespace pgattic::columnar {

/// Key-value metadata under which a file carries PostgreSQL's view of its columns.
inline constexpr std::string_view kSchemaKey = "pgattic.schema";
/// Key-value metadata under which Arrow's readers look for Arrow types.
inline constexpr std::string_view kArrowSchemaKey = "ARROW:schema";

/// Returns InvalidArgument unless the schema can be written: columns with names that differ,
/// numeric shapes that fit, an id of a type that has one order everywhere.
Status ValidateSchema(const model::TableSchema& schema);

/// True for the transports that an id may have: integers, oid, text.
bool IsIdTransport(model::Transport transport);
/// True when the file keeps minimum and maximum of the column.
bool HasStatistics(const model::TableSchema& schema, std::size_t column);

/// Returns the Parquet schema of a valid `schema`.
std::shared_ptr<parquet::schema::GroupNode> ToParquet(const model::TableSchema& schema);
/// Returns the value of kSchemaKey.
std::string ToJson(const model::TableSchema& schema);
/// Reads what ToJson wrote. Corruption for anything else.
Result<model::TableSchema> FromJson(const std::string& text);
/// Returns the value of kArrowSchemaKey, with PostgreSQL's types as field metadata.
Result<std::string> ToArrowSchema(const model::TableSchema& schema);

}  // namespace pgattic::columnar
