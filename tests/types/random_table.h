// RandomTable: a partitioned table of random columns and rows, the same for the same seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "columnar/part_writer.h"
#include "pg/identifier.h"
#include "tests/types/column_kinds.h"

namespace pgattic::test {

/// One column and its values.
struct RandomColumn {
  std::string name;
  std::string type;
  std::string constraint;           ///< "NOT NULL", "GENERATED …" or nothing.
  std::vector<std::string> values;  ///< SQL expressions, one a row; none: PostgreSQL fills it.
};

/// A table with one partition, of the year 2024. A plain value.
struct RandomTable {
  std::uint64_t seed = 0;
  pg::QualifiedName parent;
  std::vector<RandomColumn> columns;  ///< The id, the time and a running number first.
  int rows = 0;
  bool attached = false;  ///< The partition has its columns in another order than the parent.
  columnar::PartWriterOptions layout;

  const std::string& id_column() const { return columns[0].name; }
  pg::QualifiedName partition() const { return {parent.schema, parent.name + "_p"}; }

  /// Returns the table of this seed, of types that the server knows.
  static RandomTable Make(std::uint64_t seed, int server_version);
  /// Returns a table of these kinds, each as NULL as chance wants.
  static RandomTable Of(std::uint64_t seed, const std::vector<ColumnKind>& kinds, int rows);
  /// Returns the table with one of its further columns alone. REQUIRES: 3 <= column.
  RandomTable Only(std::size_t column) const;

  /// Returns the statements that make and fill it, one after the other.
  std::vector<std::string> Statements() const;
  /// Describes it to a person who has to find what is wrong with it.
  std::string Describe() const;

  static constexpr std::size_t kFixedColumns = 3;
};

}  // namespace pgattic::test
