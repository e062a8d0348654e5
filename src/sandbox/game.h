// Game: everything about one generated game, before it is cut into rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/played_game.h"

namespace pgattic::sandbox {

/// A row of `users`.
struct Player {
  int id = 0;
  std::string uuid;
  std::string name;
  std::string country;  ///< "" for none.
  bool is_bot = false;
};

/// The fixed pool of 2,000 players; the first five are bots, and one name in forty is not
/// ASCII or holds a quote.
std::vector<Player> MakePlayers();

enum class ChallengeRule { kVoid = 0, kSingle = 1, kDouble = 2, kFivePoint = 3, kTenPoint = 4 };
/// Returns "VOID", "SINGLE", …
std::string_view ChallengeRuleName(ChallengeRule rule);

/// What the players agreed on.
struct GameTerms {
  std::string_view lexicon = "NWL23";
  std::string_view variant = "classic";
  ChallengeRule rule = ChallengeRule::kVoid;
  int seconds = 900;
  int increment_seconds = 0;
  int overtime_minutes = 1;
  bool is_correspondence = false;
  bool is_casual = false;
  std::string request_id;
  std::string original_request_id;  ///< Of the first game; rematches keep it.
};

/// A place in a tournament.
struct TournamentSeat {
  std::string id;
  std::string_view division;
  int round = 0;
  int index = 0;
};

/// A plain value; `players` point into the pool, which must outlive it.
struct Game {
  std::string id;
  std::int64_t created_us = 0;
  std::int64_t ended_us = 0;
  std::array<const Player*, 2> players{};
  GameTerms terms;
  bool request_in_snake_case = false;  ///< The younger of the two spellings.
  std::array<int, 2> rating{};
  std::array<int, 2> rating_change{};
  std::optional<TournamentSeat> tournament;
  int type = 0;               ///< 0 native, 1 annotated, 2 bot against bot.
  std::optional<int> winner;  ///< As the row says; may be false on aborted games.
  PlayedGame play;
  std::string odd_text;              ///< Put into document, quickdata and tournament.
  std::size_t note_bytes = 0;        ///< Text that hardly compresses, into the document.
  bool has_odd_numbers = false;      ///< Numbers beyond int64 and double, into stats.
  bool has_empty_documents = false;  ///< Every jsonb column is '{}'.
  bool has_empty_request = false;
};

}  // namespace pgattic::sandbox
