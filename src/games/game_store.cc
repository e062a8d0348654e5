#include "games/game_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "games/look.h"

namespace pgattic::games {
namespace {

constexpr std::size_t kLongestId = 1024;

/// False for what no column of type text can hold: such an id is absent, without any request.
bool IsPossible(const std::string& id) {
  if (id.empty() || id.size() > kLongestId) return false;
  std::size_t more = 0;  // Bytes of a UTF-8 sequence still to come (RFC 3629).
  for (std::size_t i = 0; i < id.size(); ++i) {
    const auto byte = static_cast<unsigned char>(id[i]);
    if (byte == 0) return false;
    if (more > 0) {
      if ((byte & 0xC0U) != 0x80) return false;
      --more;
      continue;
    }
    if (byte < 0x80) continue;
    const auto next = i + 1 < id.size() ? static_cast<unsigned char>(id[i + 1]) : 0U;
    const bool overlong = (byte == 0xE0 && next < 0xA0) || (byte == 0xF0 && next < 0x90);
    const bool beyond = (byte == 0xED && next > 0x9F) || (byte == 0xF4 && next > 0x8F);
    if (byte < 0xC2 || byte > 0xF4 || overlong || beyond) return false;
    more = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  }
  return more == 0;
}

Game Impossible(const std::string& id) {
  Game game;
  game.id = id;
  game.availability = Availability::kAbsent;
  return game;
}

Status NotGiven(const Game& game) {
  switch (game.availability) {
    case Availability::kAbsent:
      return {Code::kNotFound,
              "there is no game " + game.id + (game.why.empty() ? "" : ": " + game.why)};
    case Availability::kErased:
      return {Code::kNotFound, "game " + game.id + " was erased", {"pgattic", "erased"}};
    case Availability::kAvailable:
    case Availability::kTemporarilyUnavailable:
      break;
  }
  return {Code::kUnavailable,
          "game " + game.id + " cannot be read now, try again later: " + game.why};
}

Health::Check Checked(const OpContext& ctx, std::string name, const Result<std::string>& outcome,
                      std::chrono::steady_clock::time_point since) {
  Health::Check check;
  check.name = std::move(name);
  check.ok = outcome.ok();
  check.message = outcome.ok() ? *outcome : outcome.error().ToString();
  check.took =
      std::chrono::duration_cast<std::chrono::milliseconds>(ctx.clock().SteadyNow() - since);
  return check;
}

}  // namespace

bool Health::ok() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok; });
}

Result<Game> GameStore::GetWithFallback(const OpContext& ctx, const std::string& id) {
  if (!IsPossible(id)) return Impossible(id);
  PGATTIC_ASSIGN_OR_RETURN(auto games, Look(ctx, rows_, info_).Run({id}));
  return std::move(games.at(id));
}

Result<Game> GameStore::Get(const OpContext& ctx, const std::string& id) {
  PGATTIC_ASSIGN_OR_RETURN(Game game, GetWithFallback(ctx, id));
  if (game.availability != Availability::kAvailable) return NotGiven(game);
  return game;
}

Result<std::vector<Game>> GameStore::GetMultiple(const OpContext& ctx,
                                                 const std::vector<std::string>& ids) {
  if (ids.size() > kMostIds) {
    return {Code::kInvalidArgument, std::to_string(ids.size()) + " ids in one call; at most " +
                                        std::to_string(kMostIds) + " are taken"};
  }
  std::set<std::string> possible;
  for (const std::string& id : ids) {
    if (IsPossible(id)) possible.insert(id);
  }
  std::map<std::string, Game> found;
  if (!possible.empty()) {
    PGATTIC_ASSIGN_OR_RETURN(found,
                             Look(ctx, rows_, info_).Run({possible.begin(), possible.end()}));
  }
  std::vector<Game> games;
  games.reserve(ids.size());
  for (const std::string& id : ids) {
    const auto game = found.find(id);
    games.push_back(game == found.end() ? Impossible(id) : game->second);
  }
  return games;
}

Result<std::string> GameStore::CheckDatabase(const OpContext& ctx) {
  PGATTIC_ASSIGN_OR_RETURN(const auto games, info_.Games(ctx, {"pgattic"}));
  PGATTIC_ASSIGN_OR_RETURN(const auto sample, info_.ArchivedSample(ctx));
  const std::lock_guard lock(mutex_);
  if (sample) sample_ = sample;
  return std::string("games and the journal can be read");
}

Result<std::string> GameStore::CheckArchive(const OpContext& ctx) {
  std::optional<std::string> sample;
  {
    const std::lock_guard lock(mutex_);
    sample = sample_;
  }
  if (!sample) return std::string("no archived row is known");
  PGATTIC_ASSIGN_OR_RETURN(const lookup::Answer answer, rows_.Get(ctx, *sample, std::nullopt));
  if (answer.availability == lookup::Availability::kAvailable) {
    return "read " + *sample + ", which is archived";
  }
  return {Code::kUnavailable,
          *sample + " is archived and cannot be read: " +
              (answer.why.empty() ? "it is not there; run `pgattic verify`" : answer.why)};
}

Health GameStore::HealthCheck(const OpContext& ctx) {
  Health health;
  auto begin = ctx.clock().SteadyNow();
  health.checks.push_back(Checked(ctx, "database", CheckDatabase(ctx), begin));
  begin = ctx.clock().SteadyNow();
  health.checks.push_back(Checked(ctx, "archive", CheckArchive(ctx), begin));
  return health;
}

}  // namespace pgattic::games
