// `pgattic report`: the same answers as PostgreSQL gave before archival, and how they are drawn.
#include <fstream>
#include <sstream>

#include "queried_archive.h"
#include "report_questions.h"

namespace pgattic::test {
namespace {

class Reports : public QueriedArchive {
 protected:
  std::vector<std::vector<std::string>> AskPostgres() {
    std::vector<std::vector<std::string>> answers;
    for (const ReportQuestion& question : ReportQuestions()) {
      answers.emplace_back();
      for (const std::string& row : Sql(question.sql)) answers.back().push_back(SameNumbers(row));
    }
    return answers;
  }
  void Compare(const std::vector<std::vector<std::string>>& expected, const std::string& when) {
    const std::vector<ReportQuestion> questions = ReportQuestions();
    for (std::size_t i = 0; i < questions.size(); ++i) {
      EXPECT_FALSE(expected[i].empty()) << questions[i].name;
      EXPECT_EQ(ReportRows(questions[i].name), expected[i]) << questions[i].name << " " << when;
    }
  }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
};

TEST_F(Reports, EqualPostgresBeforeAndAfterArchival) {
  LoadMonths({1, 2, 3}, 150);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const auto expected = AskPostgres();
  Archive({"--partition", "past_games_2024_02"});
  Compare(expected, "with one month archived");
  Archive();
  ASSERT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
  Compare(expected, "with all archived");
}

TEST_F(Reports, AreListedAndDrawn) {
  LoadMonths({1, 2}, 60);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Archive();
  const auto list = Pgattic({"report", "--list", "--json"}).json();
  ASSERT_TRUE(list.is_object());
  std::vector<std::string> names;
  for (const auto& report : list.at("reports")) names.push_back(report.at("name"));
  std::vector<std::string> asked;
  for (const ReportQuestion& question : ReportQuestions()) asked.push_back(question.name);
  EXPECT_EQ(names, asked);
  const std::string svg = folder() + "/bots.svg";
  const std::string html = folder() + "/bots.html";
  const Ran drawn = Pgattic({"report", "bots", "--svg", svg, "--html", html});
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  EXPECT_TRUE(Read(svg).starts_with("<svg ")) << Read(svg);
  EXPECT_NE(Read(svg).find("two humans"), std::string::npos);
  EXPECT_NE(Read(html).find("<td>two humans</td>"), std::string::npos);
  EXPECT_EQ(Pgattic({"report", "no-such"}).code, 2);
  EXPECT_EQ(Pgattic({"report", "top-players", "--svg", svg}).code, 2);
}

}  // namespace
}  // namespace pgattic::test
