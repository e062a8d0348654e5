#include "api/rest_json.h"

#include <google/protobuf/util/time_util.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "lookup/row_json.h"

namespace pgattic::api {
namespace {

using Json = nlohmann::ordered_json;
using lookup::JsonString;

template <typename T>
Json OrNull(bool has, const T& value) {
  return has ? Json(value) : Json(nullptr);
}

/// Writes the members of an object one by one: a document for each answer would cost as much as
/// the rest of it.
class Members {
 public:
  void Put(std::string_view name, std::string_view json) {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_.append(name).append("\":").append(json);
  }
  template <typename T>
  void PutNumber(std::string_view name, bool has, T number) {
    Put(name, has ? std::to_string(number) : "null");
  }
  void PutInstant(std::string_view name, bool has, const google::protobuf::Timestamp& stamp) {
    Put(name,
        has ? JsonString(google::protobuf::util::TimeUtil::ToString(stamp)) : std::string("null"));
  }
  std::string End() && { return std::move(text_) + "}"; }

 private:
  std::string text_;
};

std::string PlayerJson(const v1::Player& player) {
  Members members;
  members.PutNumber("player_id", true, player.player_id());
  members.PutNumber("index", true, player.index());
  members.PutNumber("score", player.has_score(), player.score());
  members.Put("won", !player.has_won() ? "null" : player.won() ? "true" : "false");
  members.PutNumber("rating_before", player.has_rating_before(), player.rating_before());
  members.PutNumber("rating_after", player.has_rating_after(), player.rating_after());
  members.PutNumber("rating_delta", player.has_rating_delta(), player.rating_delta());
  return std::move(members).End();
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
  std::string players = "[";
  for (const v1::Player& player : info.players()) {
    if (players.size() > 1) players += ',';
    players += PlayerJson(player);
  }
  players += ']';
  Members members;
  members.PutInstant("created_at", info.has_created_at(), info.created_at());
  members.PutInstant("updated_at", info.has_updated_at(), info.updated_at());
  members.PutInstant("deleted_at", info.has_deleted_at(), info.deleted_at());
  members.PutNumber("migration_status", info.has_migration_status(), info.migration_status());
  members.PutNumber("type", info.has_type(), info.type());
  members.PutNumber("end_reason", info.has_end_reason(), info.end_reason());
  members.PutNumber("winner_index", info.has_winner_index(), info.winner_index());
  members.PutNumber("loser_index", info.has_loser_index(), info.loser_index());
  members.Put("tournament_id",
              info.has_tournament_id() ? JsonString(info.tournament_id()) : std::string("null"));
  members.Put("players", players);
  members.Put("request", JsonOrNull(info.request_json()));
  return std::move(members).End();
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
