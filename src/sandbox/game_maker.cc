#include "sandbox/game_maker.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sandbox/game_ids.h"

namespace pgattic::sandbox {
namespace {

/// What a stream of random numbers is for, so that none depends on how much another uses.
enum Stream : std::uint64_t { kIds, kRematch, kTerms, kRequest, kOriginal, kContest, kPlay };

constexpr std::int64_t kSnakeCaseFromUs = 1'756'684'800'000'000;  // 2025-09-01
constexpr std::int64_t kStartDelayUs = 3'000'000;
constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr int kLongestCorrespondenceDays = 60;
constexpr std::size_t kBotCount = 5;

constexpr std::array<std::string_view, 5> kLexicons = {"NWL23", "NWL20", "CSW24", "CSW21", "ECWL"};
constexpr std::array<std::string_view, 4> kDivisions = {"Open", "A", "B", "CSW"};

struct Tempo {
  int seconds;
  int increment_seconds;
  int overtime_minutes;
  bool is_correspondence;
};
constexpr std::array<Tempo, 6> kTempos = {{{900, 0, 1, false},
                                           {1500, 0, 10, false},
                                           {60, 0, 1, false},
                                           {180, 12, 0, false},
                                           {1200, 0, 5, false},
                                           {432000, 432000, 0, true}}};

struct EndingShare {
  EndReason reason;
  double share;
};
/// How the application's games end. The rest are kStandard.
constexpr std::array<EndingShare, 6> kEndings = {{{EndReason::kResigned, 0.06},
                                                  {EndReason::kTime, 0.045},
                                                  {EndReason::kForceForfeit, 0.01},
                                                  {EndReason::kAborted, 0.01},
                                                  {EndReason::kConsecutiveZeroes, 0.002},
                                                  {EndReason::kTripleChallenge, 0.001}}};

constexpr std::array<std::string_view, 12> kOddTexts = {
    R"(said "QI" is \valid\ and left)",
    "tab\there, two\nlines, CR\r\nLF, bell\b\f\v\x01\x1f\x7f",
    "it's $$ 100 %s %d {0} '; DROP TABLE games; --",
    R"(\N \. \x41\u0041\\ \u0000 as text)",
    "NULL",
    "\u2028line\u2029para \ufeffmark \ufffd",
    "\U0001f9e9\U0001f469\u200d\U0001f467\u200d\U0001f466 e\u0301 is not \u00e9",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eabc\u202c",
    "\u73a9\u5bb6 \u30d7\u30ec\u30a4\u30e4\u30fc \U00020bb7 \u0130i\u0131 \u00df",
    "<script>&amp;</script> a,b;c|d",
    R"({"not": ["json"]})",
    "\\"};

EndReason DrawEnding(Random& random) {
  double left = random.Unit();
  for (const EndingShare& ending : kEndings) {
    left -= ending.share;
    if (left < 0) return ending.reason;
  }
  return EndReason::kStandard;
}

EndReason EndingOf(const GameSlot& slot, Random& random) {
  using enum GameCase;
  const EndReason drawn = DrawEnding(random);
  if (!slot.kind) return drawn;
  const GameCase kind = *slot.kind;
  if (kind == kNoWinner || kind == kFalseWinner) return EndReason::kAborted;
  if (kind == kOrphanCancelled) return EndReason::kCancelled;
  if (kind == kAnnotated) return EndReason::kRunning;
  if (kind == kRunning || kind == kRunningStatusNull) {
    return slot.ended ? EndReason::kStandard : EndReason::kRunning;
  }
  const bool needs_turns = kind == kTie || kind == kOddText || kind == kHugeDocument;
  return needs_turns ? EndReason::kStandard : drawn;
}

}  // namespace

bool GameMaker::IsRematch(std::uint64_t number) const {
  return MixSeed({seed_, kRematch, number}) % 4 == 0;
}

/// Players and terms. A rematch takes those of the game before it, with the sides changed.
void GameMaker::Agree(const GameSlot& slot, Game& game) const {
  std::uint64_t first_game = slot.number;
  while (first_game > 0 && IsRematch(first_game)) --first_game;
  Random random(MixSeed({seed_, kTerms, first_game}));
  // Squared: some play much more than others.
  const auto draw = [&] {
    const double u = random.Unit();
    return static_cast<std::size_t>(u * u * static_cast<double>(players_.size()));
  };
  const std::size_t one = draw();
  std::size_t two = draw();
  if (one == two) two = (one + 1) % players_.size();
  game.players = {&players_[one], &players_[two]};
  if ((slot.number - first_game) % 2 == 1) std::swap(game.players[0], game.players[1]);

  const Tempo& tempo =
      kTempos[random.Chance(0.02) ? kTempos.size() - 1 : random.Below(kTempos.size() - 1)];
  game.terms.lexicon = kLexicons[random.Below(kLexicons.size())];
  game.terms.variant = random.Chance(0.03) ? "wordsmog" : "classic";
  game.terms.rule = static_cast<ChallengeRule>(random.Below(5));
  game.terms.seconds = tempo.seconds;
  game.terms.increment_seconds = tempo.increment_seconds;
  game.terms.overtime_minutes = tempo.overtime_minutes;
  game.terms.is_correspondence = tempo.is_correspondence;
  game.terms.is_casual = random.Chance(0.3);
  game.terms.original_request_id = MakeLongId(seed_ + kOriginal, first_game);
  game.terms.request_id = MakeLongId(seed_ + kRequest, slot.number);
}

void GameMaker::Play(const GameSlot& slot, Game& game) const {
  Random contest(MixSeed({seed_, kContest, slot.number}));
  for (int& rating : game.rating) {
    rating = 800 + contest.Between(0, 500) + contest.Between(0, 500) + contest.Between(0, 500);
  }
  game.request_in_snake_case = contest.Chance(slot.created_us < kSnakeCaseFromUs ? 0.2 : 0.8);
  if (contest.Chance(0.1)) {
    const std::uint64_t tournament = contest.Below(40);
    game.tournament = TournamentSeat{MakeLongId(seed_ + kContest, tournament),
                                     kDivisions[tournament % kDivisions.size()],
                                     contest.Between(0, 19), contest.Between(0, 1)};
  }
  PlayOptions options;
  options.ending = EndingOf(slot, contest);
  options.seconds = game.terms.seconds;
  options.tie = slot.kind == GameCase::kTie;
  const int won = contest.Between(1, 12);
  const std::int64_t days = contest.Between(1, kLongestCorrespondenceDays);

  Random random(MixSeed({seed_, kPlay, slot.number}));
  game.play = PlayGame(random, options);
  game.winner = game.play.winner;
  if (game.winner.value_or(-1) >= 0) game.rating_change = {won, -won};
  if (game.winner == 1) std::swap(game.rating_change[0], game.rating_change[1]);
  const std::int64_t spent_ms =
      2 * options.seconds * 1000 - game.play.millis_left[0] - game.play.millis_left[1];
  game.ended_us = slot.created_us + kStartDelayUs +
                  (game.terms.is_correspondence ? days * kDayUs : spent_ms * 1000);
}

/// What is left of a case is a matter of the rows, not of the game.
void GameMaker::ApplyCase(const GameSlot& slot, Game& game) const {
  using enum GameCase;
  const GameCase kind = *slot.kind;
  game.has_odd_numbers = kind == kOddNumbers;
  game.has_empty_documents = kind == kEmptyDocuments;
  game.has_empty_request = kind == kEmptyRequest;
  if (kind == kFalseWinner) game.winner = 0;
  if (kind == kOddText) game.odd_text = kOddTexts[slot.number % kOddTexts.size()];
  if (kind == kHugeDocument) game.note_bytes = huge_document_bytes_;
  if (kind == kAnnotated) game.type = 1;
  if (kind == kBotGame) {
    game.type = 2;
    game.players = {&players_[0], &players_[1 + slot.number % (kBotCount - 1)]};
  }
}

Game GameMaker::Make(const GameSlot& slot) const {
  Game game;
  game.created_us = slot.created_us;
  const bool is_long =
      (slot.created_us >= kLongIdsFromUs) != (slot.kind == GameCase::kOtherIdLength);
  game.id = slot.kind == GameCase::kAnnotated
                ? MakeLongId(seed_ + kIds, slot.number)
                : MakeId(seed_, slot.number, is_long ? kLongIdLength : kShortIdLength);
  Agree(slot, game);
  Play(slot, game);
  if (slot.kind) ApplyCase(slot, game);
  return game;
}

}  // namespace pgattic::sandbox
