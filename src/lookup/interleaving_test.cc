// A reader among the steps of an archiver, of a rollback and of a restore.
#include <gtest/gtest.h>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "lookup/test_interleaving.h"

namespace pgattic::lookup {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

const Step kUpdate = [](FakeWorld& world) { world.Update(kId, "v2"); };
const Step kOtherRow = [](FakeWorld& world) { world.Insert("other", "late"); };

const Step kInsert = [](FakeWorld& world) { world.Insert(kId, "v1"); };

std::vector<Script> Scripts() {
  return {
      {"archived", {kExport, kMark, kSwap, kDrop}},
      {"swapped back and forgotten",
       {kExport, kMark, kSwap, kSwapBack, kUnmark, kRollBack, kDelete, kUpdate}},
      {"swapped back and again", {kExport, kMark, kSwap, kSwapBack, kUnmark, kMark, kSwap, kDrop}},
      {"swapped back twice",
       {kExport, kMark, kSwap, kSwapBack, kUnmark, kMark, kSwap, kSwapBack, kUnmark, kUpdate}},
      {"swapped back, changed, exported again",
       {kExport, kMark, kSwap, kSwapBack, kChanged, kUpdate, kExport, kDelete, kMark, kSwap}},
      {"restored, changed, archived again",
       {kExport, kMark, kSwap, kDrop, kRestore, kUpdate, kExport, kDelete, kMark, kSwap}},
      {"a late round, restored",
       {kExport, kMark, kSwap, kDrop, kOtherRow, kFindLate, kExport, kMark, kSwap, kDrop, kRestore,
        kUpdate}},
      {"a late round, rolled back",
       {kExport, kMark, kSwap, kDrop, kOtherRow, kFindLate, kExport, kMark, kSwap, kSwapBack,
        kUnmark, kRollBack, kDelete}},
  };
}

TEST(Interleaving, NoOrderOfStepsMakesARowAbsentOrOld) {
  std::int64_t runs = 0;
  for (const Script& script : Scripts()) {
    for (const Way& way : {Way{}, Way{true, false}, Way{true, true}}) {
      const Tally tally = ExpectRight(script, way);
      runs += tally.runs;
      std::cout << script.name << (way.is_warm ? ", warm" : "") << (way.has_time ? ", timed" : "")
                << ": " << tally.runs << " interleavings, " << tally.unavailable
                << " unavailable\n";
    }
  }
  std::cout << runs << " interleavings in all\n";
  EXPECT_GT(runs, 1'000'000);
}

TEST(Interleaving, ASearchBesideTheLookMakesNoRowAbsentOrOld) {
  std::int64_t runs = 0;
  for (const Script& script : Scripts()) {
    for (const Way& way :
         {Way{true, false, Order::kLookBeside}, Way{true, true, Order::kLookBeside},
          Way{true, false, Order::kSearchBeside}, Way{true, true, Order::kSearchBeside}}) {
      runs += ExpectRight(script, way).runs;
    }
  }
  std::cout << runs << " interleavings with a search beside the look\n";
  EXPECT_GT(runs, 2'000'000);
}

/// Of a row that comes when another one of its month, which stays, was swapped out.
Script Late(const char* name, std::vector<Step> steps) {
  Script script{name, std::move(steps), {{kOther, "stays"}}};
  script.before = {kExport, kMark, kSwap};
  return script;
}

std::vector<Script> LateScripts() {
  return {
      Late("late, archived", {kDrop, kInsert, kFindLate, kExport, kMark, kSwap, kDrop}),
      Late("late, archived, swapped back",
           {kDrop, kInsert, kFindLate, kExport, kMark, kSwap, kSwapBack}),
      Late("late, before the table is dropped",
           {kInsert, kSwapBack, kUnmark, kChanged, kExport, kDelete, kMark, kSwap}),
      Late("late, restored, archived again",
           {kDrop, kInsert, kRestore, kUpdate, kExport, kDelete, kMark, kSwap}),
  };
}

std::vector<Script> AllScripts() {
  std::vector<Script> all = Scripts();
  const std::vector<Script> late = LateScripts();
  all.insert(all.end(), late.begin(), late.end());
  return all;
}

constexpr Order kOrders[] = {Order::kLookFirst, Order::kLookBeside, Order::kSearchBeside};

TEST(Interleaving, ACacheKeepsNoRowAndNoMissOverAMove) {
  Tally all;
  for (const Script& script : AllScripts()) {
    for (const Order order : kOrders) {
      for (const bool has_time : {false, true}) {
        Way way{.has_time = has_time, .order = order, .has_cache = true};
        way.still_asks = order == Order::kLookFirst && !has_time ? 2 : 1;
        all += ExpectRight(script, way);
        if (script.steps.size() > 8) continue;
        all += ExpectRight(script, {true, has_time, order, /*has_cache=*/true});
      }
    }
  }
  std::cout << all.runs << " interleavings with a cache\n";
  EXPECT_GT(all.runs, 1'000'000);
  EXPECT_GT(all.available, 0);
  EXPECT_GT(all.absent, 0);
}

// As PostgreSQL writes them: of the row, of another moment of its month, of another month.
constexpr const char* kRight = "1970-01-01 00:00:00.000001+00";
constexpr const char* kWrong = "1970-01-01 00:00:00+00";
constexpr const char* kElsewhere = "1970-01-01 00:00:00.000009+00";

/// What `games` says may change while a reader asks.
std::vector<Script> HintScripts() {
  const auto say = [](std::vector<std::string> hints) -> Step {
    return [hints](FakeWorld& world) { world.hints = hints; };
  };
  std::vector<Script> scripts = {
      {"archived under changing hints",
       {say({kWrong}), kMark, kSwap, say({kRight}), kDrop, say({kElsewhere})}},
      {"swapped back under changing hints",
       {kMark, kSwap, say({}), kSwapBack, say({kRight}), kUnmark, kUpdate}},
      {"swapped back and again", {kMark, kSwap, kSwapBack, kUnmark, kMark, kSwap, kDrop}},
  };
  for (Script& script : scripts) script.before = {kExport};
  scripts.push_back(Late("late, under changing hints",
                         {kInsert, say({kRight}), kSwapBack, say({kElsewhere}), kUnmark}));
  return scripts;
}

std::vector<Way> HintedWays() {
  const std::vector<std::vector<std::string>> all_hints = {
      {}, {kRight}, {kWrong}, {kElsewhere}, {kWrong, kRight}};
  std::vector<Way> ways;
  for (const Order order : {Order::kLookFirst, Order::kSearchBeside}) {
    for (const auto& hints : all_hints) {
      const Way way{.order = order, .has_cache = true, .still_asks = 1, .hints = hints};
      ways.push_back(way);
      if (hints.size() > 1) continue;
      ways.push_back(way);
      ways.back().likely = kElsewhere;
      if (hints.empty() || hints.front() != kRight) continue;
      ways.push_back(way);
      ways.back().likely = kRight;
    }
  }
  return ways;
}

TEST(Interleaving, NoHintOfATimeMakesARowAbsentOrOld) {
  std::vector<Script> scripts = HintScripts();
  scripts.push_back(Scripts().front());
  Tally all;
  for (const Script& script : scripts) {
    for (const Way& way : HintedWays()) all += ExpectRight(script, way);
  }
  std::cout << all.runs << " interleavings with hints\n";
  EXPECT_GT(all.runs, 1'000'000);
  EXPECT_GT(all.available, 0);
}

TEST(Interleaving, OfManyRowsNoneIsAbsentOrOldBecauseAnotherMoves) {
  std::vector<Script> scripts = Scripts();
  std::erase_if(scripts, [](const Script& script) { return script.steps.size() > 8; });
  for (const Script& script : LateScripts()) scripts.push_back(script);
  Tally all;
  for (const Script& script : scripts) {
    for (const std::vector<std::string>& hints : {std::vector<std::string>{}, {kRight}}) {
      const std::vector<std::string> ids = {kId, kOther};
      all += ExpectRight(script, {.has_cache = true, .still_asks = 1, .hints = hints, .ids = ids});
    }
  }
  std::cout << all.runs << " interleavings of two rows\n";
  EXPECT_GT(all.runs, 1'000'000);
  EXPECT_GT(all.available, 0);
  EXPECT_GT(all.absent, 0);
}

TEST(Interleaving, AWeakerStampIsCaught) {
  std::int64_t by_phases = 0;
  std::int64_t by_nothing = 0;
  for (const Script& script : Scripts()) {
    if (script.steps.size() > 10) continue;
    by_phases += Explore(script, StampRule::kPhases, {}).false_absent;
    by_nothing += Explore(script, StampRule::kNone, {}).false_absent;
  }
  EXPECT_GT(by_phases, 0);
  EXPECT_GT(by_nothing, by_phases);
  std::cout << by_phases << " false answers by phases, " << by_nothing << " without a stamp\n";
}

}  // namespace
}  // namespace pgattic::lookup
