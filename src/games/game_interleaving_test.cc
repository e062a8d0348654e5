// A game asked for among the steps of the application, which moves it out of `games`, and of an
// archiver, which sets its status.
#include <gtest/gtest.h>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "games/game_store.h"
#include "lookup/test_interleaving.h"

namespace pgattic::games {
namespace {

using namespace lookup::testing;  // NOLINT(google-build-using-namespace)

constexpr const char* kRow = R"({"uuid":"row"})";
constexpr const char* kOtherRow = R"({"uuid":"other"})";
constexpr const char* kTime = "1970-01-01 00:00:00.000001+00";

/// `games` of the world.
class WorldInfo final : public InfoReader {
 public:
  explicit WorldInfo(Stage& stage) : stage_(stage) {}

  Result<std::map<std::string, GameEntry>> Games(const OpContext& /*ctx*/,
                                                 const std::vector<std::string>& ids) override {
    stage_.move();
    std::map<std::string, GameEntry> found;
    std::string answer = "games";
    for (const std::string& id : ids) {
      const auto row = stage_.world.games.find(id);
      if (row == stage_.world.games.end()) continue;
      GameEntry& entry = found[id];
      entry.info.row_id = 1;
      entry.info.migration_status_number = row->second.status;
      entry.info.migration_status = MigrationStatusOf(row->second.status);
      entry.info.request_json = "{}";
      entry.info.holds_data = !row->second.data.empty();
      entry.created_at = kTime;
      answer += " " + std::to_string(row->second.status.value_or(-1)) + row->second.data;
    }
    stage_.world.Answered(answer);
    return found;
  }
  Result<std::map<std::string, std::vector<GamePlayer>>> Players(
      const OpContext& /*ctx*/, const std::vector<std::string>& /*ids*/) override {
    return std::map<std::string, std::vector<GamePlayer>>();
  }
  Result<std::map<std::int64_t, RowText>> Data(const OpContext& /*ctx*/,
                                               const std::vector<GameRowRef>& rows) override {
    stage_.move();
    std::map<std::int64_t, RowText> found;
    for (const GameRowRef& ref : rows) {
      const std::string& data = stage_.world.games[ref.id].data;
      stage_.world.Answered("data " + data);
      if (data.empty()) continue;
      PGATTIC_ASSIGN_OR_RETURN(found[ref.row_id], RowText::Parse(data));
    }
    return found;
  }
  Result<std::optional<std::string>> ArchivedSample(const OpContext& /*ctx*/) override {
    return std::optional<std::string>();
  }

 private:
  Stage& stage_;
};

lookup::Availability AvailabilityOf(const Game& game) {
  switch (game.availability) {
    case Availability::kAvailable:
      return lookup::Availability::kAvailable;
    case Availability::kAbsent:
      return lookup::Availability::kAbsent;
    case Availability::kErased:
      return lookup::Availability::kErased;
    case Availability::kTemporarilyUnavailable:
      break;
  }
  return lookup::Availability::kTemporarilyUnavailable;
}

Result<std::vector<lookup::Answer>> AskStore(Stage& stage) {
  WorldInfo info(stage);
  GameStore store(stage.rows, info);
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<Game> games,
                           store.GetMultiple(OpContext(), stage.ids));
  std::vector<lookup::Answer> answers;
  for (const Game& game : games) {
    lookup::Answer answer;
    answer.id = game.id;
    answer.availability = AvailabilityOf(game);
    answer.row_json = game.row.text();
    answers.push_back(std::move(answer));
  }
  return answers;
}

Step SetStatus(std::optional<std::int64_t> status) {
  return [status](FakeWorld& world) { world.games[kId].status = status; };
}

Step Played(std::optional<std::int64_t> status) {
  return [status](FakeWorld& world) { world.games[kId] = {status, kRow}; };
}

const Step kMigrate = [](FakeWorld& world) {
  world.Insert(kId, kRow);
  world.games[kId].status = 1;
};
const Step kMigrateAndClear = [](FakeWorld& world) {
  world.Insert(kId, kRow);
  world.games[kId] = {1, ""};
};
const Step kTakeBack = [](FakeWorld& world) {
  world.DeleteLive(kId);
  world.games[kId].status.reset();
};
const Step kClear = [](FakeWorld& world) { world.games[kId] = {2, ""}; };
const Step kOrphan = [](FakeWorld& world) { world.Insert(kId, kRow); };
const Step kList = [](FakeWorld& world) { world.List(kId); };
const Step kRewrite = [](FakeWorld& world) { world.Rewrite(kId); };
const Step kPublish = &FakeWorld::PublishRewritten;
const Step kForget = [](FakeWorld& world) { world.ForgetCached(kId); };

Script Of(const char* name, std::vector<Step> before, std::vector<Step> steps) {
  Script script{name, std::move(steps), {{kOther, kOtherRow}}};
  script.before = std::move(before);
  return script;
}

std::vector<Script> Scripts() {
  std::vector<Script> scripts = {
      Of("0, 1, 2, 3", {Played(0)}, {kMigrate, kClear, kExport, SetStatus(3), kMark, kSwap, kDrop}),
      Of("NULL, 1, 3", {Played(std::nullopt)},
         {kMigrateAndClear, kExport, SetStatus(3), kMark, kSwap, kDrop}),
      Of("1, taken back", {Played(0)}, {kMigrate, kTakeBack, kMigrate, kClear}),
      Of("3, rolled back to 1", {Played(0), kMigrateAndClear, kExport},
         {SetStatus(3), kMark, kSwap, kSwapBack, kUnmark, SetStatus(1), kRollBack}),
      Of("3, restored to 2", {Played(0), kMigrate, kClear, kExport},
         {SetStatus(3), kMark, kSwap, kDrop, kRestore, SetStatus(2)}),
      Of("wrong", {Played(0), kMigrateAndClear, kExport},
         {SetStatus(0), kMark, kSwap, SetStatus(std::nullopt), kDrop, SetStatus(7), SetStatus(2)}),
      Of("orphan", {kOrphan}, {kExport, kMark, kSwap, kDrop}),
      Of("never played", {}, {kExport, kMark, kSwap, kDrop}),
      Of("erased", {Played(0), kMigrateAndClear, kExport, SetStatus(3), kMark, kSwap},
         {kDrop, kList, kRewrite, kPublish, kDelete, kForget}),
  };
  scripts.back().forgets = true;
  return scripts;
}

TEST(GameInterleaving, NoOrderOfStepsMakesAGameAbsentOrOld) {
  Tally all;
  for (const Script& script : Scripts()) {
    for (const std::vector<std::string>& ids :
         {std::vector<std::string>{kId}, std::vector<std::string>{kId, kOther}}) {
      for (const std::vector<std::string>& hints : {std::vector<std::string>{}, {kTime}}) {
        for (const Order order : {Order::kLookFirst, Order::kLookBeside, Order::kSearchBeside}) {
          Way way{.order = order, .has_cache = true, .still_asks = 1, .hints = hints};
          way.ids = ids;
          way.ask = AskStore;
          all += ExpectRight(script, way);
        }
      }
    }
  }
  std::cout << all.runs << " interleavings\n";
  EXPECT_GT(all.runs, 100'000);
  EXPECT_GT(all.absent, 0);
  EXPECT_GT(all.erased, 0);
}

}  // namespace
}  // namespace pgattic::games
