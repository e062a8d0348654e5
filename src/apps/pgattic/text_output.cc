#include "text_output.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace pgattic::app {
namespace {

/// Characters, not bytes, of UTF-8 text.
std::size_t WidthOf(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string HumanBytes(std::int64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value,
                kUnits.at(unit));
  return text.data();
}

std::string HumanCount(std::int64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    if (digits[at - 1] != '-') digits.insert(at, ",");
  }
  return digits;
}

std::string HumanSeconds(double seconds) {
  const auto whole = std::int64_t{std::llround(std::max(seconds, 0.0))};
  const std::int64_t minutes = whole / 60;
  if (whole < 120) return std::to_string(whole) + " s";
  if (minutes < 120) return std::to_string(minutes) + " min";
  const std::int64_t hours = minutes / 60;
  if (hours >= 48) return std::to_string(hours / 24) + " d";
  return std::to_string(hours) + " h " + std::to_string(minutes % 60) + " min";
}

std::string TextTable::ToString() const {
  std::vector<std::size_t> widths;
  std::vector<std::string> titles;
  for (const TableColumn& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(WidthOf(column.title));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - WidthOf(row[i]), ' ');
      const bool to_right = columns_[i].align == Align::kRight;
      line += (i > 0 ? "  " : "") + (to_right ? padding + row[i] : row[i] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add(titles);
  for (const auto& row : rows_) add(row);
  return text;
}

}  // namespace pgattic::app
