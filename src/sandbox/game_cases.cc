#include "sandbox/game_cases.h"

#include <algorithm>
#include <utility>

namespace pgattic::sandbox {
namespace {

struct CaseRow {
  GameCase kind;
  std::string_view name;
  std::int64_t usual;
};

constexpr std::array<CaseRow, kGameCaseCount> kCases = {{
    {GameCase::kTie, "tie", 3},
    {GameCase::kNoWinner, "no_winner", 2},
    {GameCase::kFalseWinner, "false_winner", 1},
    {GameCase::kOddText, "odd_text", 4},
    {GameCase::kOddNumbers, "odd_numbers", 1},
    {GameCase::kEmptyDocuments, "empty_documents", 1},
    {GameCase::kEmptyRequest, "empty_request", 1},
    {GameCase::kHugeDocument, "huge_document", 1},
    {GameCase::kDuplicate, "duplicate", 2},
    {GameCase::kDuplicateDiffers, "duplicate_differs", 1},
    {GameCase::kOrphanCancelled, "orphan_cancelled", 2},
    {GameCase::kOrphanEnded, "orphan_ended", 1},
    {GameCase::kStatusNull, "status_null", 2},
    {GameCase::kStatusZero, "status_zero", 1},
    {GameCase::kStatusTwo, "status_two", 2},
    {GameCase::kCaseTwin, "case_twin", 2},
    {GameCase::kOtherIdLength, "other_id_length", 2},
    {GameCase::kSameInstant, "same_instant", 2},
    {GameCase::kLastMicrosecondOfDay, "last_microsecond_of_day", 2},
    {GameCase::kBotGame, "bot_game", 4},
    {GameCase::kUpdatedAtNull, "updated_at_null", 1},
    {GameCase::kRunning, "running", 3},
    {GameCase::kRunningStatusNull, "running_status_null", 1},
    {GameCase::kEndedNotMigrated, "ended_not_migrated", 2},
    {GameCase::kAnnotated, "annotated", 2},
    {GameCase::kCreatedAtNull, "created_at_null", 1},
}};

}  // namespace

std::string_view GameCaseName(GameCase kind) {
  return kCases.at(static_cast<std::size_t>(kind)).name;
}

bool IsPastGame(GameCase kind) { return kind < GameCase::kRunning; }

CaseCounts FewOfEachCase() {
  CaseCounts counts;
  for (const CaseRow& row : kCases) counts[row.kind] = row.usual;
  return counts;
}

CasePlan PlanCases(const CaseCounts& counts, std::int64_t rows, Random random) {
  CasePlan plan;
  plan.past_rows.resize(static_cast<std::size_t>(rows));
  std::vector<GameCase> cases;
  for (const CaseRow& row : kCases) {
    std::vector<GameCase>& to = IsPastGame(row.kind) ? cases : plan.games_only;
    to.insert(to.end(), static_cast<std::size_t>(counts[row.kind]), row.kind);
  }
  for (std::size_t i = cases.size(); i > 1; --i) {
    std::swap(cases[i - 1], cases[random.Below(i)]);
  }
  const std::size_t room = rows > 2 ? static_cast<std::size_t>(rows) - 2 : 0;
  cases.resize(std::min(cases.size(), room));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    plan.past_rows[1 + i * room / cases.size()] = cases[i];
  }
  return plan;
}

}  // namespace pgattic::sandbox
