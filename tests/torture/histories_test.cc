// Random histories. PGATTIC_TORTURE_SEED and PGATTIC_TORTURE_SCHEDULES choose which and how
// many; the seed of each is printed, and one schedule of that seed repeats its choices.
#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "tests/torture/schedule.h"

namespace pgattic::torture {
namespace {

constexpr const char* kShortForm = "20";

std::uint64_t FirstSeed() {
  const std::string chosen = Variable("PGATTIC_TORTURE_SEED", "");
  return chosen.empty() ? std::random_device()() : std::strtoull(chosen.c_str(), nullptr, 10);
}

std::uint64_t Schedules() {
  return std::strtoull(Variable("PGATTIC_TORTURE_SCHEDULES", kShortForm).c_str(), nullptr, 10);
}

Result<std::unique_ptr<sandbox::PostgresCluster>> StartServer() {
  return sandbox::PostgresCluster::Start(
      OpContext(), {.settings = {{"max_prepared_transactions", "20"}, {"deadlock_timeout", "1s"}}});
}

TEST(Histories, EveryRowIsReadAsItWasCommittedAtEveryInstant) {
  const auto cluster = StartServer();
  ASSERT_TRUE(cluster.ok()) << cluster.error().ToString();
  const std::uint64_t first = FirstSeed();
  RaidCounts raids;
  std::size_t looks = 0;
  std::size_t archived_rows = 0;
  for (std::uint64_t seed = first; seed < first + Schedules(); ++seed) {
    ScheduleOptions options;
    options.kills_server = seed % 8 == 7;
    const auto outcome = RunSchedule(**cluster, seed, options);
    ASSERT_TRUE(outcome.ok()) << "seed " << seed << ": " << outcome.error().ToString();
    std::printf(
        "seed %llu: %d runs (%d killed at a failpoint, %d at random, %d stopped, %d "
        "rollbacks), %zu looks, %zu unavailable, %zu rows, %zu archived, %zu faults\n",
        static_cast<unsigned long long>(seed), outcome->raids.runs,
        outcome->raids.killed_at_failpoint, outcome->raids.killed_at_random, outcome->raids.stopped,
        outcome->raids.rollbacks, outcome->looks, outcome->unavailable, outcome->rows,
        outcome->archived_rows, outcome->faults.size());
    std::fflush(stdout);
    for (const std::string& fault : outcome->faults)
      ADD_FAILURE() << "seed " << seed << ": " << fault;
    raids.killed_at_failpoint += outcome->raids.killed_at_failpoint;
    raids.killed_at_random += outcome->raids.killed_at_random;
    looks += outcome->looks;
    archived_rows += outcome->archived_rows;
  }
  std::printf("%d kills, %zu looks, %zu rows archived\n",
              raids.killed_at_failpoint + raids.killed_at_random, looks, archived_rows);
  // A campaign in which nothing happened proves nothing.
  EXPECT_GT(raids.killed_at_failpoint + raids.killed_at_random, 0);
  EXPECT_GT(looks, 0U);
  EXPECT_GT(archived_rows, 0U);
}

}  // namespace
}  // namespace pgattic::torture
