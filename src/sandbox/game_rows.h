// GameRows: games cut into lines of COPY for four tables.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sandbox/copy_target.h"
#include "sandbox/game.h"

namespace pgattic::sandbox {

/// The tables that hold rows of a game, in the order in which they are filled.
enum class GameTable { kGames, kPastGames, kGamePlayers, kGameDocuments };
inline constexpr std::size_t kGameTableCount = 4;

/// How a row of `games` differs from its game.
struct GamesRow {
  std::optional<int> status = 1;  ///< migration_status.
  bool is_full = false;           ///< The data columns still hold the game.
  bool has_created_at = true;
  bool has_updated_at = true;
};

/// Collects lines and hands them over table by table. Holds what was added since the last
/// Flush. Not thread-safe.
class GameRows {
 public:
  void AddGame(const Game& game, const GamesRow& row);
  void AddPastGame(const Game& game);
  /// Adds the rows of both players.
  void AddPlayers(const Game& game);
  void AddDocument(const Game& game);

  /// Bytes held.
  std::size_t bytes() const;
  std::int64_t rows_written(GameTable table) const {
    return written_.at(static_cast<std::size_t>(table));
  }
  std::int64_t bytes_written() const { return bytes_written_; }
  /// Writes all that is held, one COPY for each table that has rows, and forgets it.
  Status Flush(CopyTarget& target);

 private:
  struct Lines {
    std::string text;
    std::int64_t rows = 0;
  };
  Lines& lines(GameTable table) { return lines_.at(static_cast<std::size_t>(table)); }

  std::array<Lines, kGameTableCount> lines_;
  std::array<std::int64_t, kGameTableCount> written_{};
  std::int64_t bytes_written_ = 0;
  std::string scratch_;
};

}  // namespace pgattic::sandbox
