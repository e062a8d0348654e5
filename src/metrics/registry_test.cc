#include "metrics/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <thread>

#include "metrics/family.h"

namespace pgattic::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RegistryTest, ExposesTheTextFormat) {
  Registry registry;
  registry.AddCounter({"pgattic_x_done_total", "Things done."}, {Tier::kCache}).Add(3);
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("# HELP pgattic_x_done_total Things done.\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE pgattic_x_done_total counter\n"));
  EXPECT_THAT(text, HasSubstr("pgattic_x_done_total{tier=\"cache\"} 3\n"));
}

TEST(RegistryTest, ExposesNothingOfNothing) { EXPECT_EQ(Registry().Expose(), ""); }

TEST(RegistryTest, GivesTheSameSeriesForTheSameNameAndLabels) {
  Registry registry;
  Counter first = registry.AddCounter({"pgattic_x_done_total", "h"}, {Tier::kCache});
  Counter second = registry.AddCounter({"pgattic_x_done_total", "h"}, {Tier::kCache});
  first.Add();
  second.Add();
  EXPECT_THAT(registry.Expose(), HasSubstr("pgattic_x_done_total{tier=\"cache\"} 2\n"));
}

TEST(RegistryTest, ACounterNeverGoesBack) {
  Registry registry;
  Counter counter = registry.AddCounter({"pgattic_x_done_total", "h"}, {});
  counter.Add(5);
  counter.Add(-3);
  EXPECT_THAT(registry.Expose(), HasSubstr("pgattic_x_done_total 5\n"));
}

TEST(RegistryTest, AGaugeGoesUpAndDown) {
  Registry registry;
  Gauge gauge = registry.AddGauge({"pgattic_x_things", "h"}, {});
  gauge.Set(5);
  gauge.Add(-7);
  EXPECT_THAT(registry.Expose(), HasSubstr("pgattic_x_things -2\n"));
}

TEST(RegistryTest, AHistogramCountsByUpperBound) {
  Registry registry;
  Histogram histogram =
      registry.AddHistogram({"pgattic_x_duration_seconds", "h"}, {}, RequestSeconds());
  histogram.Observe(0.001);
  histogram.Observe(0.003);
  histogram.Observe(1000);
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("pgattic_x_duration_seconds_bucket{le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pgattic_x_duration_seconds_bucket{le=\"0.005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pgattic_x_duration_seconds_bucket{le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pgattic_x_duration_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("pgattic_x_duration_seconds_count 3\n"));
}

TEST(RegistryTest, CoversOneMillisecondToTenSecondsOfARequest) {
  EXPECT_LE(RequestSeconds().front(), 0.001);
  EXPECT_GE(RequestSeconds().back(), 10);
  EXPECT_TRUE(std::is_sorted(RequestSeconds().begin(), RequestSeconds().end()));
  EXPECT_TRUE(std::is_sorted(StepSeconds().begin(), StepSeconds().end()));
}

TEST(RegistryTest, LosesNothingOfManyThreads) {
  Registry registry;
  Family<Counter, Tier> family(registry, {"pgattic_x_done_total", "h"}, {});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) family.At(Tier::kArchive).Add();
      });
    }
    EXPECT_THAT(registry.Expose(), HasSubstr("pgattic_x_done_total"));
  }
  EXPECT_THAT(registry.Expose(), HasSubstr("pgattic_x_done_total{tier=\"archive\"} 8000\n"));
}

TEST(FamilyTest, MakesEverySeriesBeforeTheFirstEvent) {
  Registry registry;
  const Family<Counter, Tier, StoreRole> family(registry, {"pgattic_x_done_total", "h"},
                                                {CacheKind::kRedis});
  const std::string text = registry.Expose();
  for (std::string_view tier : LabelSet<Tier>::kValues) {
    for (std::string_view store : LabelSet<StoreRole>::kValues) {
      EXPECT_THAT(text,
                  HasSubstr("pgattic_x_done_total{cache=\"redis\",store=\"" + std::string(store) +
                            "\",tier=\"" + std::string(tier) + "\"} 0\n"));
    }
  }
}

TEST(FamilyTest, GivesEachCombinationItsOwnSeries) {
  Registry registry;
  Family<Counter, Tier, Outcome> family(registry, {"pgattic_x_done_total", "h"}, {});
  for (std::size_t tier = 0; tier < SizeOf<Tier>(); ++tier) {
    for (std::size_t outcome = 0; outcome < SizeOf<Outcome>(); ++outcome) {
      family.At(ValueAt<Tier>(tier), ValueAt<Outcome>(outcome)).Add();
    }
  }
  const std::string text = registry.Expose();
  EXPECT_THAT(text, Not(HasSubstr("} 0\n")));
  EXPECT_THAT(text, Not(HasSubstr("} 2\n")));
  EXPECT_THAT(text, HasSubstr("pgattic_x_done_total{code=\"in_doubt\",tier=\"engine\"} 1\n"));
}

TEST(RegistryDeathTest, AbortsOnANameThatPrometheusForbids) {
  Registry registry;
  EXPECT_DEATH(registry.AddCounter({"no good", "h"}, {}), "no good");
}

TEST(RegistryDeathTest, AbortsOnOneNameForTwoKinds) {
  Registry registry;
  const Counter counter = registry.AddCounter({"pgattic_x_done_total", "h"}, {});
  EXPECT_DEATH(registry.AddGauge({"pgattic_x_done_total", "h"}, {}), "pgattic_x_done_total");
}

}  // namespace
}  // namespace pgattic::metrics
