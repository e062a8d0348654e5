// Dashboard and rules against a real Prometheus that scrapes a real `pgattic serve`.
#include <fstream>

#include "served_archive.h"
#include "tests/deploy/tool.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

void ReplaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

std::string PercentEncoded(const std::string& text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4U], kHex[byte & 0xFU]};
  }
  return out;
}

/// Every query of the dashboard, its variables filled in as Grafana does.
std::vector<std::string> QueriesOfDashboard() {
  const auto board = nlohmann::json::parse(FileText(InSources("deploy/grafana/pgattic.json")));
  std::vector<std::string> queries;
  for (const auto& panel : board["panels"]) {
    if (!panel.contains("targets")) continue;
    for (const auto& target : panel["targets"]) {
      std::string query = target["expr"];
      ReplaceAll(query, "$__rate_interval", "10s");
      ReplaceAll(query, "$job", "pgattic");
      queries.push_back(query);
    }
  }
  return queries;
}

class Dashboard : public ServedArchive {
 protected:
  /// Three months archived, the one under way in the database, a service that answers.
  void SetUp() override {
    ServedArchive::SetUp();
    ArchiveAll();
    LoadYoungMonth(20);
    StartServing({"--serve-canary-interval", "200ms"});
  }

  void StartPrometheus() {
    const std::string rules = InSources("deploy/prometheus/rules.yml");
    std::ofstream(folder() + "/prometheus.yml")
        << "global: {scrape_interval: 500ms, evaluation_interval: 500ms}\nrule_files: ['" << rules
        << "']\nscrape_configs:\n- job_name: pgattic\n  static_configs:\n  - targets: ['127.0.0.1:"
        << web().port() << "']\n";
    const std::uint16_t port = FreePort();
    auto begun = sandbox::Subprocess::Spawn(
        {.argv = {"prometheus", "--config.file=" + folder() + "/prometheus.yml",
                  "--storage.tsdb.path=" + folder() + "/tsdb",
                  "--web.listen-address=127.0.0.1:" + std::to_string(port)}});
    ASSERT_TRUE(begun.ok()) << begun.error().ToString();
    prometheus_ = std::move(*begun);
    queries_ = std::make_unique<WebClient>(port);
  }

  /// Reads as users do: archived rows twice (the cache), one that is not there, a batch.
  void UseTheService() {
    for (const std::string& id : Sql("SELECT uuid FROM public.games ORDER BY random() LIMIT 3")) {
      web().Get("/v1/rows/public.past_games/" + id);
      web().Get("/v1/rows/public.past_games/" + id);
    }
    web().Get("/v1/rows/public.past_games/nobody");
    web().Get("/readyz");
  }

  /// Whether some value of the answer is a number.
  bool HasData(const std::string& query) {
    // What is no number is not equal to itself. The answer is short, and comes in one piece.
    const std::string numbers = "count((" + query + ") == (" + query + "))";
    auto json = queries_->Get("/api/v1/query?query=" + PercentEncoded(numbers)).json();
    return json.is_object() && !json["data"]["result"].empty();
  }

  void TearDown() override {
    if (HasFailure() && prometheus_) std::fputs(prometheus_->Stderr().c_str(), stderr);
    prometheus_.reset();
    ServedArchive::TearDown();
  }

  std::unique_ptr<sandbox::Subprocess> prometheus_;
  std::unique_ptr<WebClient> queries_;
};

TEST_F(Dashboard, EveryQueryGivesData) {
  StartPrometheus();
  std::vector<std::string> left = QueriesOfDashboard();
  ASSERT_GE(left.size(), 25U);
  const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
  while (!left.empty() && limit.SleepFor(std::chrono::milliseconds(300)).ok()) {
    UseTheService();
    std::erase_if(left, [&](const std::string& query) { return HasData(query); });
  }
  EXPECT_EQ(left, std::vector<std::string>{});
  // The rules are loaded, and nothing here wakes anybody.
  EXPECT_NE(queries_->Get("/api/v1/rules").body.find("PgatticDataDamaged"), std::string::npos);
  EXPECT_FALSE(HasData("ALERTS{alertstate=\"firing\",severity=\"page\"}"));
}

TEST_F(Dashboard, RulesAndQueriesNameMetricsThatAreServed) {
  const std::string served = web().Get("/metrics").body;
  std::string text = FileText(InSources("deploy/prometheus/rules.yml"));
  for (const std::string& query : QueriesOfDashboard()) text += query + "\n";
  const auto names = AllOf("(pgattic_[a-z_]+)", text);
  EXPECT_GE(names.size(), 25U);
  for (const std::string& name : names) {
    const bool is_served = served.find("\n" + name + "{") != served.npos ||
                           served.find("\n" + name + " ") != served.npos;
    EXPECT_TRUE(is_served) << name;
  }
}

TEST_F(Dashboard, TheCanaryTellsMetricsWithoutBeingAsked) {
  const std::string well = "pgattic_health_ill{backend=\"archive\"} 0\n";
  const std::string ill = "pgattic_health_ill{backend=\"archive\"} 1\n";
  EXPECT_NE(web().Get("/metrics").body.find(well), std::string::npos);
  std::filesystem::rename(archive_folder() + "/partitions", folder() + "/elsewhere");
  const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
  std::string body;
  while (body.find(ill) == body.npos && limit.SleepFor(std::chrono::milliseconds(50)).ok()) {
    body = web().Get("/metrics").body;
  }
  EXPECT_NE(body.find(ill), body.npos);
  EXPECT_NE(body.find("pgattic_health_ill{backend=\"database\"} 0\n"), body.npos);
}

TEST_F(Dashboard, TheOldestMonthThatIsNotArchivedIsTheYoungOne) {
  const std::string name = "\npgattic_journal_oldest_unarchived_timestamp_seconds ";
  const std::string body = web().Get("/metrics").body;
  const std::size_t at = body.find(name);
  ASSERT_NE(at, body.npos);
  const std::string end = One(
      "SELECT extract(epoch FROM date_trunc('month', now() AT TIME ZONE 'UTC') + '1 month')::int8");
  EXPECT_EQ(std::stod(body.substr(at + name.size())), std::stod(end));
}

}  // namespace
}  // namespace pgattic::test
