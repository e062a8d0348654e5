// What every metric has to be, read from the exposition of all probes as a scraper reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <concepts>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "metrics/health_probe.h"
#include "metrics/http_probe.h"
#include "metrics/journal_probe.h"
#include "metrics/probes.h"
#include "metrics/schedule_probe.h"
#include "metrics/vitals_probe.h"

namespace pgattic::metrics {
namespace {

template <typename T>
concept MakesALabel = std::constructible_from<Label, T>;

// The one way to a label is a value of a closed set: nothing that can hold an id makes one.
static_assert(MakesALabel<Tier> && MakesALabel<Code> && MakesALabel<Outcome>);
static_assert(!MakesALabel<std::string> && !MakesALabel<const char*>);
static_assert(!MakesALabel<std::string_view> && !MakesALabel<int> && !MakesALabel<std::uint64_t>);
static_assert(!std::default_initializable<Label>);

template <typename Last>
constexpr bool IsLastOfItsSet(Last last) {
  return static_cast<std::size_t>(last) + 1 == SizeOf<Last>();
}
static_assert(IsLastOfItsSet(Tier::kEngine) && IsLastOfItsSet(Step::kRestore));
static_assert(IsLastOfItsSet(Phase::kArchived) && IsLastOfItsSet(StoreOp::kList));
static_assert(IsLastOfItsSet(StoreRole::kCopy) && IsLastOfItsSet(CacheKind::kRedis));
static_assert(IsLastOfItsSet(CacheOp::kPut) && IsLastOfItsSet(CacheLookup::kSkipped));
static_assert(IsLastOfItsSet(CacheStore::kSkipped) && IsLastOfItsSet(Engine::kAthena));
static_assert(IsLastOfItsSet(Backend::kEngine) && IsLastOfItsSet(BreakerState::kHalfOpen));
static_assert(IsLastOfItsSet(HttpRoute::kConnect) && IsLastOfItsSet(HttpClass::kServerError));
static_assert(IsLastOfItsSet(RunState::kStopped));
static_assert(IsLastOfItsSet(PoolKind::kRequests) && IsLastOfItsSet(PoolState::kLimit));
static_assert(IsLastOfItsSet(Hedge::kSecondWon) && IsLastOfItsSet(Code::kInternal));

/// The exposition of a registry in which every probe was made, taken apart.
class ConventionsTest : public testing::Test {
 protected:
  ConventionsTest() {
    const LookupProbe lookup(registry_);
    const CacheProbe memory(registry_, CacheKind::kMemory);
    const CacheProbe redis(registry_, CacheKind::kRedis);
    const StoreProbe primary(registry_, StoreRole::kPrimary);
    const StoreProbe copy(registry_, StoreRole::kCopy);
    const EngineProbe engine(registry_, Engine::kAthena);
    const BreakerProbe breaker(registry_, Backend::kDatabase);
    const HttpProbe http(registry_);
    const JournalProbe journal(registry_);
    const HealthProbe health(registry_);
    const ScheduleProbe schedule(registry_);
    const VitalsProbe vitals(registry_);
    std::istringstream text(registry_.Expose());
    for (std::string line; std::getline(text, line);) Read(line);
  }

  void Read(const std::string& line) {
    static const std::regex kType("# TYPE (\\S+) (\\S+)");
    static const std::regex kHelp("# HELP (\\S+) (.+)");
    static const std::regex kSample("([a-z0-9_]+)(?:\\{(.*)\\})? (\\S+)");
    std::smatch found;
    if (std::regex_match(line, found, kType)) {
      types_[found[1]] = found[2];
    } else if (std::regex_match(line, found, kHelp)) {
      helps_[found[1]] = found[2];
    } else {
      ASSERT_TRUE(std::regex_match(line, found, kSample)) << line;
      ++samples_;
      ReadLabels(found[2]);
    }
  }
  void ReadLabels(const std::string& text) {
    static const std::regex kLabel("([a-z_]+)=\"([^\"]*)\"");
    for (std::sregex_iterator it(text.begin(), text.end(), kLabel), end; it != end; ++it) {
      if ((*it)[1] != "le") labels_[(*it)[1]].insert((*it)[2]);
    }
  }

  Registry registry_;
  std::map<std::string, std::string> types_;
  std::map<std::string, std::string> helps_;
  std::map<std::string, std::set<std::string>> labels_;
  int samples_ = 0;
};

TEST_F(ConventionsTest, EveryNameSaysWhoseItIs) {
  static const std::regex kName(
      "pgattic_(lookup|cache|store|engine|breaker|http|journal|health|pool|schedule|"
      "rollout)_"
      "[a-z_]*[a-z]");
  EXPECT_GE(types_.size(), 25U);
  for (const auto& [name, type] : types_) EXPECT_TRUE(std::regex_match(name, kName)) << name;
}

TEST_F(ConventionsTest, EveryNameEndsInItsUnit) {
  for (const auto& [name, type] : types_) {
    if (type == "counter") {
      EXPECT_TRUE(name.ends_with("_total")) << name;
    } else if (type == "histogram") {
      EXPECT_TRUE(name.ends_with("_seconds") || name.ends_with("_bytes")) << name;
    } else {
      EXPECT_EQ(type, "gauge") << name;
      EXPECT_FALSE(name.ends_with("_total")) << name;
    }
    for (const char* odd : {"_ms", "milliseconds", "_kb", "_mb", "counter", "gauge", "histogram"}) {
      EXPECT_EQ(name.find(odd), std::string::npos) << name;
    }
  }
}

TEST_F(ConventionsTest, EveryMetricIsExplainedInASentence) {
  for (const auto& [name, type] : types_) {
    ASSERT_TRUE(helps_.contains(name)) << name;
    EXPECT_TRUE(helps_[name].ends_with(".")) << name;
    EXPECT_TRUE(std::isupper(helps_[name][0]) != 0 || std::isdigit(helps_[name][0]) != 0) << name;
  }
}

TEST_F(ConventionsTest, LabelsAreOfFewNamesAndFewValues) {
  const std::set<std::string> known = {"tier",  "step",  "phase",  "op",     "store",
                                       "cache", "code",  "result", "engine", "backend",
                                       "state", "route", "status", "pool"};
  for (const auto& [name, values] : labels_) {
    EXPECT_TRUE(known.contains(name)) << name;
    EXPECT_LE(values.size(), 16U) << name;
    for (const std::string& value : values) {
      EXPECT_TRUE(std::regex_match(value, std::regex("[a-z]+(_[a-z]+)*"))) << name << "=" << value;
    }
  }
}

TEST_F(ConventionsTest, TheNumberOfSeriesIsBounded) { EXPECT_LT(samples_, 2000) << samples_; }

}  // namespace
}  // namespace pgattic::metrics
