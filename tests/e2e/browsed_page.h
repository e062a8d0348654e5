// BrowsedPage: the status page in a browser that a test looks at and types into.
#pragma once

#include <sys/wait.h>

#include <filesystem>
#include <memory>
#include <string>

#include "browser.h"
#include "served_archive.h"

namespace pgattic::test {

class BrowsedPage : public ServedArchive {
 protected:
  void SetUp() override {
    ServedArchive::SetUp();
    std::filesystem::create_directories(folder() + "/browser");
    browser_ = std::make_unique<Browser>(folder() + "/browser");
    ASSERT_EQ(Pgattic({"init"}).code, 0);
  }
  void TearDown() override {
    browser_.reset();
    ServedArchive::TearDown();
  }

  Browser& browser() { return *browser_; }
  /// Returns once the page has drawn the months.
  void Browse(const std::string& path = "/") {
    browser().Open(base() + path);
    browser().Await("document.querySelector('.cell')");
  }
  /// Returns once what the page shows was asked for after now, `times` times.
  void AwaitRefresh(int times = 1) {
    for (int i = 0; i < times; ++i) {
      const std::string before = browser().Text("document.getElementById('updated').textContent");
      browser().Await("document.getElementById('updated').textContent !== '" + before + "'");
    }
  }
  void AwaitText(const std::string& id, const std::string& pattern) {
    browser().Await("/" + pattern + "/.test(document.getElementById('" + id + "').textContent)");
  }
  std::string TextOf(const std::string& id) {
    return browser().Text("document.getElementById('" + id + "').textContent");
  }
  /// JavaScript of the cell of this month of 2024.
  static std::string Cell(int month) {
    return "document.querySelector('.cell[data-key*=\"past_games_2024_0" + std::to_string(month) +
           "\"]')";
  }

  /// Starts `pgattic archive` of the first month; returns once it stopped itself there.
  std::unique_ptr<sandbox::Subprocess> StoppedAt(const std::string& failpoint) {
    auto run = Begin({"archive", "--partition", kPartition},
                     {{"PGATTIC_FAILPOINT", failpoint + ":1:stop"}});
    siginfo_t info{};
    EXPECT_EQ(waitid(P_PID, static_cast<id_t>(run->pid()), &info, WSTOPPED | WEXITED | WNOWAIT), 0);
    EXPECT_EQ(info.si_code, CLD_STOPPED) << failpoint << " was not passed: " << run->Stderr();
    return run;
  }

 private:
  std::unique_ptr<Browser> browser_;
};

}  // namespace pgattic::test
