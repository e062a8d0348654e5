#include "queried_archive.h"

#include <algorithm>

namespace pgattic::test {
namespace {

std::string TextOf(const nlohmann::json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

/// 1.50, 1.5 and 2.0 become 1.5, 1.5 and 2.
std::string WithoutZeros(const std::string& field) {
  if (field.find_first_not_of("0123456789.-") != field.npos) return field;
  if (field.find('.') == field.npos) return field;
  std::string number = field;
  while (number.back() == '0') number.pop_back();
  if (number.back() == '.') number.pop_back();
  return number;
}

}  // namespace

nlohmann::json QueriedArchive::Query(const std::string& sql, std::vector<std::string> more) {
  more.insert(more.begin(), {"query", sql, "--format", "json"});
  const Ran ran = Pgattic(more);
  EXPECT_EQ(ran.code, 0) << sql << ": " << ran.out << ran.err;
  const auto json = ran.json();
  EXPECT_TRUE(json.is_array()) << sql << ": " << ran.out << ran.err;
  return json.is_array() ? json : nlohmann::json::array();
}

std::string QueriedArchive::Value(const std::string& sql, std::vector<std::string> more) {
  const auto rows = Query(sql, std::move(more));
  if (rows.size() != 1 || rows[0].size() != 1) return rows.dump();
  return rows[0].begin()->dump();
}

std::string QueriedArchive::ErrorOf(const std::string& sql, std::vector<std::string> more) {
  more.insert(more.begin(), {"query", sql, "--json"});
  const Ran ran = Pgattic(more);
  const auto json = ran.json();
  if (!json.is_object()) return ran.code == 0 ? "" : ran.out + ran.err;
  return json.at("error").at("code").get<std::string>();
}

std::vector<std::string> QueriedArchive::ReportRows(const std::string& name) {
  const Ran ran = Pgattic({"report", name, "--json"});
  EXPECT_EQ(ran.code, 0) << name << ": " << ran.out << ran.err;
  const auto json = nlohmann::ordered_json::parse(ran.out, nullptr, false);
  std::vector<std::string> rows;
  if (!json.is_array()) return rows;
  for (const auto& object : json) {
    std::string row;
    for (const auto& value : object) row += (row.empty() ? "" : "|") + TextOf(value);
    rows.push_back(SameNumbers(row));
  }
  return rows;
}

std::string QueriedArchive::SameNumbers(const std::string& row) {
  std::string same;
  for (std::size_t start = 0; start <= row.size();) {
    const std::size_t end = std::min(row.find('|', start), row.size());
    same += (start == 0 ? "" : "|") + WithoutZeros(row.substr(start, end - start));
    start = end + 1;
  }
  return same;
}

void QueriedArchive::Archive(std::vector<std::string> more) {
  more.insert(more.begin(), "archive");
  const Ran ran = Pgattic(more);
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
}

std::string QueriedArchive::Sum(const std::string& view) {
  return Value(
      "SELECT concat_ws('|', count(*), count(DISTINCT gid), sum(length(game_document)), "
      "sum(length(stats)), sum(game_end_reason), min(gid), max(gid), count(winner_idx), "
      "sum(year * 12 + month)) AS s FROM " +
      view);
}

std::string QueriedArchive::SumOfDatabase() {
  return "\"" +
         One("SELECT concat_ws('|', count(*), count(DISTINCT gid), "
             "sum(length(game_document::text)), "
             "sum(length(stats::text)), sum(game_end_reason), min(gid COLLATE \"C\"), "
             "max(gid COLLATE \"C\"), count(winner_idx), "
             "sum(extract(year FROM created_at) * 12 + extract(month FROM created_at))) "
             "FROM public.past_games") +
         "\"";
}

}  // namespace pgattic::test
