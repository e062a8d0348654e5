#include "games/look.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace pgattic::games {
namespace {

constexpr std::chrono::milliseconds kLongest = std::chrono::hours(1);

/// Errors that say nothing of a place, only of the call.
bool EndsTheCall(Code code) { return code == Code::kInvalidArgument || code == Code::kCancelled; }

Availability AvailabilityOf(lookup::Availability availability) {
  switch (availability) {
    case lookup::Availability::kAvailable:
      return Availability::kAvailable;
    case lookup::Availability::kAbsent:
      return Availability::kAbsent;
    case lookup::Availability::kErased:
      return Availability::kErased;
    case lookup::Availability::kTemporarilyUnavailable:
      break;
  }
  return Availability::kTemporarilyUnavailable;
}

Place PlaceOf(lookup::Tier tier) {
  switch (tier) {
    case lookup::Tier::kDatabase:
      return Place::kDatabase;
    case lookup::Tier::kCache:
      return Place::kCache;
    case lookup::Tier::kArchive:
      return Place::kArchive;
    case lookup::Tier::kCopy:
      return Place::kCopy;
    case lookup::Tier::kEngine:
      return Place::kEngine;
    case lookup::Tier::kNone:
      break;
  }
  return Place::kNone;
}

}  // namespace

bool Look::MayHoldData(const std::string& id) const {
  const auto found = entries_.find(id);
  return found != entries_.end() && (found->second.info.holds_data || found->second.info.type == 1);
}

void Look::ReadInfo(const std::vector<std::string>& ids) {
  auto [entries, players] = info_.GamesAndPlayers(ctx_, ids);
  games_answered_ = entries.ok();
  if (entries.ok()) entries_ = std::move(*entries);
  for (const std::string& id : ids) {
    Game& game = games_[id];
    game.id = id;
    if (!entries.ok()) game.info_why = entries.error().ToString();
    const auto found = entries_.find(id);
    if (found != entries_.end()) game.info = found->second.info;
  }
  PutPlayers(std::move(players));
}

Look::NotTaken Look::TakeFromGames(const std::vector<std::string>& ids) {
  NotTaken rest;
  if (ids.empty()) return rest;
  std::vector<GameRowRef> refs;
  for (const std::string& id : ids) {
    const GameInfo& info = entries_.at(id).info;
    refs.push_back({id, info.row_id, info.type == 1});
  }
  Result<std::map<std::int64_t, RowText>> data = info_.Data(ctx_, refs);
  for (const GameRowRef& ref : refs) {
    Game& game = games_.at(ref.id);
    if (!data.ok()) {
      game.availability = Availability::kTemporarilyUnavailable;
      if (game.why.empty()) game.why = data.error().ToString();
      rest.unread.push_back(ref.id);
      continue;
    }
    const auto found = data->find(ref.row_id);
    if (found == data->end()) {
      rest.cleared.push_back(ref.id);
      continue;
    }
    game.availability = Availability::kAvailable;
    game.place = Place::kGames;
    game.why.clear();
    game.row = std::move(found->second);
    game.duplicates = game.info->duplicates;
  }
  return rest;
}

void Look::Apply(lookup::Answer answer) {
  const auto found = games_.find(answer.id);
  if (found == games_.end()) return;
  Game& game = found->second;
  game.availability = AvailabilityOf(answer.availability);
  game.place = PlaceOf(answer.tier);
  game.why = std::move(answer.why);
  if (game.availability != Availability::kAvailable) return;
  Result<RowText> row = RowText::Parse(std::move(answer.row_json));
  if (!row.ok()) {
    game.availability = Availability::kTemporarilyUnavailable;
    game.why = row.error().ToString();
    return;
  }
  game.row = std::move(*row);
  game.duplicates = answer.duplicates;
  game.is_immutable = answer.is_immutable;
}

std::optional<std::string> Look::TimeOf(const std::string& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? std::nullopt : found->second.created_at;
}

OpContext Look::ContextOfRows(const std::vector<std::string>& ids) const {
  const bool has_another_place =
      std::any_of(ids.begin(), ids.end(), [this](const auto& id) { return MayHoldData(id); });
  if (!has_another_place) return ctx_;
  return ctx_.WithDeadline(ctx_.Remaining(kLongest) * 3 / 4);
}

Status Look::AskRows(const std::vector<std::string>& ids) {
  if (ids.empty()) return Status::Ok();
  for (const std::string& id : ids) {
    games_.at(id).availability = Availability::kTemporarilyUnavailable;
  }
  const OpContext ctx = ContextOfRows(ids);
  Status failed;
  if (ids.size() == 1) {
    Result<lookup::Answer> answer = rows_.GetLikely(ctx, ids.front(), TimeOf(ids.front()));
    if (answer.ok()) Apply(std::move(*answer));
    failed = std::move(answer).status();
  } else {
    Result<std::vector<lookup::Answer>> answers = rows_.GetMany(ctx, ids);
    if (answers.ok()) {
      for (lookup::Answer& answer : *answers) Apply(std::move(answer));
    }
    failed = std::move(answers).status();
  }
  if (failed.ok()) return failed;
  if (EndsTheCall(failed.code())) return failed;
  for (const std::string& id : ids) games_.at(id).why = failed.ToString();
  return Status::Ok();
}

void Look::PutPlayers(Result<std::map<std::string, std::vector<GamePlayer>>> players) {
  for (auto& [id, game] : games_) {
    if (players.ok() && players->contains(id)) game.players = std::move(players->at(id));
    if (!players.ok() && game.info_why.empty()) game.info_why = players.error().ToString();
    const auto entry = entries_.find(id);
    if (!game.players.empty() || entry == entries_.end()) continue;
    for (std::size_t side : {0U, 1U}) {
      const std::optional<std::int64_t> player_id = entry->second.player_ids.at(side);
      if (!player_id) continue;
      GamePlayer player;
      player.player_id = *player_id;
      player.index = static_cast<int>(side);
      game.players.push_back(player);
    }
  }
}

void Look::Finish(Game& game) const {
  if (game.availability == Availability::kAbsent) {
    if (!games_answered_) {
      // What has not migrated lies in `games` alone, and that could not be asked.
      game.availability = Availability::kTemporarilyUnavailable;
      game.why = game.info_why;
    } else if (game.info) {
      game.why = "games has a row of status " + std::string(NameOf(game.info->migration_status)) +
                 " and no place has its data; `pgattic status` shows what is archived";
    }
  }
  const JsonColumn request = game.Request();
  if (request.state == JsonColumn::State::kValue) {
    game.request = ParseGameRequest(request.text);
  } else if (game.info) {
    game.request = ParseGameRequest(game.info->request_json);
  }
}

Result<std::map<std::string, Game>> Look::Run(const std::vector<std::string>& ids) {
  // All of the basic info first: a slow archive may use up the time.
  ReadInfo(ids);
  std::vector<std::string> front;
  std::vector<std::string> others;
  for (const std::string& id : ids) {
    const Game& game = games_.at(id);
    const bool in_front = game.info &&
                          game.info->migration_status == MigrationStatus::kNotMigrated &&
                          MayHoldData(id);
    (in_front ? front : others).push_back(id);
  }
  const NotTaken rest = TakeFromGames(front);
  others.insert(others.end(), rest.cleared.begin(), rest.cleared.end());
  others.insert(others.end(), rest.unread.begin(), rest.unread.end());
  PGATTIC_RETURN_IF_ERROR(AskRows(others));
  std::vector<std::string> back;
  for (const std::string& id : others) {
    const Availability availability = games_.at(id).availability;
    const bool missed = availability == Availability::kAbsent ||
                        availability == Availability::kTemporarilyUnavailable;
    if (missed && MayHoldData(id)) back.push_back(id);
  }
  // A row that was cleared since ReadInfo moved to where AskRows looks, perhaps after it looked.
  PGATTIC_RETURN_IF_ERROR(AskRows(TakeFromGames(back).cleared));
  for (auto& [id, game] : games_) Finish(game);
  PGATTIC_RETURN_IF_ERROR(ctx_.stop().stop_requested() ? ctx_.Check() : Status::Ok());
  return std::move(games_);
}

}  // namespace pgattic::games
