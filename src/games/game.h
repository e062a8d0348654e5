// Game: everything that is known of one game, whether its row lies in the database or not.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "games/game_request.h"
#include "games/row_text.h"

namespace pgattic::games {

/// Microseconds since 1970-01-01 UTC.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// games.migration_status: where the application keeps a game's data. NULL counts as 0. A hint,
/// never the only place that is looked at.
enum class MigrationStatus {
  kNotMigrated,  ///< 0, NULL: in `games`.
  kMigrated,     ///< 1: in past_games; `games` may have been cleared.
  kCleaned,      ///< 2: in past_games; `games` was cleared.
  kArchived,     ///< 3: in the archive.
  kUnknown,      ///< Any other number; looked for everywhere.
};

/// nullopt is NULL.
MigrationStatus MigrationStatusOf(std::optional<std::int64_t> number);
/// Returns "not_migrated", "migrated", "cleaned", "archived", "unknown".
std::string_view NameOf(MigrationStatus status);

/// Whether the game's data can be given.
enum class Availability {
  kAvailable,
  kAbsent,                  ///< Known to be nowhere.
  kErased,                  ///< Taken out of the archive for good.
  kTemporarilyUnavailable,  ///< A place that may hold it does not answer.
};
/// Returns "available", "absent", "erased", "temporarily_unavailable".
std::string_view NameOf(Availability availability);

/// Where the data came from.
enum class Place {
  kNone,
  kGames,     ///< `games`: not migrated, or not cleared and no other place has it.
  kDatabase,  ///< past_games
  kCache,
  kArchive,
  kCopy,    ///< The archive's second bucket.
  kEngine,  ///< A SQL engine over the archive.
};
/// Returns "none", "games", "database", "cache", "archive", "copy", "engine".
std::string_view NameOf(Place place);

/// A json column, byte for byte as it is stored. A plain value.
struct JsonColumn {
  enum class State {
    kMissing,  ///< The row has no such column: it was archived before there was one, say.
    kNull,     ///< NULL. tournament_data and the columns of `games` alone can be: see Game.
    kValue,    ///< JSON, "null" (JSON's own) included.
  };
  State state = State::kMissing;
  std::string_view text;  ///< When kValue; valid as long as the game it was asked of.
};

/// Basic info: what `games` keeps of a game even when its data were moved. nullopt is NULL, or
/// an instant that is none (infinity). A plain value.
struct GameInfo {
  std::int64_t row_id = 0;            ///< games.id
  std::optional<Instant> created_at;  ///< When it began.
  std::optional<Instant> updated_at;
  std::optional<Instant> deleted_at;
  MigrationStatus migration_status = MigrationStatus::kNotMigrated;
  std::optional<std::int64_t> migration_status_number;  ///< As stored.
  std::optional<std::int64_t> type;          ///< 0 native, 1 annotated, 2 bot against bot.
  std::optional<std::int64_t> end_reason;    ///< 0 or NULL: not ended.
  std::optional<std::int64_t> winner_index;  ///< 0 or 1; -1 for a draw.
  std::optional<std::int64_t> loser_index;
  std::optional<std::string> tournament_id;
  std::string request_json;  ///< game_request, as stored.
  bool holds_data = false;   ///< The row was not cleared.
  int duplicates = 0;        ///< Further rows of this id in `games`; this is the oldest.
};

/// One player, from `game_players`, else from a `games` row that was not cleared: then only id
/// and index are known, and the index may not be the order of turns. A plain value.
struct GamePlayer {
  std::int64_t player_id = 0;
  int index = 0;  ///< 0 begins.
  std::optional<std::int64_t> score;
  std::optional<bool> won;
  std::optional<std::int64_t> rating_before;
  std::optional<std::int64_t> rating_after;
  std::optional<std::int64_t> rating_delta;
};

/// An answer about one id. A plain value; a copy owns its text.
///
/// The outcome is told by `info` and by the row both, and they may differ: moderation changes
/// `games` after the end, and the row is a snapshot. EndReason() and WinnerIndex() prefer
/// `games`.
struct Game {
  std::string id;  ///< As it was asked for.
  Availability availability = Availability::kTemporarilyUnavailable;
  Place place = Place::kNone;
  std::string why;  ///< When unavailable, and where data were expected and are absent.

  std::optional<GameInfo> info;        ///< nullopt for an orphan, or when `games` cannot be read.
  std::string info_why;                ///< Why `games` could not be read; "" when it could.
  std::vector<GamePlayer> players;     ///< By index; empty for orphans and annotated games.
  std::optional<GameRequest> request;  ///< Of the row, else of `info`; nullopt: no JSON object.

  RowText row;                ///< When available: all columns of the row, as `pgattic get` shows.
  int duplicates = 0;         ///< Further rows of the id in the place that answered.
  bool is_immutable = false;  ///< The row lies in an archive that no rollback can take back.

  /// Any column of the row. Through a row's JSON, NULL and JSON's own null look the same: in
  /// the columns of past_games that cannot be NULL it is JSON's, elsewhere it is NULL.
  JsonColumn Column(std::string_view name) const;
  JsonColumn Document() const { return Column("game_document"); }
  JsonColumn Request() const { return Column("game_request"); }
  JsonColumn Stats() const { return Column("stats"); }
  JsonColumn Quickdata() const { return Column("quickdata"); }
  JsonColumn TournamentData() const { return Column("tournament_data"); }

  /// Of `info`, else of the row; nullopt when neither says.
  std::optional<Instant> CreatedAt() const;
  std::optional<std::int64_t> EndReason() const;
  std::optional<std::int64_t> WinnerIndex() const;
  std::optional<std::int64_t> Type() const;

 private:
  std::optional<std::int64_t> RowNumber(std::string_view column) const;
};

}  // namespace pgattic::games
