// The views as SQL text for DuckDB. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/column.h"

namespace pgattic::analytics {

/// A column as DuckDB sees it. A plain value.
struct ViewColumn {
  std::string name;
  std::string type;  ///< In DuckDB's words.
};

/// Returns DuckDB's type of a column of a live table, which is that of the archive's file.
std::string DuckDbTypeOf(const model::Column& column);
std::vector<ViewColumn> ViewColumnsOf(const std::vector<model::Column>& columns);
/// True when the source has a column of its own named year or month: then the views have that, and
/// not the partition's.
bool HasOwnMonth(const std::vector<ViewColumn>& columns);

/// The files whose rows a view unites, columns by name. REQUIRES: at least one file.
struct ParquetFiles {
  std::vector<std::string> files;
  bool with_month = true;  ///< Year and month from the folders' names.
};
/// Returns "['a', 'b']".
std::string FileListSql(const std::vector<std::string>& files);
/// Returns the FROM item that reads them.
std::string ReadParquetSql(const ParquetFiles& files);
/// Returns "SELECT columns, year, month FROM …", or a SELECT of no row where there is no file.
/// `lacking`: the columns that none of the files has, NULL. `wanted`: those of the others that may
/// be read; what is not among them fails with kNotNarrow when it is. nullopt: all.
std::string ArchiveSql(const ParquetFiles& files, const std::vector<ViewColumn>& columns,
                       const std::optional<std::set<std::string>>& wanted,
                       const std::set<std::string>& lacking);

/// The table that stands for the live rows while a query is planned.
inline constexpr const char* kLiveName = "pgattic_live";
/// In the error of a query that asked for live rows which its plan did not show.
inline constexpr const char* kNotFetched = "pgattic did not fetch the live rows";
/// In the error of a query that asked for an archived column which its plan did not show.
inline constexpr const char* kNotNarrow = "pgattic did not read the column";

/// Returns the columns with year and month, where those are not the source's own.
std::vector<ViewColumn> WithMonth(std::vector<ViewColumn> columns);
/// Returns the statement that makes an empty table of these columns.
std::string PlanningTableSql(const std::string& name, const std::vector<ViewColumn>& columns);
/// Returns a SELECT over the file of fetched rows; columns that were not fetched fail with
/// kNotFetched when they are read. `id` was fetched.
std::string LiveSql(const std::string& file, const std::vector<ViewColumn>& columns,
                    const std::set<std::string>& fetched, const std::string& id);
/// Returns a SELECT that fails with kNotFetched when it is run.
std::string NoLiveSql(const std::vector<ViewColumn>& columns);

}  // namespace pgattic::analytics
