// Every way in which the steps of one reader and of an archiver can fall between each other.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lookup/routed_reader.h"
#include "lookup/test_fake_places.h"

namespace pgattic::lookup {
namespace {

using testing::FakeDatabase;
using testing::FakeParts;
using testing::FakeWorld;
using testing::StampRule;
using Step = std::function<void(FakeWorld&)>;

constexpr const char* kId = "row";
constexpr const char* kAt = "1970-01-01T00:00:00.000001Z";

/// Walks through all sequences of choices, in the order of a depth-first search.
class Chooser {
 public:
  /// Returns 0 … options - 1.
  std::size_t Choose(std::size_t options) {
    if (next_ == chosen_.size()) chosen_.push_back({0, options});
    return chosen_[next_++].first;
  }
  /// False when every sequence was had.
  bool Advance() {
    next_ = 0;
    while (!chosen_.empty() && ++chosen_.back().first == chosen_.back().second) chosen_.pop_back();
    return !chosen_.empty();
  }

 private:
  std::vector<std::pair<std::size_t, std::size_t>> chosen_;
  std::size_t next_ = 0;
};

struct Tally {
  std::int64_t runs = 0;
  std::int64_t false_absent = 0;
  std::int64_t wrong_value = 0;
  std::int64_t duplicated = 0;
  std::int64_t unavailable = 0;
};

/// When the parts of a known picture are searched.
enum class Order { kLookFirst, kLookBeside, kSearchBeside };

/// How the reader asks.
struct Way {
  bool is_warm = false;   ///< It has asked before.
  bool has_time = false;  ///< With the row's time: the database may be asked behind the look.
  Order order = Order::kLookFirst;
};

/// The two orders in which a look and the search beside it can begin, on one thread.
RoutedReader::Beside BesideIn(Order order) {
  if (order == Order::kLookFirst) return {};
  return [order](std::function<void()> call) -> std::optional<std::future<void>> {
    std::future<void> over = std::async(std::launch::deferred, std::move(call));
    if (order == Order::kLookBeside) over.wait();
    return over;
  };
}

/// One run: the archiver stands still but for steps that it makes before a call of the reader.
class Run {
 public:
  Run(const std::vector<Step>& script, StampRule rule, Way way, Chooser& chooser)
      : script_(script),
        way_(way),
        chooser_(chooser),
        database_(world_, rule, [this] { Move(); }),
        parts_(world_, [this] { Move(); }),
        search_(parts_, nullptr, {.source = "s", .parallel = 1}),
        reader_(database_, search_, nullptr, BesideIn(way.order)) {
    world_.Insert(kId, "v1");
  }

  void Tell(Tally& tally) {
    // What a reader remembers may be of any moment before.
    if (way_.is_warm) Ask();
    Move();
    seen_.clear();
    Note();
    const bool was_there = !seen_.contains("");
    const Answer answer = Ask();
    ++tally.runs;
    tally.duplicated += answer.duplicates > 0 ? 1 : 0;
    switch (answer.availability) {
      case Availability::kAvailable:
        tally.wrong_value += seen_.contains(answer.row_json) ? 0 : 1;
        break;
      case Availability::kTemporarilyUnavailable:
        ++tally.unavailable;
        break;
      case Availability::kAbsent:
      case Availability::kErased:
        tally.false_absent += was_there ? 1 : 0;
    }
  }

 private:
  Answer Ask() {
    const auto at = way_.has_time ? std::optional<std::string>(kAt) : std::nullopt;
    const auto answer = reader_.Get(OpContext(), kId, at);
    return answer.ok() ? *answer : Answer();
  }
  void Move() {
    for (std::size_t steps = chooser_.Choose(script_.size() - done_ + 1); steps > 0; --steps) {
      script_[done_++](world_);
      Note();
    }
  }
  void Note() {
    const auto truth = world_.Truth();
    const auto row = truth.find(kId);
    seen_.insert(row == truth.end() ? "" : row->second);
  }

  const std::vector<Step>& script_;
  const Way way_;
  Chooser& chooser_;
  FakeWorld world_;
  std::size_t done_ = 0;
  std::set<std::string> seen_;  ///< Every value that the row had since the reader began.
  FakeDatabase database_;
  FakeParts parts_;
  ArchiveSearch search_;
  RoutedReader reader_;
};

Tally Explore(const std::vector<Step>& script, StampRule rule, Way way) {
  Tally tally;
  Chooser chooser;
  do {
    Run(script, rule, way, chooser).Tell(tally);
  } while (chooser.Advance());
  return tally;
}

const Step kExport = &FakeWorld::Export;
const Step kMark = &FakeWorld::Mark;
const Step kUnmark = &FakeWorld::Unmark;
const Step kSwap = &FakeWorld::Swap;
const Step kDrop = &FakeWorld::Drop;
const Step kSwapBack = &FakeWorld::SwapBack;
const Step kRollBack = &FakeWorld::RollBack;
const Step kChanged = &FakeWorld::SourceChanged;
const Step kDelete = &FakeWorld::DeleteObjects;
const Step kFindLate = &FakeWorld::FindLateRows;
const Step kRestore = &FakeWorld::Restore;
const Step kUpdate = [](FakeWorld& world) { world.Update(kId, "v2"); };
const Step kOtherRow = [](FakeWorld& world) { world.Insert("other", "late"); };

struct Script {
  const char* name;
  std::vector<Step> steps;
};

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
    for (const Way way : {Way{}, Way{true, false}, Way{true, true}}) {
      if (way.is_warm && script.steps.size() > 10) continue;
      SCOPED_TRACE(script.name);
      const Tally tally = Explore(script.steps, StampRule::kRoute, way);
      EXPECT_EQ(tally.false_absent, 0);
      EXPECT_EQ(tally.wrong_value, 0);
      EXPECT_EQ(tally.duplicated, 0);
      runs += tally.runs;
      std::cout << script.name << (way.is_warm ? ", warm" : "") << (way.has_time ? ", timed" : "")
                << ": " << tally.runs << " interleavings, " << tally.unavailable
                << " unavailable\n";
    }
  }
  std::cout << runs << " interleavings in all\n";
  EXPECT_GT(runs, 10'000);
}

TEST(Interleaving, ASearchBesideTheLookMakesNoRowAbsentOrOld) {
  std::int64_t runs = 0;
  for (const Script& script : Scripts()) {
    if (script.steps.size() > 10) continue;
    for (const Way way :
         {Way{true, false, Order::kLookBeside}, Way{true, true, Order::kLookBeside},
          Way{true, false, Order::kSearchBeside}, Way{true, true, Order::kSearchBeside}}) {
      SCOPED_TRACE(script.name);
      const Tally tally = Explore(script.steps, StampRule::kRoute, way);
      EXPECT_EQ(tally.false_absent, 0);
      EXPECT_EQ(tally.wrong_value, 0);
      EXPECT_EQ(tally.duplicated, 0);
      runs += tally.runs;
    }
  }
  std::cout << runs << " interleavings with a search beside the look\n";
  EXPECT_GT(runs, 10'000);
}

TEST(Interleaving, AWeakerStampIsCaught) {
  std::int64_t by_phases = 0;
  std::int64_t by_nothing = 0;
  for (const Script& script : Scripts()) {
    if (script.steps.size() > 10) continue;
    by_phases += Explore(script.steps, StampRule::kPhases, {}).false_absent;
    by_nothing += Explore(script.steps, StampRule::kNone, {}).false_absent;
  }
  EXPECT_GT(by_phases, 0);
  EXPECT_GT(by_nothing, by_phases);
  std::cout << by_phases << " false answers by phases, " << by_nothing << " without a stamp\n";
}

}  // namespace
}  // namespace pgattic::lookup
