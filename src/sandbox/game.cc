#include "sandbox/game.h"

#include "sandbox/game_ids.h"

namespace pgattic::sandbox {
namespace {

constexpr int kPlayerCount = 2000;
constexpr int kFirstPlayerId = 1'000'001;  // Clear of the sequence of users.id.
constexpr std::uint64_t kPlayerIdSeed = 0x706c6179657273;
constexpr std::array<std::string_view, 5> kBots = {"HastyBot", "BasicBot", "BetterBot", "STEEBot",
                                                   "BeginnerBot"};
constexpr std::array<std::string_view, 4> kForeignNames = {
    "Zo\u00eb_", "\u0438\u0433\u0440\u043e\u043a_", "\u73a9\u5bb6_", "O'Player_"};
constexpr std::array<std::string_view, 14> kCountries = {"us", "ca", "gb", "au", "nz", "in", "ng",
                                                         "th", "my", "sg", "de", "fr", "ke", ""};

std::string NameOf(std::size_t number) {
  if (number < kBots.size()) return std::string(kBots[number]);
  std::string_view prefix = "player_";
  if (number % 40 == 0) prefix = kForeignNames[number / 40 % kForeignNames.size()];
  return std::string(prefix) + std::to_string(number);
}

}  // namespace

std::vector<Player> MakePlayers() {
  std::vector<Player> players;
  for (std::size_t i = 0; i < kPlayerCount; ++i) {
    players.push_back({kFirstPlayerId + static_cast<int>(i), MakeLongId(kPlayerIdSeed, i),
                       NameOf(i), std::string(kCountries[i % kCountries.size()]),
                       i < kBots.size()});
  }
  return players;
}

std::string_view ChallengeRuleName(ChallengeRule rule) {
  switch (rule) {
    case ChallengeRule::kVoid:
      return "VOID";
    case ChallengeRule::kSingle:
      return "SINGLE";
    case ChallengeRule::kDouble:
      return "DOUBLE";
    case ChallengeRule::kFivePoint:
      return "FIVE_POINT";
    case ChallengeRule::kTenPoint:
      return "TEN_POINT";
  }
  return "";
}

}  // namespace pgattic::sandbox
