// Samples of how reading went, by any number of replicas.
#include "service/sampler.h"

#include "service/journal_fixture.h"

namespace pgattic::service {
namespace {

class SamplerTest : public JournalFixture {
 protected:
  void SetUp() override {
    JournalFixture::SetUp();
    Run(*session_,
        "CREATE TABLE public.events (id bigint NOT NULL, at timestamptz NOT NULL) PARTITION BY "
        "RANGE (at); CREATE TABLE public.events_1 PARTITION OF public.events FOR VALUES FROM "
        "('2023-01-01') TO ('2023-02-01'); INSERT INTO public.events VALUES (1, '2023-01-05')");
    auto table = catalog::LoadSource(ctx(), *session_, {"public", "events"}, "id");
    ASSERT_TRUE(table.ok()) << table.error().ToString();
    table_ = std::make_unique<catalog::SourceTable>(*table);
    options_.table = {"public", "events"};
    options_.rollout = {{6, std::chrono::days(14)}, {3, std::chrono::seconds(0)}};
    pool_ = std::make_unique<pg::Pool>(connect_, 2);
    limits_.sample_every = std::chrono::hours(1);
  }
  Sampler Replica() {
    return {*pool_,
            {{options_, *table_, tally_}},
            limits_,
            [this](const OpContext&, const std::string& source) {
              EXPECT_EQ(source, "public.events");
              return canary_;
            },
            probe_};
  }
  catalog::HealthSums Sums() {
    return *catalog::RolloutJournal(*session_).Sum(ctx(), table_->id, WallTime{},
                                                   At("2030-01-01T00:00:00Z"));
  }

  archive::SourceOptions options_;
  archive::RolloutLimits limits_;
  std::unique_ptr<catalog::SourceTable> table_;
  std::unique_ptr<pg::Pool> pool_;
  metrics::Registry registry_;
  metrics::ScheduleProbe probe_{registry_};
  ReadTally tally_{std::chrono::milliseconds(100)};
  catalog::HealthSums canary_;
};

TEST_F(SamplerTest, ReplicasAddUpWithinAnHour) {
  Sampler a = Replica();
  Sampler b = Replica();
  canary_.canaries = 2;
  canary_.ill = 1;
  tally_.Count(10, 1, std::chrono::milliseconds(5));
  tally_.Count(5, 0, std::chrono::milliseconds(101));
  ASSERT_TRUE(a.Sample(ctx()).ok());
  tally_.Count(7, 0, std::chrono::milliseconds(5));
  clock_.Advance(std::chrono::minutes(59));
  ASSERT_TRUE(b.Sample(ctx()).ok());
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.health_sample"), "1");
  const catalog::HealthSums sums = Sums();
  EXPECT_EQ(sums.seconds, 3600);
  EXPECT_EQ(sums.answers, 22);
  EXPECT_EQ(sums.errors, 1);
  EXPECT_EQ(sums.slow, 5);
  EXPECT_EQ(sums.canaries, 4);
  EXPECT_EQ(sums.ill, 2);
  clock_.Advance(std::chrono::minutes(1));
  ASSERT_TRUE(a.Sample(ctx()).ok());
  EXPECT_EQ(Sums().seconds, 7200);
  EXPECT_EQ(Sums().answers, 22);
}

TEST_F(SamplerTest, ForgetsWhatIsOlderThanAnySoakNeeds) {
  Sampler a = Replica();
  ASSERT_TRUE(a.Sample(ctx()).ok());
  clock_.Advance(std::chrono::hours(24 * 29));
  ASSERT_TRUE(a.Sample(ctx()).ok());
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.health_sample"), "2");
  clock_.Advance(std::chrono::hours(24 * 2));
  ASSERT_TRUE(a.Sample(ctx()).ok());
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.health_sample"), "2");
}

TEST_F(SamplerTest, TellsWhereTheRolloutStands) {
  Sampler a = Replica();
  ASSERT_TRUE(archive::Hold({ctx(), *session_, *table_, options_, limits_}, "look").ok());
  ASSERT_TRUE(a.Sample(ctx()).ok());
  const std::string text = registry_.Expose();
  for (const char* line :
       {"\npgattic_schedule_archives_behind 1\n", "\npgattic_rollout_stage 1\n",
        "\npgattic_rollout_held_sources 1\n", "\npgattic_rollout_stages_left 1\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST_F(SamplerTest, NotesEveryHourUntilItIsStopped) {
  Sampler a = Replica();
  const OpContext limited = ctx().WithDeadline(std::chrono::hours(10) + std::chrono::minutes(1));
  a.Run(limited);
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.health_sample"), "11");
}

}  // namespace
}  // namespace pgattic::service
