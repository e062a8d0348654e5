#include "lookup/row_values.h"

#include <nlohmann/json.hpp>

namespace pgattic::lookup {

std::string EncodeRows(const std::vector<FoundRow>& rows) {
  nlohmann::json all = nlohmann::json::array();
  for (const FoundRow& row : rows) {
    nlohmann::json at;
    if (row.at_us) at = *row.at_us;
    all.push_back(nlohmann::json::array({row.json, row.created_at, std::move(at)}));
  }
  return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<std::vector<FoundRow>> DecodeRows(std::string_view text) {
  const nlohmann::json all = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!all.is_array()) return std::nullopt;
  std::vector<FoundRow> rows;
  for (const nlohmann::json& row : all) {
    const bool is_row = row.is_array() && row.size() == 3 && row[0].is_string() &&
                        row[1].is_string() && (row[2].is_null() || row[2].is_number_integer());
    if (!is_row) return std::nullopt;
    FoundRow found{row[0].get<std::string>(), row[1].get<std::string>(), std::nullopt};
    if (!row[2].is_null()) found.at_us = row[2].get<std::int64_t>();
    rows.push_back(std::move(found));
  }
  return rows;
}

}  // namespace pgattic::lookup
