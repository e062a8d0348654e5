// What a time that somebody believes a row to have does, and what it does not.
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "lookup/routed_reader.h"
#include "lookup/test_fake_places.h"

namespace pgattic::lookup {
namespace {

constexpr const char* kTime = "1970-01-01 00:00:00.000001+00";
constexpr const char* kOther = "1970-01-01 00:00:00.000009+00";

class LikelyTimeTest : public ::testing::Test {
 protected:
  LikelyTimeTest() {
    world_.Insert("row", "v1");
    world_.hints = {kTime};
    EXPECT_EQ(Ask(std::nullopt).row_json, "v1");  // From now on the picture is known.
  }
  Answer Ask(const std::optional<std::string>& likely, const std::string& id = "row") {
    database_.looks = database_.rows = database_.glances = 0;
    return reader_.GetLikely({}, id, likely).value();
  }
  void Archive() {
    world_.Export();
    world_.Mark();
    world_.Swap();
  }

  testing::FakeWorld world_;
  std::string calls_;  ///< "d" for each call of the database, "p" for each of a part.
  testing::FakeDatabase database_{world_, testing::StampRule::kRoute, [this] { calls_ += 'd'; }};
  testing::FakeParts parts_{world_, [this] { calls_ += 'p'; }};
  ArchiveSearch search_{parts_, nullptr, {.source = "s", .parallel = 1}};
  RoutedReader reader_{database_, search_};
};

TEST_F(LikelyTimeTest, TheRightOneSavesACall) {
  const Answer answer = Ask(kTime);
  EXPECT_EQ(answer.row_json, "v1");
  EXPECT_EQ(answer.tier, Tier::kDatabase);
  EXPECT_EQ(database_.glances, 1);
  EXPECT_EQ(database_.looks + database_.rows, 2) << "those of the glance";
}

TEST_F(LikelyTimeTest, AWrongOneChangesNothing) {
  EXPECT_EQ(Ask(kOther).row_json, "v1");
  EXPECT_EQ(database_.rows, 2) << "asked again, at the time of the look";
  world_.hints = {kTime, kOther};
  EXPECT_EQ(Ask(kOther).row_json, "v1");
  world_.hints.clear();
  EXPECT_EQ(Ask(kTime).row_json, "v1");
  EXPECT_EQ(Ask("no time").row_json, "v1");
  EXPECT_EQ(Ask(kTime, "nobody").availability, Availability::kAbsent);
}

TEST_F(LikelyTimeTest, AMissBehindTheLookIsNoAnswerYet) {
  const Answer answer = Ask(kTime, "nobody");
  EXPECT_EQ(answer.availability, Availability::kAbsent);
  EXPECT_GT(database_.rows, 1);
  EXPECT_GT(database_.looks, 2) << "absent is said only behind a second look";
}

TEST_F(LikelyTimeTest, AnArchiveOfThatTimeIsAskedFirst) {
  Archive();
  EXPECT_EQ(Ask(kTime).tier, Tier::kArchive) << "the picture was older than the look";
  EXPECT_EQ(Ask(kTime).tier, Tier::kArchive);
  EXPECT_EQ(database_.glances, 0);
  EXPECT_EQ(database_.rows, 0);
}

TEST_F(LikelyTimeTest, AnArchiveOfThatTimeIsReadBesideTheLook) {
  Archive();
  RoutedReader reader(database_, search_, nullptr, [](std::function<void()> call) {
    return std::optional(std::async(std::launch::deferred, std::move(call)));
  });
  EXPECT_EQ(reader.GetLikely({}, "row", kTime)->row_json, "v1");
  calls_.clear();
  EXPECT_EQ(reader.GetLikely({}, "row", kTime)->row_json, "v1");
  EXPECT_EQ(calls_, "pd") << "the look is last: it was put off until the part was read";
  calls_.clear();
  EXPECT_EQ(reader.GetLikely({}, "row", kOther)->row_json, "v1") << "a wrong one changes nothing";
  world_.hints = {kTime, kOther};
  calls_.clear();
  EXPECT_EQ(reader.GetLikely({}, "row", kTime)->row_json, "v1");
  EXPECT_EQ(calls_, "pdp") << "another time may have a row too";
}

}  // namespace
}  // namespace pgattic::lookup
