// A reader among the steps of an erasure, and of those who archive before and after it.
#include <gtest/gtest.h>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "lookup/test_interleaving.h"

namespace pgattic::lookup {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

const Step kList = [](FakeWorld& world) { world.List(kId); };
const Step kDeleteLive = [](FakeWorld& world) { world.DeleteLive(kId); };
const Step kDeleteAside = [](FakeWorld& world) { world.DeleteAside(kId); };
const Step kRewrite = [](FakeWorld& world) { world.Rewrite(kId); };
const Step kPublish = &FakeWorld::PublishRewritten;
const Step kForget = [](FakeWorld& world) { world.ForgetCached(kId); };
const Step kInsert = [](FakeWorld& world) { world.Insert(kId, "late"); };

/// An erasure of kId; `before`: what happened before anybody asked.
Script Erasure(const char* name, std::vector<Step> before, std::vector<Step> steps) {
  Script script{name, std::move(steps), {{kId, "v1"}, {kOther, "stays"}}};
  script.before = std::move(before);
  script.forgets = true;
  return script;
}

std::vector<Script> Scripts() {
  const std::vector<Step> marked = {kExport, kMark};
  const std::vector<Step> detached = {kExport, kMark, kSwap};
  const std::vector<Step> archived = {kExport, kMark, kSwap, kDrop};
  std::vector<Script> scripts = {
      Erasure("archived", detached,
              {kDrop, kList, kDeleteLive, kRewrite, kPublish, kDelete, kForget}),
      Erasure("restored after it", archived,
              {kList, kRewrite, kPublish, kDelete, kForget, kRestore}),
      Erasure("swapped back after it", detached,
              {kList, kDeleteAside, kRewrite, kPublish, kDelete, kForget, kSwapBack}),
      Erasure("rolled back, archived anew", marked,
              {kList, kDeleteLive, kUnmark, kRollBack, kDelete, kForget, kExport, kMark, kSwap}),
      Erasure("under an archiver, who finds its rows changed", marked,
              {kList, kDeleteLive, kChanged, kExport, kDelete, kMark, kSwap, kForget}),
      Erasure(
          "there twice", marked,
          {kSwap, kInsert, kList, kDeleteLive, kDeleteAside, kRewrite, kPublish, kDelete, kForget}),
      Erasure("while a late round begins", archived,
              {kFindLate, kList, kRewrite, kPublish, kDelete, kForget, kExport, kMark, kSwap}),
      Erasure("written again after it", archived,
              {kList, kRewrite, kPublish, kDelete, kForget, kInsert, kFindLate}),
      Erasure("never there", detached, {kList, kDeleteLive, kForget, kDrop}),
  };
  scripts.back().rows = {{kOther, "stays"}};
  return scripts;
}

std::vector<Way> Ways() {
  std::vector<Way> ways = {
      {},
      {.is_warm = true},
      {.is_warm = true, .has_time = true},
      {.hints = {"1970-01-01 00:00:00.000009+00"}},
      {.has_cache = true, .still_asks = 1, .ids = {kId, kOther}},
      {.still_asks = 1, .hints = {"1970-01-01 00:00:00+00"}, .ids = {kId, kOther}},
  };
  for (const Order order : {Order::kLookFirst, Order::kLookBeside, Order::kSearchBeside}) {
    for (const bool has_time : {false, true}) {
      ways.push_back({.has_time = has_time, .order = order, .has_cache = true, .still_asks = 2});
    }
  }
  return ways;
}

TEST(ErasureInterleaving, AnErasedRowIsNeverAbsentAndNeverServedAgain) {
  Tally all;
  for (const Script& script : Scripts()) {
    Tally of_script;
    for (const Way& way : Ways()) of_script += ExpectRight(script, way);
    EXPECT_GT(of_script.erased, 0) << script.name;
    EXPECT_GT(of_script.available, 0) << script.name;
    all += of_script;
  }
  std::cout << all.runs << " interleavings with an erasure, " << all.erased
            << " answers \"erased\"\n";
  EXPECT_GT(all.runs, 1'000'000);
}

TEST(ErasureInterleaving, AnotherOrderOfItsStepsIsCaught) {
  const std::vector<Step> detached = {kExport, kMark, kSwap};
  const Way way{.has_cache = true, .still_asks = 1};
  const Script listed_last =
      Erasure("listed last", detached, {kDeleteAside, kRewrite, kPublish, kDelete, kForget, kList});
  EXPECT_GT(Explore(listed_last, StampRule::kRoute, way).false_absent, 0);
  const Script listed_late = Erasure("listed behind the rows", {}, {kDeleteLive, kList});
  EXPECT_GT(Explore(listed_late, StampRule::kRoute, way).false_absent, 0);
}

TEST(ErasureInterleaving, AReaderThatDoesNotSeeItMoveRowsIsCaught) {
  const Script script = Erasure("archived", {kExport, kMark, kSwap, kDrop},
                                {kList, kRewrite, kPublish, kDelete, kForget});
  const Way way{.has_cache = true, .still_asks = 1};
  EXPECT_EQ(Explore(script, StampRule::kRoute, way).Wrong(), 0);
  EXPECT_GT(Explore(script, StampRule::kNone, way).unavailable, 0) << "its part is deleted";
  EXPECT_GT(Explore(script, StampRule::kNone, way).wrong_value, 0);
}

}  // namespace
}  // namespace pgattic::lookup
