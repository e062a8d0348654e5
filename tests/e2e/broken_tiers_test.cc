// Each tier alone and each pair broken: an answer in time, never a row that is not the row, never
// "absent" for one that exists, and all well again without a restart.
#include "broken_tiers.h"

#include <algorithm>
#include <chrono>

namespace pgattic::test {
namespace {

using games::Availability;
using games::Game;
using games::Place;
using std::chrono::milliseconds;

class BrokenTiersTest : public BrokenTiers {
 protected:
  /// Breaks them, holds answers to what has to be true meanwhile, and waits until all is well.
  void Try(const Broken& broken) {
    SCOPED_TRACE(NameOf(broken));
    for (const auto& [backend, fault] : broken) Break(backend, fault);
    CheckHot(broken);
    Check(broken);
    HealAll();
    AwaitHealth();
  }
  /// False for one that is only slow.
  static bool IsOut(const Broken& broken, Backend backend) {
    const auto found = broken.find(backend);
    return found != broken.end() && found->second != Fault::kSlow;
  }
  static bool HasStore(const Broken& broken) {
    return !IsOut(broken, Backend::kArchive) || !IsOut(broken, Backend::kCopy);
  }
  /// Of the row that the cache has, which is asked first. A cache that is slow is none: its budget
  /// is shorter. Without the database it is not asked.
  void CheckHot(const Broken& broken) {
    const bool has_database = !IsOut(broken, Backend::kDatabase);
    const bool has_cache = has_database && !broken.contains(Backend::kCache);
    const int failures = CacheFailures();
    const Game game = Ask(hot_id());
    EXPECT_EQ(game.availability, has_cache || HasStore(broken)
                                     ? Availability::kAvailable
                                     : Availability::kTemporarilyUnavailable)
        << game.why;
    EXPECT_EQ(game.place == Place::kCache, has_cache) << "place " << static_cast<int>(game.place);
    if (has_database && !has_cache) {
      EXPECT_GT(CacheFailures(), failures) << "the cache was not even asked";
    }
  }
  void Check(const Broken& broken) {
    const bool has_database = !IsOut(broken, Backend::kDatabase);
    for (int i = 0; i < 2; ++i) {
      const Game game = Ask(FreshId());
      EXPECT_EQ(game.availability,
                HasStore(broken) ? Availability::kAvailable : Availability::kTemporarilyUnavailable)
          << game.why;
      if (has_database) {
        EXPECT_TRUE(game.info) << game.info_why;
      }
      if (IsOut(broken, Backend::kArchive) && HasStore(broken)) {
        EXPECT_EQ(game.place, Place::kCopy);
      }
    }
    EXPECT_EQ(Ask("no-such-game").availability,
              has_database ? Availability::kAbsent : Availability::kTemporarilyUnavailable);
  }
  /// Returns how long the quickest of so many looks for a game took that no cache has.
  milliseconds Quickest(int asks) {
    milliseconds best = kDeadline;
    for (int i = 0; i < asks; ++i) {
      const std::string id = FreshId();
      const auto began = SystemClock().SteadyNow();
      EXPECT_EQ(Ask(id).place, Place::kArchive);
      best = std::min(best, std::chrono::ceil<milliseconds>(SystemClock().SteadyNow() - began));
    }
    return best;
  }
};

TEST_F(BrokenTiersTest, EachAloneInEachWay) {
  for (const Backend backend : kBackends) {
    for (const Fault fault : kFaults) {
      if (IsPossible(backend, fault)) Try({{backend, fault}});
      if (HasFatalFailure()) return;
    }
  }
}

TEST_F(BrokenTiersTest, EachPairInTheSameWay) {
  for (const Fault fault : kFaults) {
    for (std::size_t a = 0; a < kBackends.size(); ++a) {
      for (std::size_t b = a + 1; b < kBackends.size(); ++b) {
        if (!IsPossible(kBackends[a], fault) || !IsPossible(kBackends[b], fault)) continue;
        Try({{kBackends[a], fault}, {kBackends[b], fault}});
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(BrokenTiersTest, EachPairInDifferentWays) {
  using enum Backend;
  using enum Fault;
  const std::vector<Broken> pairs = {
      {{kDatabase, kHang}, {kArchive, kHalfABody}}, {{kDatabase, kSlow}, {kArchive, kStorm}},
      {{kDatabase, kReset}, {kCache, kHalfABody}},  {{kDatabase, kHalfABody}, {kCache, kReset}},
      {{kDatabase, kDown}, {kCopy, kStorm}},        {{kCache, kHang}, {kArchive, kStorm}},
      {{kCache, kHalfABody}, {kArchive, kReset}},   {{kCache, kSlow}, {kCopy, kHang}},
      {{kArchive, kHang}, {kCopy, kSlow}},          {{kArchive, kStorm}, {kCopy, kHalfABody}},
      {{kArchive, kReset}, {kCopy, kStorm}}};
  for (const Broken& pair : pairs) {
    Try(pair);
    if (HasFatalFailure()) return;
  }
}

TEST_F(BrokenTiersTest, ARedisThatHangsCostsItsBudgetAndThenNothing) {
  constexpr milliseconds kBudget = cache::BestEffortOptions{}.budget;
  const milliseconds usual = Quickest(10);
  // Each time the first look is the one that waits; then the pool leaves Redis alone for a while.
  milliseconds hanging = kDeadline;
  for (int i = 0; i < 5; ++i) {
    const int failures = CacheFailures();
    Break(Backend::kCache, Fault::kHang);
    hanging = std::min(hanging, Quickest(1));
    EXPECT_GT(CacheFailures(), failures);
    HealAll();
    AwaitHealth();
  }
  EXPECT_LT(hanging, usual + 8 * kBudget);
  Break(Backend::kCache, Fault::kHang);
  Await("Redis is left alone", [&] {
    Ask(FreshId());
    return CacheIsLeftAlone();
  });
  EXPECT_LT(Quickest(30), usual + kBudget);
  HealAll();
  AwaitHealth();
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
