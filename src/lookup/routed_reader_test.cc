#include "lookup/routed_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>

#include "lookup/side_threads.h"
#include "lookup/test_fake_places.h"

namespace pgattic::lookup {
namespace {

using std::chrono::seconds;
using testing::FakeDatabase;
using testing::FakeParts;
using testing::FakeWorld;
using testing::StampRule;

/// A world with one archived row, and a reader that knows of it.
class RoutedReaderTest : public ::testing::Test {
 protected:
  RoutedReaderTest() {
    world_.Insert("row", "v1");
    world_.Export();
    world_.Mark();
    world_.Swap();
    EXPECT_EQ(Ask().row_json, "v1");
  }

  Answer Ask() { return *reader_.Get(OpContext().WithDeadline(seconds(20)), "row", std::nullopt); }

  FakeWorld world_;
  std::function<void()> before_database_ = [] {};
  std::function<void()> before_part_ = [] {};
  FakeDatabase database_{world_, StampRule::kRoute, [this] { before_database_(); }};
  FakeParts parts_{world_, [this] { before_part_(); }};
  ArchiveSearch search_{parts_, nullptr, {.source = "s", .parallel = 1}};
  SideThreads threads_{1};
  RoutedReader reader_{database_, search_, nullptr, [this](std::function<void()> call) {
                         return threads_.TryStart(std::move(call));
                       }};
};

TEST_F(RoutedReaderTest, ReadsAPartWhileTheLookIsUnderWay) {
  std::promise<void> part_is_read;
  auto reading = part_is_read.get_future().share();
  before_part_ = [&] { part_is_read.set_value(); };
  before_database_ = [&] { EXPECT_EQ(reading.wait_for(seconds(10)), std::future_status::ready); };
  const Answer answer = Ask();
  EXPECT_EQ(answer.row_json, "v1");
  EXPECT_EQ(answer.tier, Tier::kArchive);
}

TEST_F(RoutedReaderTest, WhatWasReadBesideALookThatShowsAnotherStampIsNoAnswer) {
  world_.SwapBack();
  world_.Update("row", "v2");
  std::atomic<int> reads{0};
  std::promise<void> part_is_read;
  auto reading = part_is_read.get_future().share();
  before_part_ = [&] {
    if (++reads == 1) part_is_read.set_value();
  };
  before_database_ = [&] { EXPECT_EQ(reading.wait_for(seconds(10)), std::future_status::ready); };
  const Answer answer = Ask();
  EXPECT_EQ(answer.row_json, "v2");
  EXPECT_EQ(answer.tier, Tier::kDatabase);
  EXPECT_EQ(reads, 1);
}

/// A part whose read ends with the caller's stop or time.
class HangingParts final : public Parts {
 public:
  std::vector<std::string> MayHold(const OpContext& /*ctx*/, const model::PartRecord& /*part*/,
                                   const std::vector<std::string>& ids) override {
    return ids;
  }
  std::optional<bool> ProbablyHolds(const model::PartRecord& /*part*/,
                                    const std::string& /*id*/) override {
    return true;
  }
  Result<RowsOfIds> Read(const OpContext& ctx, const model::PartRecord& /*part*/,
                         const std::vector<std::string>& /*ids*/) override {
    while (ctx.SleepFor(seconds(10)).ok()) {
    }
    return ctx.Check();
  }
};

TEST_F(RoutedReaderTest, AReadThatTheLookMadeNeedlessIsGivenUp) {
  HangingParts parts;
  const ArchiveSearch search(parts, nullptr, {.source = "s", .parallel = 1});
  SideThreads threads(1);
  RoutedReader reader(database_, search, nullptr, [&](std::function<void()> call) {
    return threads.TryStart(std::move(call));
  });
  // Makes the picture known; what the part holds is not known in time.
  const auto first =
      reader.Get(OpContext().WithDeadline(std::chrono::milliseconds(100)), "row", std::nullopt);
  ASSERT_EQ(first->availability, Availability::kTemporarilyUnavailable);
  world_.SwapBack();
  world_.Unmark();
  world_.RollBack();
  const auto answer = reader.Get(OpContext().WithDeadline(seconds(5)), "row", std::nullopt);
  EXPECT_EQ(answer->row_json, "v1");
  EXPECT_EQ(answer->tier, Tier::kDatabase);
}

class NoDatabase final : public Database {
 public:
  Result<std::unique_ptr<DatabaseSession>> Open(const OpContext& /*ctx*/) override {
    return {Code::kUnavailable, "connection refused"};
  }
};

TEST_F(RoutedReaderTest, TellsTheProbeOfADatabaseThatFailed) {
  NoDatabase none;
  metrics::Registry registry;
  metrics::LookupProbe probe(registry);
  RoutedReader reader(none, search_, &probe);
  EXPECT_EQ(reader.Get({}, "row", std::nullopt)->availability,
            Availability::kTemporarilyUnavailable);
  EXPECT_NE(registry.Expose().find(
                R"(pgattic_lookup_tier_errors_total{code="unavailable",tier="database"} 1)"),
            std::string::npos);
}

}  // namespace
}  // namespace pgattic::lookup
