// The tables of the game archive: games, past_games, game_players and what they refer to.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/bounds.h"

namespace pgattic::sandbox {

/// Which tables to make. A plain value.
struct GameSchemaOptions {
  /// An unprivileged role that logs in, made if absent. Owns everything, and may create
  /// schemas in the database, as pgattic's journal needs.
  std::string owner = "woogles";
  /// One partition past_games_YYYY_MM each.
  std::vector<model::YearMonth> months = {};
  /// "" writes bounds with an explicit UTC offset. A time zone writes bare dates and lets that
  /// zone resolve them, as the application's own migrations do.
  std::string bounds_zone = {};
};

/// Returns the name of a month's partition, without its schema: "past_games_2024_01".
std::string PartitionName(model::YearMonth month);

/// Returns SQL for a superuser (or one who may create roles and become them), one transaction
/// with all names qualified by `public`. Types, indexes and constraints are those of the
/// application; columns of referring tables that nothing here reads are left out.
/// InvalidArgument for an owner that is not a plain lower-case name, or a month that is none.
Result<std::string> GameSchemaSql(const GameSchemaOptions& options);

/// Returns SQL that makes further partitions, one transaction. Same errors.
Result<std::string> GamePartitionsSql(const GameSchemaOptions& options);

}  // namespace pgattic::sandbox
