#include "sandbox/played_game.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pgattic::sandbox {
namespace {

constexpr std::size_t kRackSize = 7;
constexpr int kScorelessLimit = 6;
constexpr int kPlacesTried = 60;
constexpr int kPlacesWanted = 2;
constexpr std::size_t kMostWords = 4;
constexpr double kBingoTryRate = 0.05;
constexpr std::size_t kUsualTiles = 4;
constexpr double kPhonyRate = 0.02;
constexpr double kExchangeRate = 0.02;
constexpr double kChallengeBonusRate = 0.01;
constexpr int kChallengeBonus = 5;
/// A game has about this many turns of both players.
constexpr double kTypicalTurns = 30;

bool IsVowel(char letter) {
  return std::string_view("\x01\x05\x09\x0f\x15").find(letter) != std::string_view::npos;
}

/// One game under way.
class Table {
 public:
  Table(Random& random, const PlayOptions& options)
      : random_(random), options_(options), turn_limit_(TurnLimit()) {
    game_.bag = FullBag();
    for (std::size_t i = game_.bag.size(); i > 1; --i) {
      std::swap(game_.bag[i - 1], game_.bag[random_.Below(i)]);
    }
    for (std::size_t player : {0U, 1U}) {
      game_.millis_left[player] = options.seconds * 1000;
      Draw(player);
    }
  }

  PlayedGame Play() &&;

 private:
  struct Move {
    Placement placement;
    PlayedWords words;
    std::size_t tiles = 0;
  };

  std::size_t TurnLimit() const;
  Letters& rack() { return game_.racks[game_.on_turn]; }
  void Draw(std::size_t player);
  Letters ChooseTiles(std::size_t count);
  std::optional<Move> FindMove();
  void TakeTurn();
  void PlaceTiles(Move move);
  void WithdrawPhony(const Turn& play);
  void ExchangeOrPass();
  void SpendTime();
  Turn& Record(TurnKind kind, int score_change);
  void GoOut();
  void GiveUpOnZeroes();
  void MakeTie();
  void EndEarly();
  void Decide();

  Random& random_;
  const PlayOptions& options_;
  PlayedGame game_;
  int scoreless_ = 0;
  bool over_ = false;
  std::size_t turn_limit_;
};

/// Returns after how many turns a game of this ending is cut short.
std::size_t Table::TurnLimit() const {
  const auto share = [this](double low, double high) {
    return static_cast<std::size_t>(kTypicalTurns * (low + (high - low) * random_.Unit()));
  };
  switch (options_.ending) {
    case EndReason::kStandard:
      return SIZE_MAX;
    case EndReason::kAborted:
      return random_.Below(4);
    case EndReason::kCancelled:
      return 0;
    case EndReason::kRunning:
      return 1 + share(0, 0.8);
    case EndReason::kTime:
    case EndReason::kResigned:
    case EndReason::kTripleChallenge:
    case EndReason::kForceForfeit:
    case EndReason::kConsecutiveZeroes:
      return 2 + share(0.3, 0.8);
  }
  return SIZE_MAX;
}

void Table::Draw(std::size_t player) {
  Letters& to = game_.racks[player];
  while (to.size() < kRackSize && !game_.bag.empty()) {
    to += game_.bag.back();
    game_.bag.pop_back();
  }
  std::ranges::sort(to);
}

/// Takes `count` tiles of the rack, vowels and consonants in turn as far as they go, and gives
/// blanks a letter.
Letters Table::ChooseTiles(std::size_t count) {
  Letters left = rack();
  Letters chosen;
  bool want_vowel = random_.Chance(0.4);
  while (chosen.size() < count) {
    const std::size_t start = random_.Below(left.size());
    std::size_t at = start;
    for (std::size_t i = 0; i < left.size(); ++i) {
      const std::size_t candidate = (start + i) % left.size();
      if (left[candidate] == 0 || IsVowel(left[candidate]) == want_vowel) {
        at = candidate;
        break;
      }
    }
    const bool is_blank = left[at] == 0;
    const char letter = is_blank ? (want_vowel ? '\x05' : '\x13') : left[at];  // E or S
    chosen += is_blank ? static_cast<char>(static_cast<unsigned>(letter) | kBlankBit) : letter;
    left.erase(at, 1);
    want_vowel = !IsVowel(letter);
  }
  return chosen;
}

/// Tries places at random and returns the best of the first few that are allowed.
std::optional<Table::Move> Table::FindMove() {
  std::optional<Move> best;
  int found = 0;
  for (int i = 0; i < kPlacesTried && found < kPlacesWanted; ++i) {
    const std::size_t most = rack().size();
    const std::size_t count =
        random_.Chance(kBingoTryRate) ? most : 1 + random_.Below(std::min(most, kUsualTiles));
    const bool vertical = random_.Chance(0.5);
    int row = random_.Between(0, kBoardSize - 1);
    int column = random_.Between(0, kBoardSize - 1);
    if (game_.board.is_blank_slate()) (vertical ? column : row) = kBoardSize / 2;
    std::optional<Placement> placement = game_.board.Fit(row, column, vertical, ChooseTiles(count));
    if (!placement) continue;
    std::optional<PlayedWords> words = game_.board.Judge(*placement);
    if (!words || words->words.size() > kMostWords) continue;
    ++found;
    if (!best || words->score > best->words.score) {
      best = Move{std::move(*placement), std::move(*words), count};
    }
  }
  return best;
}

void Table::SpendTime() {
  std::int64_t& left = game_.millis_left[game_.on_turn];
  // Each turn takes at most a tenth of what is left, so the clock never runs out by itself.
  left -= 1 + static_cast<std::int64_t>(static_cast<double>(left) * 0.1 * random_.Unit());
}

Turn& Table::Record(TurnKind kind, int score_change) {
  const std::size_t player = game_.on_turn;
  game_.score[player] += score_change;
  Turn turn;
  turn.kind = kind;
  turn.player = player;
  turn.rack = rack();
  turn.points = std::abs(score_change);
  turn.cumulative = game_.score[player];
  turn.millis_left = game_.millis_left[player];
  return game_.turns.emplace_back(std::move(turn));
}

void Table::PlaceTiles(Move move) {
  Turn& turn = Record(TurnKind::kPlay, move.words.score);
  turn.placement = move.placement;
  turn.words = std::move(move.words.words);
  turn.is_bingo = move.tiles == kRackSize;
  if (random_.Chance(kPhonyRate)) return WithdrawPhony(turn);
  game_.board.Put(move.placement);
  for (const char tile : move.placement.tiles) {
    if (tile == 0) continue;
    const bool is_blank = (static_cast<unsigned char>(tile) & kBlankBit) != 0;
    rack().erase(rack().find(is_blank ? '\0' : tile), 1);
  }
  Draw(game_.on_turn);
  scoreless_ = 0;
  if (random_.Chance(kChallengeBonusRate)) Record(TurnKind::kChallengeBonus, kChallengeBonus);
}

void Table::WithdrawPhony(const Turn& play) {
  const Placement placement = play.placement;
  const int points = play.points;  // Record may move the turns.
  Record(TurnKind::kPhonyReturned, -points).placement = placement;
  ++scoreless_;
}

void Table::ExchangeOrPass() {
  const bool may_exchange = game_.bag.size() >= kRackSize;
  Turn& turn = Record(may_exchange ? TurnKind::kExchange : TurnKind::kPass, 0);
  ++scoreless_;
  if (!may_exchange) return;
  turn.exchanged = rack().substr(0, 1 + random_.Below(rack().size()));
  rack().erase(0, turn.exchanged.size());
  Draw(game_.on_turn);
  for (const char tile : turn.exchanged) {
    game_.bag.insert(random_.Below(game_.bag.size() + 1), 1, tile);
  }
}

void Table::TakeTurn() {
  SpendTime();
  std::optional<Move> move;
  if (!random_.Chance(kExchangeRate)) move = FindMove();
  if (move) {
    PlaceTiles(std::move(*move));
  } else {
    ExchangeOrPass();
  }
  if (rack().empty()) return GoOut();
  if (scoreless_ >= kScorelessLimit) return GiveUpOnZeroes();
  game_.on_turn = 1 - game_.on_turn;
}

void Table::GoOut() {
  const Letters& rest = game_.racks[1 - game_.on_turn];
  int points = 0;
  for (const char tile : rest) points += 2 * LetterValue(tile);
  Record(TurnKind::kEndRackPoints, points).rack = rest;
  game_.reason = EndReason::kStandard;
  over_ = true;
}

void Table::GiveUpOnZeroes() {
  for (int i = 0; i < 2; ++i) {
    int points = 0;
    for (const char tile : rack()) points += LetterValue(tile);
    Record(TurnKind::kEndRackPenalty, -points);
    game_.on_turn = 1 - game_.on_turn;
  }
  game_.reason = EndReason::kConsecutiveZeroes;
  over_ = true;
}

/// The one who leads pays the difference for using too much time.
void Table::MakeTie() {
  game_.on_turn = game_.score[0] > game_.score[1] ? 0 : 1;
  const int gap = std::abs(game_.score[0] - game_.score[1]);
  if (gap > 0) Record(TurnKind::kTimePenalty, -gap);
}

/// Ends the game where it stands.
void Table::EndEarly() {
  game_.reason = options_.ending;
  if (options_.ending == EndReason::kConsecutiveZeroes) {
    while (scoreless_ < kScorelessLimit) {
      SpendTime();
      Record(TurnKind::kPass, 0);
      ++scoreless_;
      game_.on_turn = 1 - game_.on_turn;
    }
    return GiveUpOnZeroes();
  }
  if (options_.ending == EndReason::kTime) {
    game_.millis_left[game_.on_turn] = 0;
    Record(TurnKind::kTimedOut, 0);
  }
  if (options_.ending == EndReason::kResigned) Record(TurnKind::kResigned, 0);
}

void Table::Decide() {
  switch (game_.reason) {
    case EndReason::kStandard:
    case EndReason::kConsecutiveZeroes:
      game_.winner = game_.score[0] == game_.score[1] ? -1 : game_.score[1] > game_.score[0];
      return;
    case EndReason::kTime:
    case EndReason::kResigned:
    case EndReason::kTripleChallenge:
    case EndReason::kForceForfeit:
      game_.winner = 1 - static_cast<int>(game_.on_turn);
      return;
    case EndReason::kRunning:
    case EndReason::kAborted:
    case EndReason::kCancelled:
      return;
  }
}

PlayedGame Table::Play() && {
  while (!over_ && game_.turns.size() < turn_limit_) TakeTurn();
  if (!over_) EndEarly();
  if (options_.tie) MakeTie();
  Decide();
  return std::move(game_);
}

}  // namespace

PlayedGame PlayGame(Random& random, const PlayOptions& options) {
  return Table(random, options).Play();
}

}  // namespace pgattic::sandbox
