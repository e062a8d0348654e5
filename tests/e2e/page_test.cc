// The status page in a real browser.
#include <fstream>

#include "served_archive.h"

namespace pgattic::test {
namespace {

class StatusPage : public ServedArchive {
 protected:
  /// The document after its scripts ran, and what the browser said of errors.
  sandbox::SubprocessOutcome Browse(const std::string& path,
                                    const std::vector<std::string>& more = {}) {
    std::vector<std::string> argv = {"chromium",
                                     "--headless",
                                     "--no-sandbox",
                                     "--disable-gpu",
                                     "--disable-dev-shm-usage",
                                     "--no-first-run",
                                     "--user-data-dir=" + folder() + "/browser",
                                     "--enable-logging=stderr",
                                     "--window-size=1100,1500",
                                     "--virtual-time-budget=4000"};
    argv.insert(argv.end(), more.begin(), more.end());
    argv.push_back(base() + path);
    auto ran = sandbox::Subprocess::Run(OpContext().WithDeadline(std::chrono::minutes(2)),
                                        {.argv = argv, .env = {{"HOME", folder()}}});
    EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().ToString());
    return ran.ok() ? std::move(*ran) : sandbox::SubprocessOutcome{};
  }
  static std::size_t Count(const std::string& text, const std::string& piece) {
    std::size_t count = 0;
    for (std::size_t at = text.find(piece); at != text.npos; at = text.find(piece, at + 1)) ++count;
    return count;
  }
};

TEST_F(StatusPage, ShowsMonthsAndFindsRows) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive", "--partition", "past_games_2024_01"}).code, 0);
  StartServing();
  const std::string id = SomeId();
  const auto shown = Browse("/#public.past_games/" + id, {"--dump-dom"});
  const std::string& page = shown.out;
  EXPECT_EQ(Count(page, "class=\"cell database"), 2U) << shown.err;
  EXPECT_EQ(Count(page, "class=\"cell archived"), 1U);
  EXPECT_NE(page.find("past_games_2024_01: archived, 40 rows"), page.npos);
  EXPECT_NE(page.find("class=\"pill good\" role=\"status\">ready"), page.npos);
  EXPECT_NE(page.find("Found in the archive"), page.npos);
  EXPECT_NE(page.find("\"gid\": \"" + id + "\""), page.npos);
  EXPECT_NE(page.find("freed from"), page.npos);
  for (const char* fault : {"CONSOLE", "Content Security Policy", "Uncaught", "Failed to load"}) {
    EXPECT_EQ(shown.err.find(fault), shown.err.npos) << shown.err;
  }
}

TEST_F(StatusPage, AsksForATokenAndLoadsNothingFromElsewhere) {
  ArchiveAll();
  const std::string file = folder() + "/tokens";
  std::ofstream(file) << "0123456789abcdef-good\n";
  StartServing({"--serve-tokens-file", file});
  for (const char* path : {"/", "/page.css", "/page.js"}) {
    const Page page = web().Get(path);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_EQ(page.Header("content-security-policy").rfind("default-src 'none'", 0), 0U);
    EXPECT_EQ(page.body.find("https://"), page.body.npos) << path;
  }
  EXPECT_EQ(web().Get("/v1/overview").status, 401);
  const std::string page = Browse("/", {"--dump-dom"}).out;
  EXPECT_NE(page.find("a token is needed"), page.npos);
  EXPECT_NE(page.find("<form id=\"token-form\" class=\"card\">"), page.npos);
}

TEST_F(StatusPage, SaysWhatIsIll) {
  UseS3();
  ArchiveAll();
  StartServing({"--serve-canary-limit", "300ms"});
  s3().Freeze();
  const std::string page = Browse("/", {"--dump-dom"}).out;
  EXPECT_NE(page.find("ill: archive"), page.npos);
  s3().Wake();
}

}  // namespace
}  // namespace pgattic::test
