// GameGenerator: months of games for demo, tests and measurements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/bounds.h"
#include "sandbox/copy_target.h"
#include "sandbox/game_cases.h"
#include "sandbox/game_maker.h"
#include "sandbox/game_rows.h"

namespace pgattic::sandbox {

/// What to generate. A plain value.
struct GameOptions {
  std::uint64_t seed = 1;
  /// Rows of past_games in each month, exactly. About 13 kB of text each.
  std::int64_t rows_per_month = 1500;
  /// How many of each hard case a month has. CaseCounts() for none.
  CaseCounts cases = FewOfEachCase();
  /// One in so many rows of `games` still holds its data though it was moved; 0 for none.
  int full_games_one_in = 10;
  std::size_t huge_document_bytes = 300'000;

  /// InvalidArgument when rows are not of [1, 2^23], or a count is negative or above 2^20.
  Status Validate() const;
};

/// A half-open range of instants, usually a month of UTC. Another zone's month serves where
/// the partitions have been made in one.
struct MonthSpan {
  model::YearMonth month;
  std::int64_t from_us = 0;
  std::int64_t to_us = 0;
};

/// Returns the month in UTC.
MonthSpan UtcMonth(model::YearMonth month);

/// What was written for one month.
struct MonthSummary {
  std::int64_t past_games = 0;
  std::int64_t games = 0;
  std::int64_t game_players = 0;
  std::int64_t game_documents = 0;
  std::int64_t bytes = 0;  ///< Of COPY text.
  CaseCounts cases;        ///< As many of each as found room.
};

/// Generates rows that depend on seed, month and options alone: the same call gives the same
/// bytes on every machine. The first row of a month lies on its first microsecond, the last on
/// its last. Writes in batches of a few MB, so memory does not grow with the rows. Not
/// thread-safe; several generators may run at once.
class GameGenerator {
 public:
  /// REQUIRES: options.Validate().ok().
  explicit GameGenerator(const GameOptions& options);

  /// Writes public.users, which everything else refers to. Once per database.
  Status WriteUsers(CopyTarget& target) const;

  /// Writes one month into games, past_games, game_players and game_documents. Returns the
  /// target's error.
  Result<MonthSummary> WriteMonth(const MonthSpan& span, CopyTarget& target) const;

  /// Ends the month's running games (GameCase::kRunning and kRunningStatusNull), as the
  /// application does weeks later: writes their rows of past_games and game_players. Returns
  /// their ids; the caller sets game_end_reason 2 and migration_status 1 in games.
  Result<std::vector<std::string>> WriteEndings(const MonthSpan& span, CopyTarget& target) const;

 private:
  GameSlot SlotOf(const MonthSpan& span, std::int64_t index) const;
  void AddPastRow(const GameSlot& slot, Game& previous, GameRows& rows) const;
  void AddGamesOnly(const GameSlot& slot, GameRows& rows) const;

  GameOptions options_;
  GameMaker maker_;
};

}  // namespace pgattic::sandbox
