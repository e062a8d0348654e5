#include "metrics/probes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgattic::metrics {
namespace {

using testing::HasSubstr;

class ProbesTest : public testing::Test {
 protected:
  /// Expects the line "`series` `value`" in the exposition.
  void ExpectSeries(const std::string& series, const std::string& value) {
    EXPECT_THAT("\n" + registry_.Expose(), HasSubstr("\n" + series + " " + value + "\n"));
  }
  Registry registry_;
};

TEST_F(ProbesTest, LookupCountsAnswersByTierAndCode) {
  LookupProbe probe(registry_);
  probe.Answered(Tier::kArchive, {}, 0.0015);
  probe.Answered(Tier::kNone, Code::kNotFound, 0.1);
  ExpectSeries(R"(pgattic_lookup_answers_total{code="ok",tier="archive"})", "1");
  ExpectSeries(R"(pgattic_lookup_answers_total{code="not_found",tier="none"})", "1");
  ExpectSeries(R"(pgattic_lookup_duration_seconds_bucket{tier="archive",le="0.001"})", "0");
  ExpectSeries(R"(pgattic_lookup_duration_seconds_bucket{tier="archive",le="0.002"})", "1");
}

TEST_F(ProbesTest, LookupCountsWhatHappenedOnTheWay) {
  LookupProbe probe(registry_);
  probe.TierFailed(Tier::kCopy, Code::kUnavailable);
  probe.ReadAgain();
  probe.Shared();
  probe.FoundDuplicates(2);
  probe.Hedged(Hedge::kSecondWon);
  ExpectSeries(R"(pgattic_lookup_tier_errors_total{code="unavailable",tier="copy"})", "1");
  ExpectSeries("pgattic_lookup_rereads_total", "1");
  ExpectSeries("pgattic_lookup_shared_total", "1");
  ExpectSeries("pgattic_lookup_duplicate_rows_total", "2");
  ExpectSeries(R"(pgattic_lookup_hedges_total{result="second_won"})", "1");
}

TEST_F(ProbesTest, CacheCountsKeysByResult) {
  CacheProbe probe(registry_, CacheKind::kRedis);
  probe.Hit(3);
  probe.Miss();
  probe.LookupFailed(Code::kDeadlineExceeded, 5);
  probe.LookupSkipped(7);
  probe.Took(CacheOp::kGetMany, 0.25);
  const auto lookups = [&](const std::string& result, const std::string& value) {
    ExpectSeries(R"(pgattic_cache_lookups_total{cache="redis",result=")" + result + "\"}", value);
  };
  lookups("hit", "3");
  lookups("miss", "1");
  lookups("failed", "5");
  lookups("skipped", "7");
  ExpectSeries(R"(pgattic_cache_errors_total{cache="redis",code="deadline_exceeded"})", "1");
  ExpectSeries(R"(pgattic_cache_duration_seconds_sum{cache="redis",op="get_many"})", "0.25");
}

TEST_F(ProbesTest, CacheCountsWhatWasPut) {
  CacheProbe probe(registry_, CacheKind::kMemory);
  probe.Stored();
  probe.Refused();
  probe.StoreFailed(Code::kUnavailable);
  probe.StoreSkipped();
  for (const std::string result : {"stored", "refused", "failed", "skipped"}) {
    ExpectSeries(R"(pgattic_cache_stores_total{cache="memory",result=")" + result + "\"}", "1");
  }
  ExpectSeries(R"(pgattic_cache_errors_total{cache="memory",code="unavailable"})", "1");
}

TEST_F(ProbesTest, StoreCountsRequestsBytesAndTime) {
  StoreProbe probe(registry_, StoreRole::kCopy);
  probe.Request(StoreOp::kGet, {}, 4096, 0.5);
  probe.Request(StoreOp::kGet, Result<int>(Code::kNotFound, "gone"), 0, 0.5);
  ExpectSeries(R"(pgattic_store_requests_total{code="ok",op="get",store="copy"})", "1");
  ExpectSeries(R"(pgattic_store_requests_total{code="not_found",op="get",store="copy"})", "1");
  ExpectSeries(R"(pgattic_store_bytes_total{op="get",store="copy"})", "4096");
  ExpectSeries(R"(pgattic_store_request_duration_seconds_sum{op="get",store="copy"})", "1");
}

TEST_F(ProbesTest, EngineCountsQueries) {
  EngineProbe probe(registry_, Engine::kTrino);
  probe.Query(Result<int>(7), 1000, 0.5);
  ExpectSeries(R"(pgattic_engine_queries_total{code="ok",engine="trino"})", "1");
  ExpectSeries(R"(pgattic_engine_scanned_bytes_total{engine="trino"})", "1000");
  ExpectSeries(R"(pgattic_engine_query_duration_seconds_count{engine="trino"})", "1");
}

TEST_F(ProbesTest, BreakerIsInOneStateAtATime) {
  BreakerProbe probe(registry_, Backend::kArchive);
  const auto state = [&](const std::string& name, const std::string& value) {
    ExpectSeries(R"(pgattic_breaker_state{backend="archive",state=")" + name + "\"}", value);
  };
  state("closed", "1");
  state("open", "0");
  probe.Entered(BreakerState::kOpen);
  state("closed", "0");
  state("open", "1");
  state("half_open", "0");
  ExpectSeries(R"(pgattic_breaker_transitions_total{backend="archive",state="open"})", "1");
}

TEST(OutcomeTest, IsOkOrACode) {
  EXPECT_EQ(Outcome().label(), "ok");
  EXPECT_EQ(Outcome(Status::Ok()).label(), "ok");
  EXPECT_EQ(Outcome(Code::kInvalidArgument).label(), "invalid_argument");
  EXPECT_EQ(Outcome(Status(Code::kInternal, "x")).label(), "internal");
  for (std::size_t i = 0; i < SizeOf<Outcome>(); ++i) {
    EXPECT_EQ(Outcome::FromIndex(i).index(), i);
  }
}

}  // namespace
}  // namespace pgattic::metrics
