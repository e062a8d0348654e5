// Random histories. PGATTIC_TORTURE_SEED and PGATTIC_TORTURE_SCHEDULES choose which and how
// many; the seed of each is printed, and one schedule of that seed repeats its choices.
#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "tests/support/s3/s3_server.h"
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

/// What is special about the schedule of a seed: PostgreSQL or the S3 server is killed in it.
class Stage {
 public:
  Status Open() {
    PGATTIC_ASSIGN_OR_RETURN(
        cluster_, sandbox::PostgresCluster::Start(OpContext(),
                                                  {.settings = {{"max_prepared_transactions", "20"},
                                                                {"deadlock_timeout", "1s"}}}));
    PGATTIC_ASSIGN_OR_RETURN(server_, test::S3Server::Start());
    return Status::Ok();
  }

  Result<ScheduleOutcome> Play(std::uint64_t seed) {
    ScheduleOptions options;
    const std::uint64_t kind = seed % 8;
    if (kind == 7) options.mischief = [this] { return KillPostgres(); };
    if (kind == 3 || kind == 5) PGATTIC_RETURN_IF_ERROR(UseBucket(options));
    if (kind == 3) options.mischief = [this] { return server_->KillAndRestart(); };
    return RunSchedule(*cluster_, seed, options);
  }

 private:
  Status KillPostgres() {
    const OpContext ctx;
    PGATTIC_RETURN_IF_ERROR(cluster_->Kill(ctx));
    return cluster_->Restart(ctx);
  }
  Status UseBucket(ScheduleOptions& options) const {
    PGATTIC_ASSIGN_OR_RETURN(const std::string bucket, server_->MakeBucket());
    options.archive_url = "s3://" + bucket;
    options.archive_settings = "[s3]\nendpoint = \"" + server_->endpoint() +
                               "\"\npath_style = true\nmax_retries = 2\naccess_key = \"" +
                               server_->access_key() + "\"\nsecret_key = \"" +
                               server_->secret_key() + "\"\n";
    return Status::Ok();
  }

  std::unique_ptr<sandbox::PostgresCluster> cluster_;
  std::unique_ptr<test::S3Server> server_;
};

void Tell(std::uint64_t seed, const ScheduleOutcome& outcome) {
  std::printf(
      "seed %llu: %d runs (%d killed at a failpoint, %d at random, %d stopped, %d rollbacks), "
      "%zu looks, %zu unavailable, %zu rows, %zu archived, %zu faults\n",
      static_cast<unsigned long long>(seed), outcome.raids.runs, outcome.raids.killed_at_failpoint,
      outcome.raids.killed_at_random, outcome.raids.stopped, outcome.raids.rollbacks, outcome.looks,
      outcome.unavailable, outcome.rows, outcome.archived_rows, outcome.faults.size());
  std::fflush(stdout);
  for (const std::string& fault : outcome.faults) ADD_FAILURE() << "seed " << seed << ": " << fault;
}

TEST(Histories, EveryRowIsReadAsItWasCommittedAtEveryInstant) {
  Stage stage;
  const Status opened = stage.Open();
  ASSERT_TRUE(opened.ok()) << opened.ToString();
  const std::uint64_t first = FirstSeed();
  RaidCounts raids;
  std::size_t looks = 0;
  std::size_t archived_rows = 0;
  for (std::uint64_t seed = first; seed < first + Schedules(); ++seed) {
    const auto outcome = stage.Play(seed);
    ASSERT_TRUE(outcome.ok()) << "seed " << seed << ": " << outcome.error().ToString();
    Tell(seed, *outcome);
    raids.killed_at_failpoint += outcome->raids.killed_at_failpoint;
    raids.killed_at_random += outcome->raids.killed_at_random;
    looks += outcome->looks;
    archived_rows += outcome->archived_rows;
  }
  std::printf("%d kills at failpoints, %d at random times, %zu looks, %zu rows archived\n",
              raids.killed_at_failpoint, raids.killed_at_random, looks, archived_rows);
  // A campaign in which nothing happened proves nothing.
  EXPECT_GT(raids.killed_at_failpoint + raids.killed_at_random, 0);
  EXPECT_GT(looks, 0U);
  EXPECT_GT(archived_rows, 0U);
}

}  // namespace
}  // namespace pgattic::torture
