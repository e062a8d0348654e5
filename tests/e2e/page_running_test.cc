// What the status page says of archives under way.
#include <regex>

#include "browsed_page.h"

namespace pgattic::test {
namespace {

class PageOfRuns : public BrowsedPage {
 protected:
  void SetUp() override {
    BrowsedPage::SetUp();
    Configure("file://" + archive_folder(), "workers = 1\n");
  }
  /// One after the other, so that the first is done before the second is begun.
  void UseParts() {
    Configure("file://" + archive_folder(),
              "workers = 1\nsingle_part_size = 1\npart_size = \"64KiB\"\n");
  }
  /// As if the step had begun so long ago.
  void MakeOlder(const std::string& event, const std::string& interval) {
    Sql("UPDATE pgattic.event SET at = at - interval '" + interval + "' WHERE event = '" + event +
        "'");
  }
  int PartCount() { return std::stoi(One("SELECT count(*) FROM pgattic.part")); }
  std::string Running() { return TextOf("running"); }
  /// The minutes in "about 2 h 59 min left"; -1: nothing is said.
  static int MinutesLeft(const std::string& text) {
    std::smatch match;
    if (!std::regex_search(text, match, std::regex("about (?:(\\d+) h )?(\\d+) min left"))) {
      return -1;
    }
    return (match[1].matched ? 60 * std::stoi(match[1]) : 0) + std::stoi(match[2]);
  }
};

TEST_F(PageOfRuns, SaysTheTimeThatIsLeftAtEveryLookAndAfterAReload) {
  UseParts();
  const auto run = StoppedAt("part.after_record");
  const int parts = PartCount();
  ASSERT_GE(parts, 3);
  StartServing();
  Browse();
  AwaitText("running",
            "exporting, 1 of " + std::to_string(parts) + " parts, \\d+ of about 40 rows");
  EXPECT_EQ(browser().Eval("document.querySelector('progress').value"), 1);
  EXPECT_EQ(browser().Eval("document.querySelector('progress').max"), parts);
  // The first part took a moment, and the run stands still since.
  AwaitText("running", "for \\d+ s, longer than reckoned");
  MakeOlder("export started", "1 hour");
  AwaitText("running", "for 1 h \\d+ min, about \\d+ h \\d+ min left");
  for (int look = 0; look < 2; ++look) {
    const int minutes = MinutesLeft(Running());
    EXPECT_LE(minutes, (parts - 1) * 60) << Running();
    EXPECT_GE(minutes, (parts - 1) * 60 - 10) << Running();
    AwaitRefresh();
  }
  Browse();
  EXPECT_GE(MinutesLeft(Running()), (parts - 1) * 60 - 10) << Running();
}

TEST_F(PageOfRuns, SaysHowLongItTookSoFarAndNoMoreWhereNoPartIsDone) {
  const auto run = StoppedAt("part.before_record");
  StartServing();
  Browse();
  AwaitText("running", "past_games_2024_01: exporting, 0 of 1 part, 0 of about 40 rows");
  const std::string first = Running();
  EXPECT_TRUE(std::regex_search(first, std::regex("for \\d+ s$"))) << first;
  AwaitRefresh();
  EXPECT_NE(Running(), first) << "the time stands still";
  MakeOlder("export started", "1 hour");
  AwaitText("running", "for 1 h \\d+ min$");
  EXPECT_EQ(browser().Eval("document.querySelector('progress').value"), 0);
}

TEST_F(PageOfRuns, SaysThatNobodyWorksOnWhatAKilledRunLeftAndCountsAnewWhenTheNextDoes) {
  UseParts();
  const Ran killed =
      Pgattic({"archive", "--partition", kPartition}, {{"PGATTIC_FAILPOINT", "part.after_record"}});
  ASSERT_EQ(killed.signal, SIGKILL);
  const int count = PartCount();
  ASSERT_GE(count, 4);
  const std::string parts = std::to_string(count);
  MakeOlder("export started", "1 day");
  StartServing();
  Browse();
  AwaitText("running", "1 of " + parts + " parts, .*No run is at work on it");
  EXPECT_EQ(Running().find("left"), std::string::npos);
  const auto run = StoppedAt("part.after_record");
  AwaitText("running", "2 of " + parts + " parts, .*for \\d+ (s|min)");
  // The pace is that of the one part of this run.
  MakeOlder("export started", "1 hour");
  AwaitText("running", "for 1 h .* left");
  EXPECT_LE(MinutesLeft(Running()), (count - 2) * 60) << Running();
  EXPECT_GE(MinutesLeft(Running()), (count - 2) * 60 - 10) << Running();
}

TEST_F(PageOfRuns, CountsThePartsThatWereReadBackDuringTheProof) {
  UseParts();
  const auto run = StoppedAt("proof.after_record");
  const std::string parts = std::to_string(PartCount());
  StartServing();
  Browse();
  AwaitText("running", "reading back, 1 of " + parts + " parts, .*for \\d+ s");
  // Taken up by a session that is younger than the step.
  MakeOlder("parts uploaded", "1 day");
  AwaitRefresh(2);
  AwaitText("running", "reading back, 1 of " + parts + " parts, .*for \\d+ (s|min)");
}

TEST_F(PageOfRuns, DoesNotCountTheRowsOfEarlierRounds) {
  Works({"archive", "--partition", kPartition});
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('lateone1', "
      "'2024-01-20', 2, 0)");
  const auto run = StoppedAt("part.before_record");
  StartServing();
  Browse();
  AwaitText("running", "exporting, 0 of 1 part, 0 of about 1 rows");
}

TEST_F(PageOfRuns, ShowsAMonthThatWasRolledBackAsOneOfTheDatabase) {
  Works({"archive", "--partition", kPartition, "--until", "marked"});
  StartServing();
  Browse();
  AwaitText("running", "about to be swapped");
  EXPECT_EQ(browser().Eval(Cell(1) + ".classList.contains('working')"), true);
  Works({"rollback", kPartition});
  browser().Await(Cell(1) + ".classList.contains('database')");
  EXPECT_EQ(browser().Eval("document.getElementById('running-card').hidden"), true);
}

}  // namespace
}  // namespace pgattic::test
