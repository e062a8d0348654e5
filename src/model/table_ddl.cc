#include "model/table_ddl.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/ddl_dialects.h"
#include "model/object_keys.h"

namespace pgattic::model {
namespace {

constexpr std::array<std::pair<std::string_view, Dialect>, 4> kDialects{{
    {"athena", Dialect::kAthena},
    {"trino", Dialect::kTrino},
    {"duckdb", Dialect::kDuckDb},
    {"glue", Dialect::kGlue},
}};

/// What Athena takes as the name of a table: lower case, digits and underscores.
std::string TableName(const std::string& name) {
  std::string safe;
  for (const char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    safe += is_plain ? c : (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : '_';
  }
  return safe;
}

/// `wanted`, or "archive_<wanted>" where the source has a column of that name.
std::string PartitionColumn(const std::vector<UnitedColumn>& columns, std::string wanted) {
  const auto is_taken = [&](const UnitedColumn& column) {
    return TableName(column.name) == wanted;
  };
  while (std::any_of(columns.begin(), columns.end(), is_taken)) wanted.insert(0, "archive_");
  return wanted;
}

}  // namespace

Result<Dialect> DialectFromName(std::string_view name) {
  for (const auto& [known, dialect] : kDialects) {
    if (known == name) return dialect;
  }
  return {Code::kInvalidArgument,
          "no dialect '" + std::string(name) + "'; there are athena, trino, duckdb and glue"};
}

TableShape ShapeOf(const std::vector<Metadata>& archives, const TableOptions& options) {
  std::vector<const Metadata*> oldest_first;
  for (const Metadata& archive : archives) oldest_first.push_back(&archive);
  std::stable_sort(oldest_first.begin(), oldest_first.end(), [](const auto* a, const auto* b) {
    return a->bounds.from_us < b->bounds.from_us;
  });
  const SourceId& source = oldest_first.front()->source;
  TableShape shape;
  shape.name = TableName(source.table);
  shape.files_name = shape.name + "_files";
  shape.schema = options.schema;
  shape.is_archive = options.is_archive;
  shape.location = options.store_url + "/" + options.prefix + "partitions/";
  shape.columns = UniteColumns(archives);
  shape.year_column = PartitionColumn(shape.columns, "year");
  shape.month_column = PartitionColumn(shape.columns, "month");
  shape.first_year = MonthOf(oldest_first.front()->bounds).year;
  shape.last_year = shape.first_year;
  for (const Metadata* archive : oldest_first) {
    shape.last_year = std::max(shape.last_year, MonthOf(archive->bounds).year);
    for (const PartRecord& part : archive->parts) {
      shape.part_urls.push_back(options.store_url + "/" + part.key);
    }
  }
  shape.comment = "archive of " + KeySafe(source.schema) + "." + KeySafe(source.table) + ", " +
                  std::to_string(archives.size()) + " partitions";
  return shape;
}

std::string TableDdl(Dialect dialect, const std::vector<Metadata>& archives,
                     const TableOptions& options) {
  const TableShape shape = ShapeOf(archives, options);
  switch (dialect) {
    case Dialect::kAthena:
      return AthenaDdl(shape);
    case Dialect::kTrino:
      return TrinoDdl(shape);
    case Dialect::kDuckDb:
      return DuckDbDdl(shape);
    case Dialect::kGlue:
      return GlueJson(shape);
  }
  return "";
}

}  // namespace pgattic::model
