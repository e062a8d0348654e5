#include "model/narrow_object.h"

#include <nlohmann/json.hpp>

namespace pgattic::model {

std::string SerializeNarrowObject(const NarrowObject& narrow) {
  const nlohmann::ordered_json json = {{"bytes", narrow.bytes},
                                       {"sha256", narrow.sha256},
                                       {"etag", narrow.etag},
                                       {"columns", narrow.columns}};
  // Names of a database in SQL_ASCII may be any bytes; JSON holds UTF-8 alone.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<NarrowObject> ParseNarrowObject(std::string_view text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    NarrowObject narrow;
    const nlohmann::json& bytes = json.at("bytes");
    if (!bytes.is_number_unsigned() || bytes.get<std::uint64_t>() > INT64_MAX) {
      return {Code::kCorruption, "not a narrow object: \"bytes\" is no size"};
    }
    narrow.bytes = static_cast<std::int64_t>(bytes.get<std::uint64_t>());
    json.at("sha256").get_to(narrow.sha256);
    json.at("etag").get_to(narrow.etag);
    json.at("columns").get_to(narrow.columns);
    return narrow;
  } catch (const nlohmann::json::exception& e) {
    return {Code::kCorruption, std::string("not a narrow object: ") + e.what()};
  }
}

}  // namespace pgattic::model
