#include "engine/duckdb_plan.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace pgattic::engine {
namespace {

using Json = nlohmann::json;

/// DuckDB writes one value as text and several as an array of texts.
std::vector<std::string> Texts(const Json& info, const char* key) {
  const auto found = info.find(key);
  std::vector<std::string> texts;
  if (found == info.end()) return texts;
  if (found->is_string() && !found->get_ref<const std::string&>().empty()) {
    texts.push_back(found->get<std::string>());
  }
  if (!found->is_array()) return texts;
  for (const Json& text : *found) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

/// "3/24" of "Scanning Files".
std::optional<std::int64_t> FilesLeft(const Json& info) {
  const std::vector<std::string> texts = Texts(info, "Scanning Files");
  if (texts.empty()) return std::nullopt;
  std::int64_t left = 0;
  const std::string& text = texts.front();
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), left);
  if (parsed.ec != std::errc()) return std::nullopt;
  return left;
}

void Collect(const Json& node, std::vector<Scan>& scans) {
  const auto info = node.find("extra_info");
  if (info != node.end() && info->is_object() &&
      (info->contains("Table") || info->contains("Function"))) {
    Scan scan;
    scan.table = info->value("Table", "");
    scan.columns = Texts(*info, "Projections");
    for (const char* key : {"Filters", "File Filters"}) {
      for (const std::string& filter : Texts(*info, key)) scan.filters += filter + "\n";
    }
    scan.files = FilesLeft(*info);
    scans.push_back(std::move(scan));
  }
  const auto children = node.find("children");
  if (children == node.end()) return;
  for (const Json& child : *children) Collect(child, scans);
}

}  // namespace

Result<std::vector<Scan>> ParsePlan(std::string_view json) {
  const Json plan = Json::parse(json.begin(), json.end(), nullptr, false);
  if (!plan.is_array()) return {Code::kInternal, "DuckDB's plan is not of the known form"};
  std::vector<Scan> scans;
  for (const Json& node : plan) {
    if (node.is_object()) Collect(node, scans);
  }
  return scans;
}

}  // namespace pgattic::engine
