// The questions of `pgattic report` in PostgreSQL's own words.
#pragma once

#include <string>
#include <vector>

namespace pgattic::test {

/// A report and the same question asked of public.past_games; columns as text, joined by "|".
struct ReportQuestion {
  std::string name;
  std::string sql;
};

/// Returns one for each report, in the order of `pgattic report --list`.
std::vector<ReportQuestion> ReportQuestions();

}  // namespace pgattic::test
