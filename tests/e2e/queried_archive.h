// QueriedArchive: a GameArchive that is asked in SQL.
#pragma once

#include <string>
#include <vector>

#include "game_archive.h"

namespace pgattic::test {

class QueriedArchive : public GameArchive {
 protected:
  /// Runs `pgattic query SQL … --format json`; fails the test unless it answers.
  nlohmann::json Query(const std::string& sql, std::vector<std::string> more = {});
  /// Returns the only value of the answer as JSON text.
  std::string Value(const std::string& sql, std::vector<std::string> more = {});
  /// Returns the name of the error's code, "" where there is none.
  std::string ErrorOf(const std::string& sql, std::vector<std::string> more = {});
  /// Returns a report's rows as ReportQuestion says.
  std::vector<std::string> ReportRows(const std::string& name);
  /// Returns the row, columns joined by "|", with numbers spelled one way.
  static std::string SameNumbers(const std::string& row);
  void Archive(std::vector<std::string> more = {});

  /// What tells whether all rows are there, once each, of games_all or any other view.
  std::string Sum(const std::string& view);
  /// The same of public.past_games, asked of PostgreSQL.
  std::string SumOfDatabase();
};

}  // namespace pgattic::test
