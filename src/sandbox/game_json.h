// The JSON documents of a game, in the spellings that the application stores.
#pragma once

#include <string>

#include "sandbox/game.h"

namespace pgattic::sandbox {

/// Appends past_games.game_document: protobuf's JSON of a game (camelCase, enums by name, zero
/// values left out, bytes in base64, 64-bit numbers as strings).
void AppendDocumentJson(std::string& out, const Game& game);

/// Appends stats: some 26 items for each player, most of them zero.
void AppendStatsJson(std::string& out, const Game& game);

/// Appends quickdata: what lists of games show.
void AppendQuickdataJson(std::string& out, const Game& game);

/// Appends game_request, in camelCase with enums by name or in snake_case with numbers.
void AppendRequestJson(std::string& out, const Game& game);

/// Appends tournament_data. REQUIRES: game.tournament.
void AppendTournamentJson(std::string& out, const Game& game);

/// Appends games.timers.
void AppendTimersJson(std::string& out, const Game& game);

}  // namespace pgattic::sandbox
