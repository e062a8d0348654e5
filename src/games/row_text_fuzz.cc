// Any text as a row: what a JSON parser takes for an object is a row with the same columns.
#include <nlohmann/json.hpp>
#include <set>

#include "base/check.h"
#include "games/game_request.h"
#include "games/row_text.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::fuzz {

std::vector<std::string> Seeds() {
  return {R"({"gid": "n6TSTc99", "stats": {"i1": [1, -2.50e3, null]}, "won": true})",
          R"({ "a\"b" : "\\\u00e9}" , "c":[{},[]],"d":{"e":"{"} })", R"({})",
          R"({"lexicon":"NWL23","rules":{"variantName":"classic"},"ratingMode":"CASUAL"})",
          R"({"rules":{"variant_name":"classic"},"rating_mode":1,"initial_time_seconds":"9"})"};
}

namespace {

using Json = nlohmann::json;

/// True when no column is named twice; then first and last of a name are the same.
bool NamesDiffer(const std::string& text) {
  std::set<std::string> names;
  bool differ = true;
  const auto look = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1) {
      differ = names.insert(parsed.get<std::string>()).second && differ;
    }
    return true;
  };
  return !Json::parse(text, look, false).is_discarded() && differ;
}

}  // namespace
}  // namespace pgattic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using pgattic::games::RowText;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto row = RowText::Parse(text);
  const auto json = nlohmann::json::parse(text, nullptr, false);
  PGATTIC_CHECK(pgattic::games::ParseGameRequest(text).has_value() == json.is_object(),
                "a request that is no object");
  // The parser takes NUL for the end and skips a byte order mark, which RFC 8259 does not.
  const bool is_json = text.find('\0') == text.npos && !text.starts_with("\xef\xbb\xbf");
  if (!json.is_object() || !is_json) return 0;
  PGATTIC_CHECK(row.ok() && row->text() == text, "an object that is no row");
  const bool names_differ = pgattic::fuzz::NamesDiffer(text);
  for (const auto& [name, value] : json.items()) {
    const auto found = row->Find(name);
    PGATTIC_CHECK(found.has_value(), "a column is missing");
    const auto parsed = nlohmann::json::parse(*found, nullptr, false);
    PGATTIC_CHECK(!parsed.is_discarded(), "a column that is cut wrongly");
    PGATTIC_CHECK(!names_differ || parsed == value, "a column of another value");
  }
  return 0;
}
