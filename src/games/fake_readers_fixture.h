// Fakes of the ports beside a store that stands on them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "games/game_store.h"

namespace pgattic::games {

/// Rows in memory. `down` makes every answer kTemporarilyUnavailable. Not thread-safe.
class FakeRows final : public lookup::RowReader {
 public:
  Result<lookup::Answer> Get(const OpContext& ctx, const std::string& id,
                             const std::optional<std::string>&) override {
    ++asked[id];
    if (hangs) return UseUpTime(ctx);
    if (on_ask) on_ask();
    if (failure) return Status(*failure);
    return AnswerOf(id);
  }
  Result<std::vector<lookup::Answer>> GetMany(const OpContext&,
                                              const std::vector<std::string>& ids) override {
    ++batches;
    if (failure) return Status(*failure);
    std::vector<lookup::Answer> all;
    for (const std::string& id : ids) {
      ++asked[id];
      all.push_back(AnswerOf(id));
    }
    return all;
  }

  void Put(const std::string& id, const std::string& row_json,
           lookup::Tier tier = lookup::Tier::kArchive) {
    lookup::Answer answer;
    answer.availability = lookup::Availability::kAvailable;
    answer.tier = tier;
    answer.row_json = row_json;
    answers[id] = answer;
  }
  void Say(const std::string& id, lookup::Availability availability) {
    answers[id].availability = availability;
  }

  bool down = false;
  bool hangs = false;  ///< Until the deadline; needs a ManualClock.
  std::optional<Error> failure;
  std::map<std::string, lookup::Answer> answers;
  std::map<std::string, int> asked;
  int batches = 0;
  std::function<void()> on_ask;

 private:
  static Status UseUpTime(const OpContext& ctx) {
    return ctx.SleepFor(ctx.Remaining(std::chrono::hours(1)));
  }
  lookup::Answer AnswerOf(const std::string& id) const {
    const auto found = answers.find(id);
    lookup::Answer answer = found == answers.end() ? lookup::Answer() : found->second;
    answer.id = id;
    if (!down) return answer;
    answer = lookup::Answer();
    answer.id = id;
    answer.availability = lookup::Availability::kTemporarilyUnavailable;
    answer.why = "the store is down";
    return answer;
  }
};

/// `games` and its neighbours in memory. Not thread-safe.
class FakeInfo final : public InfoReader {
 public:
  Result<std::map<std::string, GameEntry>> Games(const OpContext&,
                                                 const std::vector<std::string>& ids) override {
    ++queries;
    if (down) return Down();
    std::map<std::string, GameEntry> found;
    for (const std::string& id : ids) {
      if (entries.contains(id)) found[id] = entries[id];
    }
    return found;
  }
  Result<std::map<std::string, std::vector<GamePlayer>>> Players(
      const OpContext& ctx, const std::vector<std::string>& ids) override {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    if (down || players_down) return Down();
    std::map<std::string, std::vector<GamePlayer>> found;
    for (const std::string& id : ids) {
      if (players.contains(id)) found[id] = players[id];
    }
    return found;
  }
  Result<std::map<std::int64_t, RowText>> Data(const OpContext& ctx,
                                               const std::vector<GameRowRef>& rows) override {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    if (on_data) on_data();
    if (down || data_down) return Down();
    std::map<std::int64_t, RowText> found;
    for (const GameRowRef& row : rows) {
      if (data.contains(row.id)) found[row.row_id] = *RowText::Parse(data[row.id]);
    }
    return found;
  }
  Result<std::optional<std::string>> ArchivedSample(const OpContext&) override {
    if (down) return Down();
    return sample;
  }

  /// Adds a row of `games`; with `row_json` it was not cleared.
  GameInfo& Add(const std::string& id, std::optional<std::int64_t> status,
                const std::string& row_json = "") {
    GameInfo& info = entries[id].info;
    info.row_id = static_cast<std::int64_t>(entries.size());
    info.migration_status_number = status;
    info.migration_status = MigrationStatusOf(status);
    info.request_json = "{}";
    info.holds_data = !row_json.empty();
    if (info.holds_data) data[id] = row_json;
    return info;
  }

  bool down = false;
  bool data_down = false;
  bool players_down = false;
  std::map<std::string, GameEntry> entries;
  std::map<std::string, std::vector<GamePlayer>> players;
  std::map<std::string, std::string> data;
  std::optional<std::string> sample;
  std::function<void()> on_data;
  int queries = 0;

 private:
  static Status Down() { return {Code::kUnavailable, "PostgreSQL is down"}; }
};

/// A store over both.
class GameStoreTest : public ::testing::Test {
 protected:
  Game Fallback(const std::string& id) {
    Result<Game> game = store_.GetWithFallback(ctx_, id);
    EXPECT_TRUE(game.ok()) << game.error().ToString();
    return game.ok() ? std::move(*game) : Game();
  }

  OpContext ctx_;
  FakeRows rows_;
  FakeInfo info_;
  GameStore store_{rows_, info_};
};

}  // namespace pgattic::games
