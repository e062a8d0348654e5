#include "games/game_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/utf8.h"
#include "games/look.h"

namespace pgattic::games {
namespace {

/// As of the API. Longer ones are nobody's id; an index entry of PostgreSQL ends at about 2,700
/// bytes.
constexpr std::size_t kLongestId = 2048;

/// False for these, and for what no column of type text can hold: such an id is absent, without any
/// request.
bool IsPossible(const std::string& id) {
  return !id.empty() && id.size() <= kLongestId && IsText(id);
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
