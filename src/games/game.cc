#include "games/game.h"

#include <charconv>

#include "model/bounds.h"

namespace pgattic::games {

MigrationStatus MigrationStatusOf(std::optional<std::int64_t> number) {
  switch (number.value_or(0)) {
    case 0:
      return MigrationStatus::kNotMigrated;
    case 1:
      return MigrationStatus::kMigrated;
    case 2:
      return MigrationStatus::kCleaned;
    case 3:
      return MigrationStatus::kArchived;
    default:
      return MigrationStatus::kUnknown;
  }
}

std::string_view NameOf(MigrationStatus status) {
  switch (status) {
    case MigrationStatus::kNotMigrated:
      return "not_migrated";
    case MigrationStatus::kMigrated:
      return "migrated";
    case MigrationStatus::kCleaned:
      return "cleaned";
    case MigrationStatus::kArchived:
      return "archived";
    case MigrationStatus::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view NameOf(Availability availability) {
  switch (availability) {
    case Availability::kAvailable:
      return "available";
    case Availability::kAbsent:
      return "absent";
    case Availability::kErased:
      return "erased";
    case Availability::kTemporarilyUnavailable:
      break;
  }
  return "temporarily_unavailable";
}

std::string_view NameOf(Place place) {
  switch (place) {
    case Place::kGames:
      return "games";
    case Place::kDatabase:
      return "database";
    case Place::kCache:
      return "cache";
    case Place::kArchive:
      return "archive";
    case Place::kCopy:
      return "copy";
    case Place::kEngine:
      return "engine";
    case Place::kNone:
      break;
  }
  return "none";
}

JsonColumn Game::Column(std::string_view name) const {
  const std::optional<std::string_view> text = row.Find(name);
  if (!text) return {JsonColumn::State::kMissing, {}};
  // game_request is NOT NULL in both tables, these in past_games alone.
  const bool never_null = name == "game_request" || name == "game_document" ||
                          (place != Place::kGames && (name == "stats" || name == "quickdata"));
  if (*text == "null" && !never_null) return {JsonColumn::State::kNull, {}};
  return {JsonColumn::State::kValue, *text};
}

std::optional<std::int64_t> Game::RowNumber(std::string_view column) const {
  const std::optional<std::string_view> text = row.Find(column);
  std::int64_t number = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

std::optional<Instant> Game::CreatedAt() const {
  if (info && info->created_at) return info->created_at;
  const std::optional<std::string_view> text = row.Find("created_at");
  if (!text || text->size() < 2) return std::nullopt;
  const Result<std::int64_t> at_us = model::ParseInstant(text->substr(1, text->size() - 2));
  if (!at_us.ok()) return std::nullopt;
  return Instant(std::chrono::microseconds(*at_us));
}

std::optional<std::int64_t> Game::EndReason() const {
  return info && info->end_reason ? info->end_reason : RowNumber("game_end_reason");
}

std::optional<std::int64_t> Game::WinnerIndex() const {
  return info && info->winner_index ? info->winner_index : RowNumber("winner_idx");
}

std::optional<std::int64_t> Game::Type() const {
  return info && info->type ? info->type : RowNumber("type");
}

}  // namespace pgattic::games
