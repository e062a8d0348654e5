#include "api/rest_json.h"

#include <google/protobuf/util/time_util.h>

#include <array>
#include <nlohmann/json.hpp>

#include "lookup/row_json.h"

namespace pgattic::api {
namespace {

using Json = nlohmann::ordered_json;
using lookup::JsonString;

template <typename T>
Json OrNull(bool has, const T& value) {
  return has ? Json(value) : Json(nullptr);
}

Json Instant(bool has, const google::protobuf::Timestamp& stamp) {
  return has ? Json(google::protobuf::util::TimeUtil::ToString(stamp)) : Json(nullptr);
}

Json PlayerJson(const v1::Player& player) {
  return {{"player_id", player.player_id()},
          {"index", player.index()},
          {"score", OrNull(player.has_score(), player.score())},
          {"won", OrNull(player.has_won(), player.won())},
          {"rating_before", OrNull(player.has_rating_before(), player.rating_before())},
          {"rating_after", OrNull(player.has_rating_after(), player.rating_after())},
          {"rating_delta", OrNull(player.has_rating_delta(), player.rating_delta())}};
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string TextOrNull(std::string_view text) {
  return text.empty() ? "null" : JsonString(std::string(text));
}

std::string JsonOrNull(const std::string& json) { return json.empty() ? "null" : json; }

std::string Head(const std::string& id, v1::Tier tier, v1::Availability availability) {
  return "\"id\":" + JsonString(id) + ",\"tier\":" + TextOrNull(TierName(tier)) +
         ",\"availability\":" + TextOrNull(AvailabilityName(availability));
}

}  // namespace

std::string_view TierName(v1::Tier tier) {
  constexpr std::array<std::string_view, 6> kNames = {"",        "database", "cache",
                                                      "archive", "copy",     "engine"};
  static_assert(v1::Tier_MAX + 1 == kNames.size());
  return v1::Tier_IsValid(tier) ? kNames.at(static_cast<std::size_t>(tier)) : "";
}

std::string_view AvailabilityName(v1::Availability availability) {
  constexpr std::array<std::string_view, 5> kNames = {"", "available", "absent", "erased",
                                                      "temporarily_unavailable"};
  static_assert(v1::Availability_MAX + 1 == kNames.size());
  return v1::Availability_IsValid(availability) ? kNames.at(static_cast<std::size_t>(availability))
                                                : "";
}

std::string ToJson(const v1::GameInfo& info) {
  Json players = Json::array();
  for (const v1::Player& player : info.players()) players.push_back(PlayerJson(player));
  const Json json = {
      {"created_at", Instant(info.has_created_at(), info.created_at())},
      {"updated_at", Instant(info.has_updated_at(), info.updated_at())},
      {"deleted_at", Instant(info.has_deleted_at(), info.deleted_at())},
      {"migration_status", OrNull(info.has_migration_status(), info.migration_status())},
      {"type", OrNull(info.has_type(), info.type())},
      {"end_reason", OrNull(info.has_end_reason(), info.end_reason())},
      {"winner_index", OrNull(info.has_winner_index(), info.winner_index())},
      {"loser_index", OrNull(info.has_loser_index(), info.loser_index())},
      {"tournament_id", OrNull(info.has_tournament_id(), info.tournament_id())},
      {"players", players}};
  std::string text = Dump(json);
  text.pop_back();
  return text + ",\"request\":" + JsonOrNull(info.request_json()) + "}";
}

std::string ToJson(const v1::GetGameResponse& response) {
  return "{" + Head(response.id(), response.tier(), response.availability()) +
         ",\"game\":" + (response.has_game() ? ToJson(response.game()) : "null") +
         ",\"row\":" + JsonOrNull(response.row_json()) + ",\"why\":" + TextOrNull(response.why()) +
         "}";
}

std::string ToJson(const v1::BatchGetGamesResponse& response) {
  std::string text = "{\"games\":[";
  for (const v1::GetGameResponse& game : response.games()) {
    if (text.back() != '[') text += ',';
    text += ToJson(game);
  }
  return text + "]}";
}

std::string ToJson(const v1::GetRowResponse& response) {
  return "{" + Head(response.id(), response.tier(), response.availability()) +
         ",\"source\":" + JsonString(response.source()) +
         ",\"row\":" + JsonOrNull(response.row_json()) +
         ",\"duplicates\":" + std::to_string(response.duplicates()) +
         ",\"why\":" + TextOrNull(response.why()) + "}";
}

std::string ToJson(const v1::ListArchivesResponse& response) {
  Json archives = Json::array();
  for (const v1::Archive& archive : response.archives()) {
    Json parts = Json::array();
    for (const v1::Part& part : archive.parts()) {
      parts.push_back({{"key", part.key()},
                       {"rows", part.rows()},
                       {"bytes", part.bytes()},
                       {"sha256", part.sha256()}});
    }
    archives.push_back({{"source", archive.source()},
                        {"partition", archive.partition()},
                        {"from", archive.from()},
                        {"to", archive.to()},
                        {"phase", archive.phase()},
                        {"rows", archive.rows()},
                        {"expected_rows", archive.expected_rows()},
                        {"raw_bytes", archive.raw_bytes()},
                        {"stored_bytes", archive.stored_bytes()},
                        {"freed_bytes", archive.freed_bytes()},
                        {"parts", parts},
                        {"drop_after", OrNull(archive.has_drop_after(), archive.drop_after())},
                        {"updated_at", archive.updated_at()},
                        {"error", OrNull(archive.has_error(), archive.error())}});
  }
  return Dump({{"archives", archives}});
}

std::string ErrorJson(std::string_view code, const std::string& message) {
  return "{\"error\":{\"code\":" + JsonString(std::string(code)) +
         ",\"message\":" + JsonString(message) + "}}";
}

}  // namespace pgattic::api
