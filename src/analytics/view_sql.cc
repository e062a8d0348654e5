#include "analytics/view_sql.h"

#include <algorithm>

#include "base/ascii.h"
#include "pg/identifier.h"

namespace pgattic::analytics {
namespace {

std::string Quoted(const std::string& name) { return pg::Identifier(name).Quoted(); }

std::string NullColumns(const std::vector<ViewColumn>& columns) {
  std::string sql;
  for (const ViewColumn& column : columns) {
    sql +=
        (sql.empty() ? "" : ", ") + ("CAST(NULL AS " + column.type + ") AS ") + Quoted(column.name);
  }
  return sql;
}

}  // namespace

std::string DuckDbTypeOf(const model::Column& column) {
  using enum model::Transport;
  switch (column.transport) {
    case kBool:
      return "BOOLEAN";
    case kInt16:
      return "SMALLINT";
    case kInt32:
      return "INTEGER";
    case kInt64:
    case kOid:
    case kMoney:
      return "BIGINT";
    case kFloat32:
      return "FLOAT";
    case kFloat64:
      return "DOUBLE";
    case kDecimal: {
      const model::DecimalShape shape = model::DecimalShapeOf(column.type.typmod);
      return "DECIMAL(" + std::to_string(shape.precision) + "," + std::to_string(shape.scale) + ")";
    }
    case kDate:
      return "DATE";
    case kTime:
      return "TIME";
    case kTimestamp:
      return "TIMESTAMP";
    case kTimestampTz:
      return "TIMESTAMP WITH TIME ZONE";
    case kBinary:
      return "BLOB";
    case kString:
    case kJsonb:
    case kText:
      break;
  }
  return "VARCHAR";
}

std::vector<ViewColumn> ViewColumnsOf(const std::vector<model::Column>& columns) {
  std::vector<ViewColumn> view;
  for (const model::Column& column : columns) view.push_back({column.name, DuckDbTypeOf(column)});
  return view;
}

bool HasOwnMonth(const std::vector<ViewColumn>& columns) {
  return std::any_of(columns.begin(), columns.end(), [](const ViewColumn& column) {
    const std::string name = AsciiLower(column.name);
    return name == "year" || name == "month";
  });
}

std::string FileListSql(const std::vector<std::string>& files) {
  std::string list;
  for (const std::string& file : files) {
    list += (list.empty() ? "" : ", ") + pg::QuoteLiteral(file);
  }
  return "[" + list + "]";
}

std::string ReadParquetSql(const ParquetFiles& files) {
  return "read_parquet(" + FileListSql(files.files) +
         ", union_by_name = true, hive_partitioning = " +
         (files.with_month ? "true, hive_types = {'year': INTEGER, 'month': INTEGER})" : "false)");
}

std::string ArchiveSql(const ParquetFiles& files, const std::vector<ViewColumn>& columns,
                       const std::optional<std::set<std::string>>& wanted,
                       const std::set<std::string>& lacking) {
  const std::vector<ViewColumn> all = files.with_month ? WithMonth(columns) : columns;
  if (files.files.empty()) return "SELECT " + NullColumns(all) + " WHERE false";
  std::string names;
  for (const ViewColumn& column : all) {
    const bool is_there = !wanted || wanted->contains(column.name);
    names += names.empty() ? "" : ", ";
    if (lacking.contains(column.name)) {
      names += NullColumns({column});
      continue;
    }
    if (!is_there) {
      // random(), or it would fail while it is planned.
      names += std::string("CAST(error(concat('") + kNotNarrow + "', random())) AS " + column.type +
               ") AS ";
    }
    names += Quoted(column.name);
  }
  return "SELECT " + names + " FROM " + ReadParquetSql(files);
}

std::vector<ViewColumn> WithMonth(std::vector<ViewColumn> columns) {
  if (HasOwnMonth(columns)) return columns;
  columns.push_back({"year", "INTEGER"});
  columns.push_back({"month", "INTEGER"});
  return columns;
}

std::string PlanningTableSql(const std::string& name, const std::vector<ViewColumn>& columns) {
  std::string sql;
  for (const ViewColumn& column : columns) {
    sql += (sql.empty() ? "" : ", ") + Quoted(column.name) + " " + column.type;
  }
  return "CREATE TABLE " + Quoted(name) + " (" + sql + ")";
}

std::string LiveSql(const std::string& file, const std::vector<ViewColumn>& columns,
                    const std::set<std::string>& fetched, const std::string& id) {
  std::string sql;
  for (const ViewColumn& column : columns) {
    const std::string value =
        fetched.contains(column.name)
            ? Quoted(column.name)
            : std::string("error(concat('") + kNotFetched + "', " + Quoted(id) + "))";
    sql += (sql.empty() ? "" : ", ") + ("CAST(" + value + " AS " + column.type + ") AS ") +
           Quoted(column.name);
  }
  return "SELECT " + sql + " FROM read_parquet(" + pg::QuoteLiteral(file) +
         ", hive_partitioning = false)";
}

std::string NoLiveSql(const std::vector<ViewColumn>& columns) {
  return "SELECT " + NullColumns(columns) + " FROM range(1) AS r(n) WHERE error(concat('" +
         kNotFetched + "', n)) IS NULL";
}

}  // namespace pgattic::analytics
