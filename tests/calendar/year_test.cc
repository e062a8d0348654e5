// A year of pgattic: twelve months come and go, three stages, two replicas, kills, full disks, an
// ill canary and a hold, under a clock that jumps. Every row can be read all the time.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "archive/rollout.h"
#include "base/failpoint.h"
#include "base/hash.h"
#include "catalog/journal_schema.h"
#include "sandbox/calendar.h"
#include "sandbox/connection_target.h"
#include "sandbox/game_generator.h"
#include "sandbox/game_schema.h"
#include "sandbox/postgres_cluster.h"
#include "sandbox/subprocess.h"
#include "service/test_zones.h"
#include "steady_reader.h"

namespace pgattic::test {
namespace {

using std::chrono::days;

constexpr std::int64_t kRowsAMonth = 20;

using service::At;
using service::Text;

class Year : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = sandbox::PostgresCluster::Start(ctx_, {});
    ASSERT_TRUE(cluster.ok()) << cluster.error().ToString();
    cluster_ = std::move(*cluster);
    auto scratch = sandbox::ScratchFolder::Make({});
    ASSERT_TRUE(scratch.ok());
    scratch_ = std::move(*scratch);
    admin_ = Open(cluster_->Url());
    sandbox::GameSchemaOptions schema;
    schema.months = sandbox::MonthsFrom({2024, 1}, 12);
    Run(*admin_, *sandbox::GameSchemaSql(schema));
    sandbox::ConnectionTarget target(ctx_, *admin_);
    ASSERT_TRUE(generator_.WriteUsers(target).ok());
    session_ = Open(url());
    const Status made = catalog::InstallJournal(ctx_, *session_, false);
    ASSERT_TRUE(made.ok()) << made.ToString();
    Configure();
    reader_ = std::make_unique<SteadyReader>(config_, url());
    for (const model::YearMonth month : schema.months) Load(month);
  }

  void Configure() {
    std::filesystem::create_directories(scratch_->path() + "/archive");
    std::ofstream(config_file()) << R"(
database.url = ")" << url() << R"("
archive.url = "file://)" << scratch_->path()
                                 << R"(/archive"
[cache]
url = "none"
[run]
swap_pause = "10ms"
[schedule]
archive = "30 2 * * sun"
time_zone = "America/New_York"
jitter = "30m"
[rollout]
sample_every = "1d"
[[source]]
table = "public.past_games"
id_column = "gid"
profile = "games"
grace = "7d"
rollout = [{months = 6, soak = "60d"}, {months = 4, soak = "60d"}, {months = 3}]
)";
    auto config = service::LoadConfig(config_file(), {}, {});
    ASSERT_TRUE(config.ok()) << config.status().ToString();
    config_ = std::move(*config);
  }

  static std::unique_ptr<pg::Connection> Open(const std::string& url) {
    auto opened = pg::Connection::Open(OpContext(), {url, "test"});
    PGATTIC_CHECK(opened.ok(), opened.error().ToString());
    return std::move(*opened);
  }
  void Run(pg::Connection& connection, const std::string& sql) {
    const Status done = connection.ExecScript(ctx_, sql);
    ASSERT_TRUE(done.ok()) << done.ToString();
  }
  std::vector<std::string> Sql(const std::string& sql) {
    const auto rows = session_->Exec(ctx_, sql);
    PGATTIC_CHECK(rows.ok(), rows.status().ToString());
    std::vector<std::string> texts;
    for (int i = 0; i < rows->rows(); ++i) texts.push_back(rows->Text(i, 0));
    return texts;
  }
  std::string One(const std::string& sql) {
    const std::vector<std::string> rows = Sql(sql);
    return rows.empty() ? "" : rows.front();
  }

  /// The games of a month that is over.
  void Load(model::YearMonth month) {
    sandbox::ConnectionTarget target(ctx_, *admin_);
    const auto loaded = generator_.WriteMonth(sandbox::UtcMonth(month), target);
    ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
    const std::string table = "public." + sandbox::PartitionName(month);
    reader_->Add(Sql("SELECT gid FROM " + table + " ORDER BY gid"));
  }
  /// Makes the partition of each month as it begins, and loads it when it is over.
  void LetMonthsPass() {
    while (sandbox::MonthStartUs(sandbox::NextMonth(month_)) <= now_.time_since_epoch().count()) {
      sandbox::GameSchemaOptions schema;
      schema.months = {month_};
      Run(*admin_, *sandbox::GamePartitionsSql(schema));
      ASSERT_NO_FATAL_FAILURE(Load(month_));
      month_ = sandbox::NextMonth(month_);
    }
  }

  std::unique_ptr<sandbox::Subprocess> Begin(const std::string& who, const std::string& failpoint,
                                             const std::vector<std::string>& flags) {
    sandbox::SubprocessOptions options;
    options.argv = {CALENDAR_REPLICA, config_file(), who,
                    std::to_string(now_.time_since_epoch().count()),
                    std::to_string((now_ + days(7)).time_since_epoch().count())};
    options.argv.insert(options.argv.end(), flags.begin(), flags.end());
    if (!failpoint.empty()) options.env["PGATTIC_FAILPOINT"] = failpoint;
    auto begun = sandbox::Subprocess::Spawn(options);
    PGATTIC_CHECK(begun.ok(), begun.error().ToString());
    return std::move(*begun);
  }
  /// Both replicas live through a week; one that was killed begins the week again. Whichever of
  /// them does the week's work is the one that may be killed, however the two race.
  void LiveAWeek(const std::string& failpoint, const std::vector<std::string>& a_flags,
                 const std::vector<std::string>& b_flags) {
    struct Life {
      std::string who;
      std::vector<std::string> flags;
      std::unique_ptr<sandbox::Subprocess> process;
    };
    Life lives[] = {{"a", a_flags, Begin("a", failpoint, a_flags)},
                    {"b", b_flags, Begin("b", failpoint, b_flags)}};
    for (auto& [who, flags, replica] : lives) {
      auto exit = replica->Wait(OpContext().WithDeadline(std::chrono::minutes(2)));
      ASSERT_TRUE(exit.ok()) << replica->Stderr();
      if (exit->signal == SIGKILL) {
        kills_.insert(failpoint);
        replica = Begin(who, "", flags);
        exit = replica->Wait(OpContext().WithDeadline(std::chrono::minutes(2)));
      }
      ASSERT_TRUE(exit.ok() && exit->ok()) << Text(now_) << " " << failpoint << replica->Stderr();
    }
    // The grace is the server's time, which cannot be turned: what waits for it ages.
    Run(*session_,
        "UPDATE pgattic.archive SET drop_after = drop_after - interval '7 days' WHERE phase = "
        "'detached'");
    now_ += days(7);
    ASSERT_NO_FATAL_FAILURE(LetMonthsPass());
  }

  archive::RolloutContext Rollout(const OpContext& ctx) {
    if (!table_) {
      const archive::SourceOptions& options = config_.sources.front();
      auto table = catalog::LoadSource(ctx_, *session_, options.table, options.id_column);
      PGATTIC_CHECK(table.ok(), table.status().ToString());
      table_ = std::make_unique<catalog::SourceTable>(*table);
    }
    return {ctx, *session_, *table_, config_.sources.front(), config_.rollout};
  }
  std::string Archives() {
    return One(
        "SELECT string_agg(partition_name || phase || revision, ',' ORDER BY id) FROM "
        "pgattic.archive");
  }
  std::vector<std::string> Events() {
    return Sql(
        "SELECT event || ' ' || stage || ' ' || to_char(at, 'YYYY-MM-DD') FROM "
        "pgattic.rollout_event ORDER BY revision");
  }

  std::string url() const { return cluster_->Url("postgres", "woogles"); }
  std::string config_file() const { return scratch_->path() + "/pgattic.toml"; }

  const OpContext ctx_;
  std::unique_ptr<sandbox::PostgresCluster> cluster_;
  std::unique_ptr<sandbox::ScratchFolder> scratch_;
  std::unique_ptr<pg::Connection> admin_;
  std::unique_ptr<pg::Connection> session_;
  const sandbox::GameGenerator generator_{
      {.rows_per_month = kRowsAMonth, .cases = sandbox::CaseCounts()}};
  service::Config config_;
  std::unique_ptr<catalog::SourceTable> table_;
  std::unique_ptr<SteadyReader> reader_;
  WallTime now_ = At("2025-01-01T00:00:00Z");
  model::YearMonth month_{2025, 1};
  std::set<std::string> kills_;
};

/// Where a replica may be killed in this week: any point, more often one of the calendar's own.
std::string SomePoint(std::mt19937& random) {
  const auto& all = failpoint::All();
  std::vector<std::string_view> points(all.begin(), all.end());
  if (random() % 2 == 0) {
    std::erase_if(points, [](std::string_view name) {
      return !name.starts_with("schedule.") && !name.starts_with("rollout.");
    });
  }
  return std::string(points[random() % points.size()]);
}

TEST_F(Year, EveryRowIsReadableWhateverHappens) {
  const char* given = std::getenv("PGATTIC_SEED");  // NOLINT(concurrency-mt-unsafe)
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : 1;
  std::printf("PGATTIC_SEED=%u\n", seed);
  std::mt19937 random(seed);
  std::string held;
  for (int week = 0; week < 52; ++week) {
    SCOPED_TRACE(week);
    ManualClock clock(now_);
    const OpContext ctx(clock, std::stop_token());
    if (week == 30) {
      ASSERT_TRUE(archive::Hold(Rollout(ctx), "the tournament").ok());
      held = Archives();
    }
    if (week == 34) {
      EXPECT_EQ(Archives(), held) << "held, and yet moved";
      ASSERT_TRUE(archive::Resume(Rollout(ctx)).ok());
    }
    // The canary is ill in the third week; a replica's disk is full now and then.
    const std::vector<std::string> ill =
        week == 2 ? std::vector<std::string>{"ill"} : std::vector<std::string>();
    const std::vector<std::string> full =
        week % 5 == 3 ? std::vector<std::string>{"full"} : std::vector<std::string>();
    ASSERT_NO_FATAL_FAILURE(LiveAWeek(SomePoint(random), ill, full));
    ASSERT_EQ(reader_->faults(), std::vector<std::string>());
  }

  // The stages came one after the other, the first one late: its canary had been ill.
  EXPECT_EQ(Events(), (std::vector<std::string>{"began 1 2025-01-05", "promoted 2 2025-03-23",
                                                "promoted 3 2025-05-25", "held 3 2025-07-30",
                                                "resumed 3 2025-08-27"}));
  // Each Sunday had its run, whichever replica did it; the clocks were changed twice.
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.scheduled_run WHERE attempt > 0"), "52");
  EXPECT_EQ(Sql("SELECT to_char(due_at, 'MM-DD HH24:MI') FROM pgattic.scheduled_run WHERE due_at "
                "IN ('2025-03-02 07:30Z', '2025-03-09 07:00Z', '2025-03-16 06:30Z', '2025-10-26 "
                "06:30Z', '2025-11-02 07:30Z') ORDER BY 1"),
            (std::vector<std::string>{"03-02 07:30", "03-09 07:00", "03-16 06:30", "10-26 06:30",
                                      "11-02 07:30"}));
  // Of the 24 months those that are three months old were archived, and the others were not.
  EXPECT_EQ(One("SELECT string_agg(phase || ' ' || count, ', ' ORDER BY phase) FROM (SELECT phase, "
                "count(*) FROM pgattic.archive GROUP BY 1) p"),
            "archived 20");
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.part WHERE NOT published OR state <> 'verified'"),
            "0");
  EXPECT_EQ(reader_->ReadAll(), static_cast<std::size_t>(20 * kRowsAMonth));
  EXPECT_EQ(reader_->faults(), std::vector<std::string>());
  EXPECT_GE(kills_.size(), 6U) << "hardly anything was killed";
  EXPECT_GE(std::stoi(One("SELECT count(*) FROM pgattic.scheduled_run WHERE attempt > 1")), 3);
  std::printf("%zu reads, %zu failpoints killed\n", reader_->reads(), kills_.size());
}

}  // namespace
}  // namespace pgattic::test
