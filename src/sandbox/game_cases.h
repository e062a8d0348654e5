// The hard cases of the game archive: what real data hold that a neat model leaves out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sandbox/random.h"

namespace pgattic::sandbox {

/// One way for a row to be out of the ordinary. Those from kRunning on are rows of `games`
/// that past_games lacks; all others are rows of past_games.
enum class GameCase {
  kTie,                   ///< winner_idx -1.
  kNoWinner,              ///< Aborted; winner_idx NULL.
  kFalseWinner,           ///< Aborted, yet winner_idx 0.
  kOddText,               ///< Quotes, backslashes, control characters, many scripts.
  kOddNumbers,            ///< Numbers beyond int64 and double in stats.
  kEmptyDocuments,        ///< Every jsonb column is '{}'.
  kEmptyRequest,          ///< game_request is '{}'.
  kHugeDocument,          ///< GameOptions::huge_document_bytes of text that hardly compresses.
  kDuplicate,             ///< The row before once more, the same in every column.
  kDuplicateDiffers,      ///< The same gid and created_at, another request and quickdata.
  kOrphanCancelled,       ///< No row in games or game_players.
  kOrphanEnded,           ///< No row in games.
  kStatusNull,            ///< games.migration_status NULL, which means 0.
  kStatusZero,            ///< Copied, but never marked.
  kStatusTwo,             ///< Cleared.
  kCaseTwin,              ///< gid differs from that of the row before in case alone.
  kOtherIdLength,         ///< 10 characters where 8 are usual, or 8 where 10 are.
  kSameInstant,           ///< created_at of the row before.
  kLastMicrosecondOfDay,  ///< 23:59:59.999999
  kBotGame,               ///< Two bots; type 2.
  kUpdatedAtNull,         ///< games.updated_at NULL.
  kRunning,               ///< Status 0, game_end_reason 0. Ends later: see WriteEndings.
  kRunningStatusNull,     ///< The same with status NULL.
  kEndedNotMigrated,      ///< Ended, status 0, data still in games alone.
  kAnnotated,             ///< type 1, game_end_reason NULL, document in game_documents.
  kCreatedAtNull,         ///< A raw import without created_at.
};
inline constexpr std::size_t kGameCaseCount = 26;

/// Returns the name without its k, in snake_case: "duplicate_differs".
std::string_view GameCaseName(GameCase kind);

/// True for rows of past_games.
bool IsPastGame(GameCase kind);

/// A number for each case.
class CaseCounts {
 public:
  std::int64_t& operator[](GameCase kind) { return counts_.at(static_cast<std::size_t>(kind)); }
  std::int64_t operator[](GameCase kind) const {
    return counts_.at(static_cast<std::size_t>(kind));
  }
  bool operator==(const CaseCounts&) const = default;

 private:
  std::array<std::int64_t, kGameCaseCount> counts_{};
};

/// Returns one or a few of each case, a month's default.
CaseCounts FewOfEachCase();

/// What each row of a month is.
struct CasePlan {
  std::vector<std::optional<GameCase>> past_rows;
  std::vector<GameCase> games_only;
};

/// Spreads the cases over `rows` rows of past_games, in random order. The first and the last
/// row stay ordinary (they are the bounds of the month), and cases that find no room are left
/// out.
CasePlan PlanCases(const CaseCounts& counts, std::int64_t rows, Random random);

}  // namespace pgattic::sandbox
