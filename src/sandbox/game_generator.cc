#include "sandbox/game_generator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "sandbox/append_text.h"
#include "sandbox/calendar.h"
#include "sandbox/game_ids.h"

namespace pgattic::sandbox {
namespace {

constexpr std::int64_t kMostRows = std::int64_t{1} << 23U;
constexpr std::int64_t kMostCases = std::int64_t{1} << 20U;
constexpr unsigned kIndexBits = 24;  // Rows and games-only rows of one month.
constexpr std::size_t kBatchBytes = std::size_t{4} << 20U;
constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr std::uint64_t kPlanStream = 0x706c616e;

std::uint64_t MonthKey(model::YearMonth month) {
  return static_cast<std::uint64_t>(month.year) * 12 + static_cast<std::uint64_t>(month.month);
}

CasePlan PlanOf(const GameOptions& options, const MonthSpan& span) {
  return PlanCases(options.cases, options.rows_per_month,
                   Random(MixSeed({options.seed, kPlanStream, MonthKey(span.month)})));
}

bool IsRunning(GameCase kind) {
  return kind == GameCase::kRunning || kind == GameCase::kRunningStatusNull;
}

bool HasGamesRow(std::optional<GameCase> kind) {
  return kind != GameCase::kOrphanCancelled && kind != GameCase::kOrphanEnded;
}

std::optional<int> StatusOf(std::optional<GameCase> kind) {
  if (kind == GameCase::kStatusNull) return std::nullopt;
  if (kind == GameCase::kStatusZero) return 0;
  if (kind == GameCase::kStatusTwo) return 2;
  return 1;
}

}  // namespace

Status GameOptions::Validate() const {
  if (rows_per_month < 1 || rows_per_month > kMostRows) {
    return {Code::kInvalidArgument, "a month has between 1 and " + std::to_string(kMostRows) +
                                        " rows, not " + std::to_string(rows_per_month)};
  }
  for (std::size_t i = 0; i < kGameCaseCount; ++i) {
    const auto kind = static_cast<GameCase>(i);
    if (cases[kind] < 0 || cases[kind] > kMostCases) {
      return {Code::kInvalidArgument, "there cannot be " + std::to_string(cases[kind]) +
                                          " rows of " + std::string(GameCaseName(kind))};
    }
  }
  if (full_games_one_in < 0) {
    return {Code::kInvalidArgument, "full_games_one_in is negative: give 0 for none"};
  }
  return Status::Ok();
}

MonthSpan UtcMonth(model::YearMonth month) {
  return {month, MonthStartUs(month), MonthStartUs(NextMonth(month))};
}

GameGenerator::GameGenerator(const GameOptions& options)
    : options_(options), maker_(options.seed, options.huge_document_bytes) {
  PGATTIC_CHECK(options.Validate().ok(), "GameOptions that were not validated");
}

Status GameGenerator::WriteUsers(CopyTarget& target) const {
  std::string lines;
  for (const Player& player : maker_.players()) {
    AppendInt(lines, player.id);
    lines += "\t2020-08-01 00:00:00+00\t" + player.uuid + "\t";
    AppendCopyField(lines, player.name);
    lines += player.is_bot ? "\tt\n" : "\tf\n";
  }
  PGATTIC_RETURN_IF_ERROR(
      target.BeginCopy("public.users", {"id", "created_at", "uuid", "username", "internal_bot"}));
  PGATTIC_RETURN_IF_ERROR(target.Write(AsBytes(lines)));
  return target.EndCopy();
}

/// Row `index` lies in the index-th of as many equal pieces of the month as it has rows; those
/// of games alone wrap around.
GameSlot GameGenerator::SlotOf(const MonthSpan& span, std::int64_t index) const {
  GameSlot slot;
  slot.number = (MonthKey(span.month) << kIndexBits) + static_cast<std::uint64_t>(index);
  const std::int64_t rows = options_.rows_per_month;
  const std::int64_t piece = (span.to_us - span.from_us) / rows;
  Random random(MixSeed({options_.seed, slot.number}));
  slot.created_us = span.from_us + index % rows * piece +
                    static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(piece)));
  if (index == 0) slot.created_us = span.from_us;
  if (index == rows - 1 && rows > 1) slot.created_us = span.to_us - 1;
  return slot;
}

void GameGenerator::AddPastRow(const GameSlot& slot, Game& previous, GameRows& rows) const {
  if (slot.kind == GameCase::kDuplicate) return rows.AddPastGame(previous);
  if (slot.kind == GameCase::kDuplicateDiffers) {
    Game other = previous;
    other.request_in_snake_case = !other.request_in_snake_case;
    other.rating[0] += 1;
    return rows.AddPastGame(other);
  }
  Game game = maker_.Make(slot);
  if (slot.kind == GameCase::kCaseTwin) game.id = CaseTwin(previous.id, slot.number);
  rows.AddPastGame(game);
  if (slot.kind != GameCase::kOrphanCancelled) rows.AddPlayers(game);
  if (HasGamesRow(slot.kind)) {
    const auto one_in = static_cast<std::uint64_t>(options_.full_games_one_in);
    GamesRow row;
    row.status = StatusOf(slot.kind);
    row.is_full = slot.kind == GameCase::kStatusNull || slot.kind == GameCase::kStatusZero ||
                  (slot.kind != GameCase::kStatusTwo && one_in > 0 && slot.number % one_in == 0);
    row.has_updated_at = slot.kind != GameCase::kUpdatedAtNull;
    rows.AddGame(game, row);
  }
  previous = std::move(game);
}

void GameGenerator::AddGamesOnly(const GameSlot& slot, GameRows& rows) const {
  const Game game = maker_.Make(slot);
  GamesRow row{.status = 0, .is_full = true};
  if (slot.kind == GameCase::kRunningStatusNull) row.status = std::nullopt;
  row.has_created_at = slot.kind != GameCase::kCreatedAtNull;
  if (slot.kind == GameCase::kAnnotated) rows.AddDocument(game);
  if (slot.kind == GameCase::kEndedNotMigrated) rows.AddPlayers(game);
  rows.AddGame(game, row);
}

Result<MonthSummary> GameGenerator::WriteMonth(const MonthSpan& span, CopyTarget& target) const {
  const CasePlan plan = PlanOf(options_, span);
  MonthSummary summary;
  GameRows rows;
  Game previous;
  for (std::int64_t i = 0; i < options_.rows_per_month; ++i) {
    GameSlot slot = SlotOf(span, i);
    slot.kind = plan.past_rows[static_cast<std::size_t>(i)];
    if (slot.kind == GameCase::kSameInstant) slot.created_us = previous.created_us;
    if (slot.kind == GameCase::kLastMicrosecondOfDay) {
      slot.created_us = std::min((slot.created_us / kDayUs + 1) * kDayUs, span.to_us) - 1;
    }
    AddPastRow(slot, previous, rows);
    if (slot.kind) ++summary.cases[*slot.kind];
    if (rows.bytes() >= kBatchBytes) PGATTIC_RETURN_IF_ERROR(rows.Flush(target));
  }
  for (std::size_t i = 0; i < plan.games_only.size(); ++i) {
    GameSlot slot = SlotOf(span, options_.rows_per_month + static_cast<std::int64_t>(i));
    slot.kind = plan.games_only[i];
    AddGamesOnly(slot, rows);
    ++summary.cases[*slot.kind];
    if (rows.bytes() >= kBatchBytes) PGATTIC_RETURN_IF_ERROR(rows.Flush(target));
  }
  PGATTIC_RETURN_IF_ERROR(rows.Flush(target));
  summary.past_games = rows.rows_written(GameTable::kPastGames);
  summary.games = rows.rows_written(GameTable::kGames);
  summary.game_players = rows.rows_written(GameTable::kGamePlayers);
  summary.game_documents = rows.rows_written(GameTable::kGameDocuments);
  summary.bytes = rows.bytes_written();
  return summary;
}

Result<std::vector<std::string>> GameGenerator::WriteEndings(const MonthSpan& span,
                                                             CopyTarget& target) const {
  const CasePlan plan = PlanOf(options_, span);
  std::vector<std::string> ids;
  GameRows rows;
  for (std::size_t i = 0; i < plan.games_only.size(); ++i) {
    if (!IsRunning(plan.games_only[i])) continue;
    GameSlot slot = SlotOf(span, options_.rows_per_month + static_cast<std::int64_t>(i));
    slot.kind = plan.games_only[i];
    slot.ended = true;
    const Game game = maker_.Make(slot);
    rows.AddPastGame(game);
    rows.AddPlayers(game);
    ids.push_back(game.id);
  }
  PGATTIC_RETURN_IF_ERROR(rows.Flush(target));
  return ids;
}

}  // namespace pgattic::sandbox
