// Documents: what can go wrong has a section, and links lead somewhere.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/deploy/tool.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

TEST(Docs, TheRunbookHasASectionForEachAlert) {
  const std::string rules = FileText(InSources("deploy/prometheus/rules.yml"));
  const auto sections = AllOf("\n### (\\S+)\n", FileText(InSources("docs/runbook.md")));
  for (const std::string& alert : AllOf("- alert: (\\S+)", rules)) {
    EXPECT_TRUE(sections.contains(alert)) << alert;
    std::string anchor = alert;
    for (char& c : anchor) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    EXPECT_NE(rules.find("runbook_url: docs/runbook.md#" + anchor + "\n"), rules.npos) << alert;
  }
}

TEST(Docs, TheRunbookHasASectionForEachErrorCode) {
  const std::string errors = FileText(InSources("docs/errors.md"));
  const std::size_t from = errors.find("## Codes");
  const std::string table =
      errors.substr(from, errors.find("\n\n", errors.find("| ---", from)) - from);
  const auto codes = AllOf("\n\\| ([A-Z][A-Za-z]+) \\|", table);
  EXPECT_EQ(codes.size(), 15U);
  const auto sections = AllOf("\n### (\\S+)\n", FileText(InSources("docs/runbook.md")));
  for (const std::string& code : codes) EXPECT_TRUE(sections.contains(code)) << code;
}

TEST(Docs, LinksLeadToFiles) {
  std::vector<fs::path> pages = {InSources("README.md"), InSources("CONTRIBUTING.md"),
                                 InSources("deploy/iam/README.md")};
  for (const auto& entry : fs::recursive_directory_iterator(InSources("docs"))) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  }
  std::size_t links = 0;
  for (const fs::path& page : pages) {
    for (const std::string& link : AllOf("\\]\\(([^)#: ]+)[)#]", FileText(page))) {
      ++links;
      EXPECT_TRUE(fs::exists(page.parent_path() / link)) << page << ": " << link;
    }
  }
  EXPECT_GE(links, 10U);
}

TEST(Docs, EveryCommandHasARowOfTheReadmesTable) {
  const std::string readme = FileText(InSources("README.md"));
  const std::size_t from = readme.find("\n| command |");
  ASSERT_NE(from, readme.npos);
  const std::size_t to = readme.find("\n\n", from);
  for (const std::string& command : CommandNames()) {
    const std::string row = "\n| `pgattic " + command;
    const std::size_t at = readme.find(row);
    EXPECT_TRUE(from < at && at < to) << command;
    EXPECT_EQ(readme.find(row, at + 1), readme.npos) << command << " has two rows";
  }
}

}  // namespace
}  // namespace pgattic::test
