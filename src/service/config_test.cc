#include "service/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "service/config_keys.h"

namespace pgattic::service {
namespace {

using testing::HasSubstr;
using testing::Not;

class ConfigTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file_); }
  Result<Config> Load(const std::string& toml, const std::map<std::string, std::string>& env = {},
                      const std::vector<Override>& overrides = {}) const {
    std::ofstream(file_) << toml;
    return LoadConfig(file_, env, overrides);
  }
  /// The message of the error; "" when there is none.
  std::string Refused(const std::string& toml,
                      const std::map<std::string, std::string>& env = {}) const {
    const Result<Config> config = Load(toml, env);
    if (config.ok()) return "";
    EXPECT_EQ(config.code(), Code::kInvalidArgument);
    return config.error().message;
  }
  const std::string& file() const { return file_; }

 private:
  std::string file_ =
      std::filesystem::temp_directory_path() / ("pgattic-config-" + std::to_string(getpid()));
};

constexpr const char* kSource = "[[source]]\ntable = \"public.t\"\nid_column = \"id\"\n";

TEST_F(ConfigTest, TheLaterPlaceWins) {
  const std::string toml = "[run]\nworkers = 1\nswap_tries = 1\nproof = \"full\"\n";
  const auto config = Load(toml, {{"PGATTIC_RUN_WORKERS", "2"}, {"PGATTIC_RUN_SWAP_TRIES", "2"}},
                           {{"run.workers", "3", "--set"}});
  ASSERT_TRUE(config.ok()) << config.error().ToString();
  EXPECT_EQ(config->run.workers, 3);
  EXPECT_EQ(config->run.swap_tries, 2);
  EXPECT_TRUE(config->run.proof_full);
}

TEST_F(ConfigTest, AnUnknownKeyIsNamedWithFileLineAndTheNearOne) {
  EXPECT_EQ(Refused("[run]\n\nworker = 2\n"),
            file() +
                ":3: unknown key 'run.worker'; did you mean 'run.workers'?; nothing was "
                "changed");
  EXPECT_THAT(Refused("[archive]\nworkers = 2\n"), HasSubstr("did you mean 'run.workers'?"));
  EXPECT_THAT(Refused("[[source]]\nretention_month = 2\n"),
              HasSubstr(":2: unknown key 'retention_month'; did you mean 'retention_months'?"));
}

TEST_F(ConfigTest, NothingIsSuggestedForAWordThatIsLikeNone) {
  const std::string message = Refused("[run]\nzzzzzzzz = 2\n");
  EXPECT_THAT(message, Not(HasSubstr("did you mean")));
  EXPECT_THAT(message, HasSubstr("`pgattic --help` lists the keys"));
}

TEST_F(ConfigTest, AWrongUnitIsNamedWithFileAndLine) {
  EXPECT_THAT(Refused("[run]\nsnapshot_wait = \"10 parsecs\"\n"),
              HasSubstr(file() + ":2: run.snapshot_wait: '10 parsecs' is not a duration"));
  EXPECT_THAT(Refused("[run]\nsnapshot_wait = 10\n"), HasSubstr("'10' is not a duration"));
  EXPECT_THAT(Refused("[run]\npart_size = \"1TB\"\n"), HasSubstr("'1TB' is not a size"));
  EXPECT_THAT(Refused("[run]\nworkers = 0\n"), HasSubstr("from 1 to 256"));
  EXPECT_THAT(Refused("[run]\nsnapshot_wait = \"30d\"\n"), HasSubstr("at most 20d"));
}

TEST_F(ConfigTest, RetentionHasABoundBeyondWhichDatesOverflow) {
  EXPECT_THAT(Refused(std::string(kSource) + "retention_months = 420000\n"),
              HasSubstr(":4: retention_months: '420000' is not a whole number from 0 to 1200"));
  EXPECT_EQ(Refused(std::string(kSource) + "retention_months = 1200\n"), "");
  EXPECT_THAT(Refused(std::string(kSource) + "grace = \"9999999d\"\n"), HasSubstr("at most"));
}

TEST_F(ConfigTest, AUrlOfAnotherDatabaseIsRefusedAndNotShown) {
  const std::string message = Refused("[database]\nurl = \"mysql://me:hunter2@host/db\"\n");
  EXPECT_THAT(message, HasSubstr(":2: database.url: the URL is of another scheme"));
  EXPECT_THAT(message, Not(HasSubstr("hunter2")));
  EXPECT_THAT(message, Not(HasSubstr("mysql")));
  for (const char* good : {"postgresql:///woogles", "postgres://me:p@h/db", "host=/tmp dbname=a",
                           "host=h password=a://b"}) {
    EXPECT_EQ(Refused("[database]\nurl = \"" + std::string(good) + "\"\n"), "") << good;
  }
}

TEST_F(ConfigTest, AnArchiveIsAnAbsoluteFolderOrABucket) {
  EXPECT_THAT(Refused("archive.url = \"file://relative/folder\"\n"), HasSubstr("absolute folder"));
  EXPECT_THAT(Refused("archive.url = \"s3://\"\n"), HasSubstr("names no bucket"));
  EXPECT_THAT(Refused("archive.url = \"ftp://x\"\n"), HasSubstr("neither file:///"));
  EXPECT_EQ(Refused("archive.url = \"file:///var/lib/pgattic\"\n"), "");
  EXPECT_EQ(Refused("archive.url = \"s3://bucket/prefix\"\n"), "");
}

TEST_F(ConfigTest, ACopyOfAnArchiveInItsOwnPlaceIsRefused) {
  const auto both = [&](const std::string& archive, const std::string& copy,
                        const std::string& more = "") {
    return Refused("archive.url = \"" + archive + "\"\ncopy.url = \"" + copy + "\"\n" + more);
  };
  EXPECT_THAT(both("s3://bucket/a", "s3://bucket/a"), HasSubstr("the archive's own store"));
  EXPECT_THAT(both("s3://bucket", "s3://bucket/"), HasSubstr("the archive's own store"));
  EXPECT_THAT(both("file:///a/b", "file:///a//c/../b/"), HasSubstr("the archive's own store"));
  EXPECT_EQ(both("s3://bucket/a", "s3://bucket/b"), "");
  EXPECT_EQ(both("s3://bucket/a", "s3://bucket"), "");
  EXPECT_EQ(both("s3://bucket/a", "file:///bucket/a"), "");
  const std::string first = "s3.endpoint = \"http://one\"\n";
  EXPECT_THAT(both("s3://b", "s3://b", first + "copy.endpoint = \"http://one\"\n"),
              HasSubstr("the archive's own store"));
  EXPECT_EQ(both("s3://b", "s3://b", first + "copy.endpoint = \"http://two\"\n"), "");
}

TEST_F(ConfigTest, TagsAreUrlDecoded) {
  const auto config = Load("[s3]\ntags = \"team=a%20b+c&k%3D1=%C3%BC&empty=\"\n");
  ASSERT_TRUE(config.ok()) << config.error().ToString();
  EXPECT_EQ(config->s3.tags, (std::map<std::string, std::string>{
                                 {"team", "a b c"}, {"k=1", "\xc3\xbc"}, {"empty", ""}}));
  for (const char* bad : {"a", "=b", "a=%2", "a=%zz", "a=1&a=2", "a=1&&b=2"}) {
    EXPECT_THAT(Refused("[s3]\ntags = \"" + std::string(bad) + "\"\n"), HasSubstr(":2: s3.tags"))
        << bad;
  }
}

TEST_F(ConfigTest, VariablesThatMatchNoKeyAreErrors) {
  EXPECT_THAT(Refused("", {{"PGATTIC_RUN_WORKER", "1"}}),
              HasSubstr("PGATTIC_RUN_WORKER is no key; did you mean 'PGATTIC_RUN_WORKERS'?"));
  EXPECT_EQ(Refused("", {{"PGATTIC_CONFIG", "x"}, {"PGATTIC_SOURCE_DIR", "/x"}, {"HOME", "/"}}),
            "");
}

TEST_F(ConfigTest, TheOneSourceCanBeSetFromOutside) {
  const auto config = Load("", {{"PGATTIC_SOURCE_TABLE", "\"My Schema\".\"a.b\""}},
                           {{"source.id_column", "id col", "--source-id-column"}});
  ASSERT_TRUE(config.ok()) << config.error().ToString();
  ASSERT_EQ(config->sources.size(), 1U);
  EXPECT_EQ(config->sources[0].table, (pg::QualifiedName{"My Schema", "a.b"}));
  EXPECT_EQ(config->sources[0].id_column, "id col");
  const std::string two = std::string(kSource) + "[[source]]\ntable = \"u\"\nid_column = \"i\"\n";
  EXPECT_EQ(Refused(two), "");
  EXPECT_THAT(Refused(two, {{"PGATTIC_SOURCE_GRACE", "1d"}}), HasSubstr("the file has 2"));
  EXPECT_THAT(Refused("[[source]]\ntable = \"public.t\"\n"), HasSubstr(":1: a [[source]] needs"));
}

TEST_F(ConfigTest, TwoSourcesOnOneTableAreRefused) {
  EXPECT_THAT(Refused(std::string(kSource) + "[[source]]\ntable = \"t\"\nid_column = \"x\"\n"),
              HasSubstr(":4: a second [[source]] for public.t"));
}

TEST_F(ConfigTest, TheFileHasToBeAFileThatCanBeRead) {
  const auto folder = LoadConfig("/tmp", {}, {});
  ASSERT_TRUE(folder.Is(Code::kInvalidArgument));
  EXPECT_THAT(folder.error().message, HasSubstr("/tmp is a folder"));
  EXPECT_TRUE(LoadConfig("/nonexistent.toml", {}, {}).Is(Code::kInvalidArgument));
  EXPECT_THAT(Refused("[run\nworkers = 1"), HasSubstr(file() + ":1: "));
}

// Every key can be written in each of its three forms, and no two share one.
TEST(ConfigKeysTest, EveryKeyHasAVariableAndAFlagOfItsOwn) {
  std::map<std::string, int> seen;
  for (const std::string& key : AllKeys()) {
    ++seen[VariableOf(key)];
    ++seen[FlagOf(key)];
  }
  EXPECT_EQ(seen.size(), 2 * AllKeys().size());
  EXPECT_EQ(FlagOf("s3.path_style"), "--s3-path-style");
  EXPECT_EQ(VariableOf("s3.path_style"), "PGATTIC_S3_PATH_STYLE");
}

TEST_F(ConfigTest, TiersAreAListInTheOrderGiven) {
  using lookup::Tier;
  const auto tiers = [&](const std::string& toml) {
    const auto config = Load(toml);
    return config.ok() ? config->lookup.tiers : std::vector<Tier>();
  };
  const std::vector<Tier> turned = {Tier::kCopy, Tier::kArchive};
  EXPECT_EQ(tiers("tiers = [\"copy\", \"direct\"]\n"), turned);
  EXPECT_EQ(tiers("tiers = \"copy, direct\"\n"), turned);
  EXPECT_EQ(tiers("tiers = [\"direct\"]\n"), std::vector<Tier>{Tier::kArchive});
  EXPECT_EQ(tiers("tiers = [\"engine\", \"direct\"]\n"),
            (std::vector<Tier>{Tier::kEngine, Tier::kArchive}));
  EXPECT_THAT(Refused("tiers = [\"trino\"]\n"), HasSubstr("'trino' is no tier"));
  EXPECT_THAT(Refused("tiers = [\"copy\", \"copy\"]\n"), HasSubstr("named twice"));
  EXPECT_THAT(Refused("tiers = [1]\n"), HasSubstr("'tiers' takes"));
}

TEST_F(ConfigTest, ThePasswordOfACacheIsNotRepeated) {
  EXPECT_THAT(Refused("[cache]\nurl = \"http://user:hunter2@host\"\n"),
              testing::AllOf(HasSubstr("cache.url"), Not(HasSubstr("hunter2"))));
  EXPECT_TRUE(Load("[cache]\nurl = \"redis://:hunter2@127.0.0.1:1/0\"\nttl = \"5m\"\n").ok());
  EXPECT_NE(Refused("[cache]\nttl = \"0\"\n"), "");
}

TEST_F(ConfigTest, ARolloutIsAListOfStages) {
  const auto config = Load(kSource + std::string("rollout = [{months = 6, soak = \"14d\"}, {soak = "
                                                 "\"12h\", months = 4}, {months = 3}]\n"));
  ASSERT_TRUE(config.ok()) << config.error().ToString();
  const auto& stages = config->sources[0].rollout;
  ASSERT_EQ(stages.size(), 3U);
  EXPECT_EQ(stages[0].months, 6);
  EXPECT_EQ(stages[0].soak, std::chrono::days(14));
  EXPECT_EQ(stages[1].soak, std::chrono::hours(12));
  EXPECT_EQ(stages[2].months, 3);
  const auto variable = Load(kSource, {{"PGATTIC_SOURCE_ROLLOUT", "months=6 soak=14d, months=3"}});
  ASSERT_TRUE(variable.ok()) << variable.error().ToString();
  EXPECT_EQ(variable->sources[0].rollout.size(), 2U);
  const auto refused = [&](const std::string& list) {
    return Refused(kSource + ("rollout = " + list + "\n"));
  };
  EXPECT_THAT(refused("[{months = 3, soak = \"1d\"}, {months = 3}]"), HasSubstr("go down"));
  EXPECT_THAT(refused("[{months = 6}, {months = 3}]"), HasSubstr("has no soak"));
  EXPECT_THAT(refused("[{months = 6, soak = \"1d\"}]"), HasSubstr("last stage stays"));
  EXPECT_THAT(refused("[{soak = \"1d\"}]"), HasSubstr("is no stage"));
  EXPECT_THAT(refused("[{months = 6, sock = \"1d\"}]"), HasSubstr("'sock=1d'"));
  EXPECT_THAT(refused("[{months = [6]}]"), HasSubstr("'rollout' takes"));
  EXPECT_THAT(refused("[]"), HasSubstr("is no stage"));
}

TEST_F(ConfigTest, AScheduleIsOffUnlessItIsGiven) {
  EXPECT_FALSE(Load("")->schedule.archive);
  EXPECT_FALSE(Load("schedule.archive = \"off\"\n")->schedule.archive);
  const auto config = Load(
      "[schedule]\narchive = \"30 3 * * mon-fri\"\nwindow = \"01:00-05:00\"\ntime_zone = "
      "\"Europe/Berlin\"\n[run]\nmax_read_rate = \"20MiB\"\n[rollout]\nmax_error_rate = "
      "\"0.5%\"\n");
  ASSERT_TRUE(config.ok()) << config.error().ToString();
  EXPECT_EQ(config->schedule.archive->text(), "30 3 * * mon-fri");
  EXPECT_EQ(config->schedule.window.text(), "01:00-05:00");
  EXPECT_EQ(config->run.pacing.max_read_bytes, 20 << 20);
  EXPECT_DOUBLE_EQ(config->rollout.max_error_rate, 0.005);
  EXPECT_THAT(Refused("schedule.archive = \"3 * * *\"\n"), HasSubstr("4 fields, not five"));
  EXPECT_THAT(Refused("rollout.max_error_rate = \"0.5\"\n"), HasSubstr("write 0.1%"));
}

}  // namespace
}  // namespace pgattic::service
