// Reads games by id, wherever they lie, and prints one line each.
// Usage: read_games CONFIG ID...
#include <pgattic/game_store.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

void Print(const pgattic::Game& game) {
  std::printf("%s %s", game.id.c_str(), std::string(NameOf(game.availability)).c_str());
  if (game.availability == pgattic::Availability::kAvailable) {
    std::printf(" from %s", std::string(NameOf(game.place)).c_str());
  }
  if (game.info) {
    std::printf(" status %s", std::string(NameOf(game.info->migration_status)).c_str());
  }
  if (game.request) std::printf(" lexicon %s", game.request->lexicon.c_str());
  for (const pgattic::GamePlayer& player : game.players) {
    std::printf(" player %lld", static_cast<long long>(player.player_id));
  }
  if (const pgattic::JsonColumn document = game.Document();
      document.state == pgattic::JsonColumn::State::kValue) {
    std::printf(" document %.*s", static_cast<int>(document.text.size()), document.text.data());
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: read_games CONFIG ID...\n");
    return 2;
  }
  auto store = pgattic::GameStore::Open({.config_file = argv[1], .settings = {}});
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.error().ToString().c_str());
    return pgattic::TraitsOf(store.code()).exit_code;
  }
  const auto games = (*store)->GetMultiple(std::vector<std::string>(argv + 2, argv + argc));
  if (!games.ok()) {
    std::fprintf(stderr, "%s\n", games.error().ToString().c_str());
    return pgattic::TraitsOf(games.code()).exit_code;
  }
  bool all_available = true;
  for (const pgattic::Game& game : *games) {
    Print(game);
    all_available = all_available && game.availability == pgattic::Availability::kAvailable;
  }
  return all_available ? 0 : 1;
}
