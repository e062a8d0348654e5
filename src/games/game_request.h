// GameRequest: what the players agreed on, out of either spelling of game_request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pgattic::games {

// Of the numbers and names that the application gives them; kUnknown is any other.
enum class ChallengeRule { kVoid, kSingle, kDouble, kFivePoint, kTenPoint, kTriple, kUnknown };
enum class GameMode { kRealTime, kCorrespondence, kUnknown };
enum class RatingMode { kRated, kCasual, kUnknown };

/// The fields that a game is listed by. What the JSON leaves out has its default: 0, false, "".
/// A plain value.
struct GameRequest {
  std::string lexicon;
  std::string board_layout;
  std::string letter_distribution;
  std::string variant;
  std::int64_t initial_time_seconds = 0;
  std::int64_t increment_seconds = 0;
  std::int64_t max_overtime_minutes = 0;
  ChallengeRule challenge_rule = ChallengeRule::kVoid;
  GameMode game_mode = GameMode::kRealTime;
  RatingMode rating_mode = RatingMode::kRated;
  bool player_vs_bot = false;
  std::string request_id;
  std::string original_request_id;
  bool operator==(const GameRequest&) const = default;
};

/// Reads a game_request: camelCase with enums by name, or snake_case with enums by number, and
/// any mixture of them, as protobuf's JSON is read. Unknown fields are skipped. Returns nullopt
/// where the text is no JSON object: then nothing is known. Thread-safe; does not block.
std::optional<GameRequest> ParseGameRequest(std::string_view json);

}  // namespace pgattic::games
