// Each tier alone and each pair broken: an answer in time, never a row that is not the row, never
// "absent" for one that exists, and all well again without a restart.
#include "broken_tiers.h"

#include <algorithm>

namespace pgattic::test {
namespace {

using games::Availability;
using games::Game;
using games::Place;

class BrokenTiersTest : public BrokenTiers {
 protected:
  /// What has to be true while `broken` are, all with one fault.
  void Check(const std::vector<Backend>& broken, Fault fault) {
    const auto is_broken = [&](Backend backend) {
      return std::find(broken.begin(), broken.end(), backend) != broken.end();
    };
    const bool is_slow = fault == Fault::kSlow;
    const bool store_is_up = is_slow || !is_broken(Backend::kArchive) || !is_broken(Backend::kCopy);
    for (int i = 0; i < 2; ++i) {
      const Game game = Ask(FreshId());
      EXPECT_EQ(game.availability,
                store_is_up ? Availability::kAvailable : Availability::kTemporarilyUnavailable)
          << game.why;
      if (is_slow || !is_broken(Backend::kDatabase)) {
        EXPECT_TRUE(game.info) << game.info_why;
      }
      if (is_broken(Backend::kArchive) && !is_slow && store_is_up) {
        EXPECT_EQ(game.place, Place::kCopy);
      }
    }
    const Availability none = Ask("no-such-game").availability;
    if (is_slow || !is_broken(Backend::kDatabase)) {
      EXPECT_EQ(none, Availability::kAbsent);
    } else {
      EXPECT_EQ(none, Availability::kTemporarilyUnavailable);
    }
  }
};

TEST_F(BrokenTiersTest, EachAloneInEachWay) {
  for (const Backend backend : kBackends) {
    for (const Fault fault : kFaults) {
      SCOPED_TRACE(std::string(NameOf(backend)) + " " + std::string(NameOf(fault)));
      Break(backend, fault);
      Check({backend}, fault);
      HealAll();
      AwaitHealth();
      if (HasFatalFailure()) return;
    }
  }
}

TEST_F(BrokenTiersTest, EachPair) {
  for (const Fault fault : {Fault::kDown, Fault::kHang, Fault::kHalfABody}) {
    for (std::size_t a = 0; a < kBackends.size(); ++a) {
      for (std::size_t b = a + 1; b < kBackends.size(); ++b) {
        SCOPED_TRACE(std::string(NameOf(kBackends[a])) + " and " +
                     std::string(NameOf(kBackends[b])) + " " + std::string(NameOf(fault)));
        Break(kBackends[a], fault);
        Break(kBackends[b], fault);
        Check({kBackends[a], kBackends[b]}, fault);
        HealAll();
        AwaitHealth();
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(BrokenTiersTest, WithoutBothStoresThereIsBasicInfoAndWhatTheCacheHas) {
  Break(Backend::kArchive, Fault::kDown);
  Break(Backend::kCopy, Fault::kHang);
  const Game game = Ask(FreshId());
  EXPECT_EQ(game.availability, Availability::kTemporarilyUnavailable);
  ASSERT_TRUE(game.info) << game.info_why;
  EXPECT_EQ(game.info->migration_status, games::MigrationStatus::kArchived);
  EXPECT_EQ(game.players.size(), 2U);
  EXPECT_FALSE(game.why.empty());
  EXPECT_EQ(Ask(hot_id()).place, Place::kCache);
  Await("the breaker of the archive opens", [&] {
    Ask(FreshId());
    return BreakerOf(metrics::Backend::kArchive) == "open";
  });
  HealAll();
  AwaitHealth();
  EXPECT_EQ(BreakerOf(metrics::Backend::kArchive), "closed");
}

TEST_F(BrokenTiersTest, WithEverythingDownNothingIsAbsentAndAllComesBack) {
  for (const Backend backend : kBackends) Break(backend, Fault::kDown);
  for (const std::string& id : {FreshId(), hot_id(), std::string("no-such-game")}) {
    const Game game = Ask(id);
    EXPECT_EQ(game.availability, Availability::kTemporarilyUnavailable) << id;
    EXPECT_FALSE(game.info);
  }
  HealAll();
  AwaitHealth();
}

TEST_F(BrokenTiersTest, ServersThatAreKilledAndComeBack) {
  redis().Kill();
  EXPECT_EQ(Ask(hot_id()).place, Place::kArchive);
  redis().Start();
  AwaitHealth();
  // The stores of both tiers at once.
  s3().Kill();
  EXPECT_EQ(Ask(FreshId()).availability, Availability::kTemporarilyUnavailable);
  EXPECT_TRUE(Ask(FreshId()).info);
  ASSERT_TRUE(s3().KillAndRestart().ok());
  AwaitHealth();
  ASSERT_TRUE(cluster().Kill(OpContext()).ok());
  EXPECT_EQ(Ask(FreshId()).availability, Availability::kAvailable);
  EXPECT_EQ(Ask("no-such-game").availability, Availability::kTemporarilyUnavailable);
  ASSERT_TRUE(cluster().Restart(OpContext()).ok());
  AwaitHealth();
  ASSERT_TRUE(cluster().Restart(OpContext()).ok());
  AwaitHealth();
}

TEST_F(BrokenTiersTest, ARedisThatIsFullOrHoldsGarbageIsAMiss) {
  redis().Ask({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  redis().Ask({"CONFIG", "SET", "maxmemory", "1"});
  const std::string unkept = FreshId();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask(unkept).place, Place::kArchive);
  redis().Ask({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(Ask(unkept).place, Place::kArchive);
  Await("it is kept again", [&] { return Ask(unkept).place == Place::kCache; });
  // Whatever lies under the keys now.
  const std::string keys =
      redis().Ask({"EVAL",
                   "local n = 0 for _, key in ipairs(redis.call('KEYS', 's3game:*')) do n = n + 1 "
                   "if n % 3 == 0 then redis.call('SET', key, 'garbage') "
                   "elseif n % 3 == 1 then redis.call('DEL', key) redis.call('LPUSH', key, 'x') "
                   "else redis.call('SET', key, string.sub(redis.call('GET', key), 1, -2)) end end "
                   "return tostring(n)",
                   "0"});
  EXPECT_GE(std::stoi(keys), 2);
  for (const std::string& id : {hot_id(), unkept}) EXPECT_EQ(Ask(id).place, Place::kArchive);
  Await("good values are there again", [&] { return Ask(hot_id()).place == Place::kCache; });
}

}  // namespace
}  // namespace pgattic::test
