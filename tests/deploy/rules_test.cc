// The alert rules: promtool takes them, each fires for what it is for, each has its tests.
#include <gtest/gtest.h>

#include "tests/deploy/tool.h"

namespace pgattic::test {
namespace {

constexpr const char* kRules = "deploy/prometheus/rules.yml";
constexpr const char* kTests[] = {"deploy/prometheus/rules_test.yml",
                                  "deploy/prometheus/rules_days_test.yml"};

TEST(Rules, AreWhatPromtoolTakes) {
  const auto ran = RunTool({"promtool", "check", "rules", InSources(kRules)});
  EXPECT_TRUE(ran.exit.ok()) << ran.out << ran.err;
}

TEST(Rules, FireForWhatTheyAreFor) {
  for (const char* tests : kTests) {
    const auto ran = RunTool({"promtool", "test", "rules", InSources(tests)});
    EXPECT_TRUE(ran.exit.ok()) << tests << ran.out << ran.err;
  }
}

TEST(Rules, EachIsSeenFiringInATest) {
  const auto alerts = AllOf("- alert: (\\S+)", FileText(InSources(kRules)));
  std::set<std::string> fired;
  for (const char* tests : kTests) {
    fired.merge(AllOf("alertname=\"(\\S+)\"", FileText(InSources(tests))));
  }
  EXPECT_GE(alerts.size(), 10U);
  EXPECT_EQ(alerts, fired);
}

TEST(Rules, FewWakeSomebody) {
  const std::string rules = FileText(InSources(kRules));
  std::size_t pages = 0;
  for (std::size_t at = 0; (at = rules.find("severity: page}", at)) != rules.npos; ++at) ++pages;
  EXPECT_GE(pages, 3U);
  EXPECT_LE(pages, 8U);
}

}  // namespace
}  // namespace pgattic::test
