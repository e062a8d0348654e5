// The dialects of table_ddl.h, one function each.
#pragma once

#include <string>

#include "model/table_ddl.h"

namespace pgattic::model {

std::string AthenaDdl(const TableShape& shape);
std::string TrinoDdl(const TableShape& shape);
std::string DuckDbDdl(const TableShape& shape);
std::string GlueJson(const TableShape& shape);

/// Hive's name of a column's type, as Athena and Glue spell it: "bigint", "decimal(10,2)".
std::string HiveType(const UnitedColumn& column);

/// What a person should know of a column: its type in PostgreSQL, how to read it, what changed.
/// Without quotes, backslashes, semicolons and control characters, in any dialect a literal.
std::string CommentOf(const UnitedColumn& column);

/// "name" or `name`, the quote doubled within.
std::string QuotedBy(char quote, const std::string& name);

/// One to a line, each literal ended by a comma but the last.
std::string UrlList(const TableShape& shape, const std::string& indent);

}  // namespace pgattic::model
