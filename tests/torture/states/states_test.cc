// The life of an archive, exhaustively: every interleaving of two workers with crashes, lost
// replies, writers and a store that loses objects, to a bounded number of each.
// PGATTIC_TORTURE_STATES is the most states that one search visits.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <ostream>
#include <string>

#include "tests/torture/states/search.h"

namespace pgattic::torture::states {
namespace {

constexpr const char* kShortForm = "1000000";
constexpr std::size_t kEnoughForABreak = 2'000'000;

std::size_t MostStates() {
  const char* chosen = std::getenv("PGATTIC_TORTURE_STATES");
  return std::strtoull(chosen == nullptr || *chosen == '\0' ? kShortForm : chosen, nullptr, 10);
}

std::string PathOf(const Outcome& outcome) {
  std::string path;
  for (const std::string& step : outcome.path) path += "\n  " + step;
  return path;
}

/// A name, and what may happen on one path.
struct Story {
  const char* name;
  Budget budget;
  bool can_abort_uploads = true;  ///< False: parts are small, each is one PUT.
  friend std::ostream& operator<<(std::ostream& out, const Story& story) {
    return out << story.name;
  }
};

class States : public ::testing::TestWithParam<Story> {};

TEST_P(States, EveryRowIsInOneTierAndNothingIsDroppedUnproven) {
  Rules rules;
  rules.abort_uploads = GetParam().can_abort_uploads;
  const Outcome outcome = Search(rules, GetParam().budget, MostStates());
  std::printf("%s: %zu states, %zu steps, depth %zu, %zu ended by plain runs, %s\n",
              GetParam().name, outcome.states, outcome.steps, outcome.depth, outcome.finished,
              outcome.is_complete ? "complete" : "cut short");
  EXPECT_EQ(outcome.fault, "") << PathOf(outcome);
  EXPECT_GT(outcome.finished, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Each, States,
    ::testing::Values(Story{"TwoRunsACrashALostReply", {2, 0, 1, 1, 1, 0, 0, 0}},
                      Story{"RunsAndARollback", {2, 1, 1, 0, 1, 0, 0, 0}},
                      Story{"RollbacksOfBoth", {2, 2, 0, 1, 0, 0, 0, 0}},
                      Story{"LateRows", {2, 1, 1, 0, 0, 1, 0, 0}},
                      Story{"WritesByName", {2, 1, 0, 0, 0, 1, 1, 0}},
                      Story{"TheStoreLosesAnObject", {2, 0, 1, 0, 1, 0, 0, 1}},
                      Story{"TheStoreLosesWhatIsOnlyThere", {2, 0, 0, 0, 0, 1, 0, 1}},
                      Story{"PartsOfOnePut", {2, 1, 0, 0, 1, 0, 0, 0}, false},
                      Story{"ARestoreACrashALostReply", {2, 0, 1, 1, 0, 0, 0, 0, 1}},
                      Story{"ARestoreWithLateRowsAndAnUpdate", {2, 0, 1, 0, 1, 1, 0, 0, 1}},
                      Story{"ARestoreRolledBack", {2, 1, 0, 0, 0, 1, 0, 0, 1}},
                      Story{"ARestoreOfWhatTheStoreHurt", {1, 0, 0, 0, 0, 0, 1, 1, 1}},
                      Story{"Everything", {3, 2, 2, 2, 1, 1, 1, 1}}),
    [](const auto& story) { return std::string(story.param.name); });

/// A rule of the design taken out, and what then goes wrong first.
struct Break {
  const char* name;
  void (*take_out)(Rules&);
  Budget budget;
  const char* fault;
  friend std::ostream& operator<<(std::ostream& out, const Break& broken) {
    return out << broken.name;
  }
};

class BrokenRules : public ::testing::TestWithParam<Break> {};

TEST_P(BrokenRules, AreCaught) {
  Rules rules;
  GetParam().take_out(rules);
  const Outcome outcome = Search(rules, GetParam().budget, kEnoughForABreak);
  std::printf("%s: %s, after %zu states, by %zu steps\n", GetParam().name, outcome.fault.c_str(),
              outcome.states, outcome.path.size());
  EXPECT_NE(outcome.fault.find(GetParam().fault), std::string::npos)
      << outcome.fault << PathOf(outcome);
}

INSTANTIATE_TEST_SUITE_P(
    Each, BrokenRules,
    ::testing::Values(Break{"NoCompareAndSet",
                            [](Rules& r) { r.compare_and_set = false; },
                            {2, 0, 0, 0, 0, 0, 0, 0},
                            "lost its place"},
                      Break{"NoCompareAndSetWhateverTheCause",
                            [](Rules& r) { r.compare_and_set = r.watch_all = false; },
                            {2, 0, 0, 0, 0, 0, 0, 0},
                            "given out twice"},
                      Break{"KeysUsedAgain",
                            [](Rules& r) { r.keys_used_once = false; },
                            {2, 1, 0, 0, 0, 0, 0, 0},
                            "given out twice"},
                      Break{"PutsOverWhatIsThere",
                            [](Rules& r) { r.put_if_absent = false; },
                            {2, 0, 0, 0, 1, 0, 0, 0},
                            "no reader finds"},
                      Break{"DeletesByKeyAlone",
                            [](Rules& r) { r.delete_by_etag = false; },
                            {2, 1, 0, 0, 0, 0, 0, 0},
                            "metadata is not"},
                      Break{"LeavesUnwantedParts",
                            [](Rules& r) { r.undo_unknown_parts = r.abort_uploads = false; },
                            {2, 1, 0, 0, 0, 0, 0, 0},
                            "left over"},
                      Break{"UploadsUnchecked",
                            [](Rules& r) { r.check_upload = false; },
                            {2, 0, 1, 1, 0, 0, 0, 0},
                            "left over"},
                      Break{"PartsUnproven",
                            [](Rules& r) { r.prove_parts = false; },
                            {1, 0, 0, 0, 0, 0, 0, 1},
                            "damaged"},
                      Break{"SwapsWhatChanged",
                            [](Rules& r) { r.fingerprint_at_swap = false; },
                            {1, 0, 0, 0, 1, 0, 0, 0},
                            "replaced since"},
                      Break{"DropsWhatChanged",
                            [](Rules& r) { r.fingerprint_at_drop = false; },
                            {1, 0, 0, 0, 0, 0, 1, 0},
                            "in no tier"},
                      Break{"DropsWithoutHead",
                            [](Rules& r) { r.head_before_drop = false; },
                            {1, 0, 0, 0, 0, 0, 0, 1},
                            "dropped without proof"},
                      Break{"PublishesWithoutARevision",
                            [](Rules& r) { r.publish_by_revision = false; },
                            {2, 0, 0, 0, 0, 0, 0, 0},
                            "metadata is not"},
                      Break{"RestoresWithoutProof",
                            [](Rules& r) { r.prove_before_attach = false; },
                            {1, 0, 0, 0, 0, 0, 0, 1, 1},
                            "no reader finds"},
                      Break{"ReadsBeforeTheSwap",
                            [](Rules& r) { r.read_by_round = false; },
                            {1, 0, 0, 0, 0, 0, 0, 0},
                            "read twice"}),
    [](const auto& broken) { return std::string(broken.param.name); });

}  // namespace
}  // namespace pgattic::torture::states
