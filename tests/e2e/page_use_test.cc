// The status page as it is used: by keys, by its forms, and read for latency and errors.
#include <fstream>

#include "browsed_page.h"
#include "copied_archive.h"

namespace pgattic::test {
namespace {

class PageInUse : public BrowsedPage {
 protected:
  std::string Focused() {
    return browser().Text("document.activeElement.dataset.key || document.activeElement.tagName");
  }
  void PressUntilFocused(const std::string& key, const std::string& selector) {
    const std::string is_there = "document.activeElement.matches('" + selector + "')";
    for (int i = 0; i < 20 && browser().Eval(is_there) != true; ++i) browser().Press(key);
    EXPECT_EQ(browser().Eval(is_there), true) << selector << " is not reached by " << key;
  }
  void LookUp(const std::string& id) {
    browser().Eval("document.getElementById('id').value = ''");
    PressUntilFocused("Tab", "#id");
    browser().Type(id);
    browser().Press("Enter");
    browser().Await("!/looking/.test(document.getElementById('answer').textContent)");
  }
  std::string IdOf(int month) {
    return One("SELECT min(gid) FROM public.past_games_2024_0" + std::to_string(month));
  }
};

TEST_F(PageInUse, ArrowKeysMoveAmongMonthsAndTheDetailsFollow) {
  Sql("CREATE TABLE public.past_games_2025_02 PARTITION OF public.past_games FOR VALUES FROM "
      "('2025-02-01 00:00+00') TO ('2025-03-01 00:00+00')");
  StartServing();
  Browse();
  PressUntilFocused("Tab", ".cell");
  EXPECT_NE(Focused().find("past_games_2025_02"), std::string::npos) << Focused();
  const std::pair<const char*, const char*> moves[] = {
      {"ArrowUp", "past_games_2024_02"},    {"ArrowLeft", "past_games_2024_01"},
      {"ArrowLeft", "past_games_2024_01"},  {"ArrowRight", "past_games_2024_02"},
      {"ArrowRight", "past_games_2024_03"}, {"ArrowUp", "past_games_2024_03"},
      {"ArrowLeft", "past_games_2024_02"},  {"ArrowDown", "past_games_2025_02"}};
  for (const auto& [key, partition] : moves) {
    browser().Press(key);
    EXPECT_NE(Focused().find(partition), std::string::npos) << key << ": " << Focused();
    EXPECT_NE(TextOf("details").find(partition), std::string::npos) << key;
    EXPECT_EQ(browser().Eval("document.activeElement.getAttribute('aria-pressed')"), "true");
    EXPECT_EQ(browser().Eval("document.querySelectorAll('.cell[tabindex=\"0\"]').length"), 1);
  }
  // A look that changes nothing takes the focus from nobody.
  AwaitRefresh();
  EXPECT_NE(Focused().find("past_games_2025_02"), std::string::npos) << Focused();
}

TEST_F(PageInUse, TheFormSaysWhereARowCameFromAndItsLatencyIsShown) {
  Works({"archive", "--partition", kPartition});
  StartServing();
  Browse();
  AwaitText("latency", "no row was asked for");
  const std::string archived = SomeId();
  LookUp(archived);
  EXPECT_EQ(TextOf("answer").rfind("Found in the archive, after ", 0), 0U) << TextOf("answer");
  EXPECT_NE(TextOf("row").find("\"gid\": \"" + archived + "\""), std::string::npos);
  const std::string live = IdOf(3);
  LookUp(live);
  EXPECT_EQ(TextOf("answer").rfind("Found in the database, after ", 0), 0U) << TextOf("answer");
  EXPECT_NE(TextOf("row").find("\"gid\": \"" + live + "\""), std::string::npos);
  EXPECT_EQ(browser().Text("location.hash"), "#public.past_games/" + live);
  LookUp("nosuchid");
  EXPECT_EQ(TextOf("answer").rfind("absent", 0), 0U) << TextOf("answer");
  EXPECT_EQ(browser().Eval("document.getElementById('row').hidden"), true);
  for (const char* tier : {"database", "archive"}) {
    AwaitText("latency", std::string(tier) + R"((\d+(\.\d)? ms){3})");
  }
}

TEST_F(PageInUse, ATokenOpensThePageAndAWrongOneDoesNot) {
  std::ofstream(folder() + "/tokens") << "0123456789abcdef-good\n";
  StartServing({"--serve-tokens-file", folder() + "/tokens"});
  browser().Open(base());
  const std::string is_asked = "!document.getElementById('token-form').hidden";
  browser().Await(is_asked);
  AwaitText("state", "a token is needed");
  PressUntilFocused("Tab", "#token");
  browser().Type("0123456789abcdef-bad");
  browser().Press("Enter");
  AwaitText("state", "a token is needed");
  EXPECT_EQ(browser().Eval(is_asked), true);
  browser().Eval("document.getElementById('token').value = ''");
  PressUntilFocused("Tab", "#token");
  browser().Type("0123456789abcdef-good");
  browser().Press("Enter");
  AwaitText("state", "^ready$");
  browser().Await("document.querySelector('.cell')");
  EXPECT_EQ(browser().Eval(is_asked), false);
}

TEST_F(PageInUse, ListsWhyTheLastRunFailed) {
  StartServing();
  Browse();
  EXPECT_EQ(TextOf("errors"), "none");
  Works({"archive", "--partition", kPartition, "--until", "uploaded"});
  for (const auto& entry : std::filesystem::recursive_directory_iterator(archive_folder())) {
    if (entry.path().extension() == ".parquet") FlipBit(entry.path());
  }
  EXPECT_NE(Pgattic({"archive", "--partition", kPartition}).code, 0);
  AwaitText("errors", "^past_games_2024_01 .* is damaged");
  EXPECT_EQ(browser().Eval(Cell(1) + ".classList.contains('failed')"), true);
  EXPECT_NE(browser().Text(Cell(1) + ".getAttribute('aria-label')").find("last run failed"),
            std::string::npos);
  browser().Eval(Cell(1) + ".click()");
  EXPECT_NE(TextOf("details").find("is damaged"), std::string::npos) << TextOf("details");
  AwaitText("running", "No run is at work on it");
  EXPECT_TRUE(browser().complaints().empty()) << browser().complaints().front();
}

}  // namespace
}  // namespace pgattic::test
