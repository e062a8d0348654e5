#include "engine/trino_page.h"

#include <nlohmann/json.hpp>

namespace pgattic::engine {
namespace {

using Json = nlohmann::ordered_json;

Status NotTrino(const std::string& what) {
  return {Code::kUnavailable,
          "not an answer of Trino (" + what + "); is something else behind trino.url?",
          {"trino", "protocol"}};
}

std::string TextAt(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

Json ObjectAt(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_object() ? *found : Json::object();
}

AnswerValue ValueOf(const Json& json) {
  if (json.is_null()) return std::nullopt;
  if (json.is_string()) return json.get<std::string>();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<AnswerColumn>> ColumnsOf(const Json& json) {
  std::vector<AnswerColumn> columns;
  for (const Json& item : json) {
    if (!item.is_object()) return NotTrino("a column is no object");
    columns.push_back({TextAt(item, "name"), TextAt(item, "type")});
  }
  return columns;
}

Status TakeRows(const Json& data, TrinoPage& page) {
  if (!page.columns) return NotTrino("rows without columns");
  for (const Json& item : data) {
    if (!item.is_array() || item.size() != page.columns->size()) {
      return NotTrino("a row is not as wide as its columns");
    }
    std::vector<AnswerValue>& row = page.rows.emplace_back();
    for (const Json& value : item) row.push_back(ValueOf(value));
  }
  return Status::Ok();
}

void TakeStats(const Json& stats, TrinoPage& page) {
  const auto percent = stats.find("progressPercentage");
  if (percent != stats.end() && percent->is_number()) page.percent = percent->get<double>();
  const auto bytes = stats.find("physicalInputBytes");
  if (bytes != stats.end() && bytes->is_number_integer()) {
    page.bytes_scanned = bytes->get<std::int64_t>();
  }
}

}  // namespace

Result<TrinoPage> ParseTrinoPage(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return NotTrino("no JSON object");
  TrinoPage page;
  page.query_id = TextAt(json, "id");
  if (page.query_id.empty()) return NotTrino("no id");
  page.next_uri = TextAt(json, "nextUri");
  TakeStats(ObjectAt(json, "stats"), page);
  if (const auto error = json.find("error"); error != json.end() && error->is_object()) {
    page.error = {TextAt(*error, "errorName"), TextAt(*error, "errorType"),
                  TextAt(*error, "message")};
    return page;
  }
  if (const auto columns = json.find("columns"); columns != json.end() && columns->is_array()) {
    PGATTIC_ASSIGN_OR_RETURN(page.columns, ColumnsOf(*columns));
  }
  if (const auto data = json.find("data"); data != json.end() && data->is_array()) {
    PGATTIC_RETURN_IF_ERROR(TakeRows(*data, page));
  }
  return page;
}

}  // namespace pgattic::engine
