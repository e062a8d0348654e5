#include "model/ddl_dialects.h"

namespace pgattic::model {
namespace {

using enum Transport;

std::string Decimal(const UnitedColumn& column) {
  return "decimal(" + std::to_string(column.decimal.precision) + "," +
         std::to_string(column.decimal.scale) + ")";
}

/// Trino's names, where they are not Hive's.
std::string TrinoType(const UnitedColumn& column) {
  switch (column.transport) {
    case kInt32:
      return "integer";
    case kFloat32:
      return "real";
    case kTimestamp:
    case kTimestampTz:
      return "timestamp(6)";
    case kString:
    case kJsonb:
    case kText:
      return "varchar";
    case kBinary:
      return "varbinary";
    case kBool:
    case kInt16:
    case kInt64:
    case kOid:
    case kMoney:
    case kFloat64:
    case kDecimal:
    case kDate:
    case kTime:
      return HiveType(column);
  }
  return "varchar";
}

/// "schema"."name", or the name alone.
std::string Qualified(char quote, const std::string& schema, const std::string& name) {
  return (schema.empty() ? "" : QuotedBy(quote, schema) + ".") + QuotedBy(quote, name);
}

std::string Range(const TableShape& shape, const char* between) {
  return std::to_string(shape.first_year) + between + std::to_string(shape.last_year);
}

std::string LocationTemplate(const TableShape& shape) {
  return shape.location + "year=${" + shape.year_column + "}/month=${" + shape.month_column + "}/";
}

/// The rows that count: those of parts that the metadata name. `timestamp`: what to cast one to, so
/// that the view has microseconds once its catalog has them; "" casts nothing.
std::string ViewBody(const TableShape& shape, const std::string& timestamp) {
  std::string sql = "SELECT ";
  for (const UnitedColumn& column : shape.columns) {
    const std::string name = QuotedBy('"', column.name);
    const bool is_cast =
        !timestamp.empty() && (column.transport == kTimestamp || column.transport == kTimestampTz);
    sql += (is_cast ? "CAST(" + name + " AS " + timestamp + ") AS " + name : name) + ", ";
  }
  sql += QuotedBy('"', shape.year_column) + ", " + QuotedBy('"', shape.month_column) + "\nFROM " +
         Qualified('"', shape.schema, shape.files_name) + "\nWHERE \"$path\" IN (\n";
  return sql + UrlList(shape, "  ") + ");\n";
}

/// The name that is the same whatever the source is called.
std::string ArchiveView(const TableShape& shape, const std::string& how = "") {
  if (!shape.is_archive) return "";
  return "\nCREATE OR REPLACE VIEW " + Qualified('"', shape.schema, "archive") + how +
         " AS\nSELECT * FROM " + Qualified('"', shape.schema, shape.name) + ";\n";
}

std::string Header(const TableShape& shape, const std::string& how) {
  std::string text = "-- " + shape.comment +
                     ". Made by pgattic; every run of `pgattic archive` that publishes makes it "
                     "anew.\n-- " +
                     shape.files_name + " is the folder; " + shape.name +
                     " shows the parts that count, also while a generation is being replaced.\n" +
                     how;
  if (!shape.location.starts_with("s3://")) {
    text += "-- The archive is a folder: write the bucket that holds a copy of it in its place.\n";
  }
  return text + "\n";
}

}  // namespace

std::string QuotedBy(char quote, const std::string& name) {
  std::string quoted(1, quote);
  for (const char c : name) {
    quoted += c;
    if (c == quote) quoted += c;
  }
  return quoted + quote;
}

std::string UrlList(const TableShape& shape, const std::string& indent) {
  std::string list;
  for (const std::string& url : shape.part_urls) {
    list += (list.empty() ? "" : ",\n") + indent + QuotedBy('\'', url);
  }
  return list;
}

std::string HiveType(const UnitedColumn& column) {
  switch (column.transport) {
    case kBool:
      return "boolean";
    case kInt16:
      return "smallint";
    case kInt32:
      return "int";
    case kInt64:
    case kOid:
    case kMoney:
    case kTime:
      return "bigint";
    case kFloat32:
      return "float";
    case kFloat64:
      return "double";
    case kDecimal:
      return Decimal(column);
    case kDate:
      return "date";
    case kTimestamp:
    case kTimestampTz:
      return "timestamp";
    case kString:
    case kJsonb:
    case kText:
      return "string";
    case kBinary:
      return "binary";
  }
  return "string";
}

std::string CommentOf(const UnitedColumn& column) {
  std::string text = column.type.formatted;
  if (column.transport == kTime) text += ", microseconds since midnight";
  if (column.transport == kTimestampTz) text += ", UTC";
  if (column.transport == kMoney) text += ", in its smallest unit";
  if (column.transport == kText) text += ", as text";
  for (const std::string& note : column.notes) text += ". " + note;
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain =
        byte >= ' ' && byte < 0x7F && c != '\'' && c != '"' && c != '\\' && c != '`' && c != ';';
    safe += is_plain ? c : ' ';
  }
  return safe;
}

std::string AthenaDdl(const TableShape& shape) {
  const std::string files = Qualified('`', shape.schema, shape.files_name);
  std::string sql = Header(shape,
                           "-- Athena runs one statement at a time. A timestamp is rounded "
                           "to milliseconds.\n");
  sql += "DROP TABLE IF EXISTS " + files + ";\n\nCREATE EXTERNAL TABLE " + files + " (\n";
  for (std::size_t i = 0; i < shape.columns.size(); ++i) {
    const UnitedColumn& column = shape.columns[i];
    sql += "  " + QuotedBy('`', column.name) + " " + HiveType(column) + " COMMENT '" +
           CommentOf(column) + "'" + (i + 1 < shape.columns.size() ? ",\n" : "\n");
  }
  const std::string& year = shape.year_column;
  const std::string& month = shape.month_column;
  sql += ")\nCOMMENT '" + shape.comment + "'\nPARTITIONED BY (`" + year + "` int, `" + month +
         "` int)\nSTORED AS PARQUET\nLOCATION " + QuotedBy('\'', shape.location) +
         "\nTBLPROPERTIES (\n  'projection.enabled' = 'true',\n  'projection." + year +
         ".type' = 'integer',\n  'projection." + year + ".range' = '" + Range(shape, ",") +
         "',\n  'projection." + month + ".type' = 'integer',\n  'projection." + month +
         ".range' = '1,12',\n  'projection." + month +
         ".digits' = '2',\n  'storage.location.template' = " +
         QuotedBy('\'', LocationTemplate(shape)) + ");\n\nCREATE OR REPLACE VIEW " +
         Qualified('"', shape.schema, shape.name) + " AS\n" + ViewBody(shape, "") +
         ArchiveView(shape);
  return sql;
}

std::string TrinoDdl(const TableShape& shape) {
  const std::string files = Qualified('"', shape.schema, shape.files_name);
  std::string sql = Header(shape,
                           "-- Hive connector, with hive.partition-projection-enabled=true and\n-- "
                           "hive.timestamp-precision=MICROSECONDS in the catalog, else Trino "
                           "refuses the table.\n");
  sql += "DROP TABLE IF EXISTS " + files + ";\n\nCREATE TABLE " + files + " (\n";
  for (const UnitedColumn& column : shape.columns) {
    sql += "  " + QuotedBy('"', column.name) + " " + TrinoType(column) + " COMMENT '" +
           CommentOf(column) + "',\n";
  }
  sql += "  " + QuotedBy('"', shape.year_column) +
         " integer WITH (partition_projection_type = 'integer',\n    partition_projection_range = "
         "ARRAY['" +
         Range(shape, "', '") + "']),\n  " + QuotedBy('"', shape.month_column) +
         " integer WITH (partition_projection_type = 'integer',\n    partition_projection_range = "
         "ARRAY['1', '12'], partition_projection_digits = 2))\nCOMMENT '" +
         shape.comment + "'\nWITH (external_location = " + QuotedBy('\'', shape.location) +
         ", format = 'PARQUET',\n  partitioned_by = ARRAY['" + shape.year_column + "', '" +
         shape.month_column +
         "'], partition_projection_enabled = true,\n  "
         "partition_projection_location_template = " +
         QuotedBy('\'', LocationTemplate(shape)) + ");\n\nCREATE OR REPLACE VIEW " +
         Qualified('"', shape.schema, shape.name) + " SECURITY INVOKER AS\n" +
         ViewBody(shape, "timestamp(6)") + ArchiveView(shape, " SECURITY INVOKER");
  return sql;
}

std::string DuckDbDdl(const TableShape& shape) {
  const std::string view = Qualified('"', shape.schema, shape.name);
  // A column of the source goes before the folder's.
  const bool has_folders = shape.year_column == "year" && shape.month_column == "month";
  std::string sql =
      "-- " + shape.comment +
      ". Made by pgattic. The view shows the parts that count, as of now.\n"
      "CREATE OR REPLACE VIEW " +
      view + " AS\nSELECT * FROM read_parquet([\n" + UrlList(shape, "  ") +
      "],\n  union_by_name = true, hive_partitioning = " +
      (has_folders ? "true,\n  hive_types = {'year': INTEGER, 'month': INTEGER}" : "false") +
      ");\n";
  for (const UnitedColumn& column : shape.columns) {
    sql += "COMMENT ON COLUMN " + view + "." + QuotedBy('"', column.name) + " IS '" +
           CommentOf(column) + "';\n";
  }
  return sql + ArchiveView(shape);
}

}  // namespace pgattic::model
