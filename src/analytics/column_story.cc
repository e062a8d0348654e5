#include "analytics/column_story.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pgattic::analytics {
namespace {

constexpr const char* kDatabase = "the database";

/// "text" alone for what travels as text because its values fit no other type.
std::string TypeOf(const std::string& pg_type, const std::string& transport) {
  const bool is_text_like = transport != "text";
  return is_text_like ? pg_type : pg_type + " kept as text";
}

}  // namespace

Status ColumnStory::Add(std::string_view schema, const std::string& when) {
  const auto json = nlohmann::json::parse(schema.begin(), schema.end(), nullptr, false);
  if (!json.is_array()) {
    return {Code::kCorruption, "a part of " + when + " does not say what its columns are"};
  }
  for (const auto& column : json) {
    if (!column.is_object()) continue;
    const auto text = [&](const char* key) {
      const auto found = column.find(key);
      return found != column.end() && found->is_string() ? found->get<std::string>() : "";
    };
    Note(text("name"), TypeOf(text("pg_type"), text("transport")), when);
  }
  return Status::Ok();
}

void ColumnStory::AddLive(const std::vector<model::Column>& columns) {
  for (const model::Column& column : columns) {
    Note(column.name,
         TypeOf(column.type.formatted, std::string(model::TransportName(column.transport))),
         kDatabase);
  }
}

void ColumnStory::Note(const std::string& column, const std::string& type,
                       const std::string& when) {
  Period& period = columns_[column][type];
  ++period.parts;
  if (when == kDatabase) {
    if (period.first.empty()) period.first = when;
    period.last = when;
    return;
  }
  if (period.first.empty() || period.first == kDatabase || when < period.first) {
    period.first = when;
  }
  if (period.last.empty() || (period.last != kDatabase && period.last < when)) period.last = when;
}

std::vector<std::string> ColumnStory::Changes() const {
  std::vector<std::string> changes;
  for (const auto& [column, types] : columns_) {
    if (types.size() < 2) continue;
    std::string change = "the type of column " + column + " changed: ";
    bool is_first = true;
    for (const auto& [type, period] : types) {
      change += (is_first ? "" : ", ") + type + " (" + period.first +
                (period.last == period.first ? "" : " to " + period.last) + ")";
      is_first = false;
    }
    changes.push_back(change + "; it reads as a type that holds them all");
  }
  return changes;
}

}  // namespace pgattic::analytics
