// Numbers and tables for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pgattic::app {

/// "12.3 MiB".
std::string HumanBytes(std::int64_t bytes);
/// "1,234,567".
std::string HumanCount(std::int64_t count);
/// "45 s", "12 min", "3 h 20 min", "2 d".
std::string HumanSeconds(double seconds);

enum class Align { kLeft, kRight };

/// A column of a table. A plain value.
struct TableColumn {
  std::string title;
  Align align = Align::kLeft;
};

/// A table for a terminal: columns as wide as they need to be, in characters, and each to its
/// side. Not thread-safe.
class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}
  /// REQUIRES: as many cells as columns.
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// Ends with a line feed.
  std::string ToString() const;

 private:
  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace pgattic::app
