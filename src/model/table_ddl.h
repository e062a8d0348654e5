// Definitions of tables over the archives of a source, for SQL engines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/metadata.h"
#include "model/united_columns.h"

namespace pgattic::model {

enum class Dialect {
  kAthena,  ///< CREATE EXTERNAL TABLE … TBLPROPERTIES, a view.
  kTrino,   ///< CREATE TABLE … WITH, a view; Hive connector.
  kDuckDb,  ///< A view over read_parquet.
  kGlue,    ///< The request of Glue's CreateTable, JSON.
};

/// Returns InvalidArgument, naming the dialects there are, for another name.
Result<Dialect> DialectFromName(std::string_view name);

/// Where the archives lie and what the table is called. A plain value.
struct TableOptions {
  std::string store_url;    ///< "s3://bucket/prefix" or "file:///folder", no "/" at its end.
  std::string prefix;       ///< Of the source: ObjectKeys::Prefix().
  std::string schema;       ///< Athena's database, Trino's schema; "": none is written.
  bool is_archive = false;  ///< Also a view `archive`: it is the source that this means.
};

/// What every dialect is made of. A plain value.
struct TableShape {
  std::string name;        ///< Of the view that shows what is published.
  std::string files_name;  ///< Of the table over the folder.
  std::string schema;
  bool is_archive = false;
  std::string comment;
  std::string location;  ///< Of the folder of the years, "/" at its end.
  std::vector<UnitedColumn> columns;
  std::string year_column;  ///< "year", unless the source has a column of that name.
  std::string month_column;
  int first_year = 0;
  int last_year = 0;
  std::vector<std::string> part_urls;  ///< Published, oldest first.
};

/// Returns the shape. REQUIRES: archives of one source, at least one. Pure.
TableShape ShapeOf(const std::vector<Metadata>& archives, const TableOptions& options);

/// Returns SQL text, statements ended by ";\n", or JSON. REQUIRES and purity as ShapeOf.
std::string TableDdl(Dialect dialect, const std::vector<Metadata>& archives,
                     const TableOptions& options);

}  // namespace pgattic::model
