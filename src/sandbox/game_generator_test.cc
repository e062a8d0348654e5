#include "sandbox/game_generator.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/hash.h"
#include "sandbox/calendar.h"
#include "sandbox/copy_capture_test_support.h"

namespace pgattic::sandbox {
namespace {

using nlohmann::json;

const std::vector<std::string> kPastDocuments = {"game_request", "game_document", "stats",
                                                 "quickdata"};

/// One month of January 2024, kept.
struct Month {
  explicit Month(const GameOptions& options, model::YearMonth month = {2024, 1}) {
    const GameGenerator generator(options);
    summary = generator.WriteMonth(UtcMonth(month), capture).value();
  }
  std::vector<CopyRow>& past() { return capture.rows["public.past_games"]; }
  std::vector<CopyRow>& games() { return capture.rows["public.games"]; }
  std::vector<CopyRow>& players() { return capture.rows["public.game_players"]; }

  CopyCapture capture;
  MonthSummary summary;
};

std::string IdAndTime(const CopyRow& row, const std::string& id_column) {
  return *row.at(id_column) + "@" + row.at("created_at").value_or("null");
}

/// Returns the rows of `games` by uuid.
std::map<std::string, CopyRow> GamesById(Month& month) {
  std::map<std::string, CopyRow> found;
  for (const CopyRow& row : month.games()) {
    EXPECT_TRUE(found.emplace(*row.at("uuid"), row).second) << "uuid twice";
  }
  return found;
}

TEST(GameGenerator, SameOptionsGiveTheSameBytes) {
  const GameOptions options{.rows_per_month = 120};
  Month one(options);
  Month two(options);
  EXPECT_EQ(one.capture.script, two.capture.script);
  EXPECT_NE(one.capture.script, Month({.seed = 2, .rows_per_month = 120}).capture.script);
}

TEST(GameGenerator, BytesDoNotChangeFromReleaseToRelease) {
  // Benchmarks and demos are compared over time. A change of this hash is a decision.
  Month month({.rows_per_month = 50});
  EXPECT_EQ(Sha256::Of(AsBytes(month.capture.script)),
            "41a13e7d8a9a6e7aa7b7aebb6c12fd60d89354f33e17e338afcfaabf5466fe34");
}

TEST(GameGenerator, CountsAreExactAndRowsLieInTheirMonth) {
  for (const std::int64_t rows : {1, 2, 3, 40, 200}) {
    Month month({.rows_per_month = rows});
    EXPECT_EQ(month.summary.past_games, rows);
    EXPECT_EQ(month.past().size(), static_cast<std::size_t>(rows));
    EXPECT_EQ(month.games().size(), static_cast<std::size_t>(month.summary.games));
    EXPECT_EQ(month.players().size(), static_cast<std::size_t>(month.summary.game_players));
    for (const CopyRow& row : month.past()) {
      EXPECT_GE(*row.at("created_at"), "2024-01-01 00:00:00.000000+00");
      EXPECT_LE(*row.at("created_at"), "2024-01-31 23:59:59.999999+00");
    }
    EXPECT_EQ(month.past().front().at("created_at"), "2024-01-01 00:00:00.000000+00");
    if (rows > 1) {
      EXPECT_EQ(month.past().back().at("created_at"), "2024-01-31 23:59:59.999999+00");
    }
  }
}

TEST(GameGenerator, EveryDocumentIsJsonOfARealisticSize) {
  GameOptions options{.rows_per_month = 300};
  options.cases[GameCase::kOddNumbers] = 0;  // jsonb holds 1E+400, this parser does not.
  Month month(options);
  std::size_t document_bytes = 0;
  std::size_t ordinary = 0;
  for (const CopyRow& row : month.past()) {
    for (const std::string& column : kPastDocuments) {
      EXPECT_TRUE(json::accept(*row.at(column))) << column << *row.at(column);
    }
    if (row.at("game_end_reason") != "2" || row.at("game_document")->size() > 20000) continue;
    document_bytes += row.at("game_document")->size();
    ++ordinary;
  }
  EXPECT_GT(document_bytes / ordinary, 7500U);
  EXPECT_LT(document_bytes / ordinary, 11000U);
  for (const CopyRow& row : month.games()) {
    for (const char* column : {"timers", "stats", "quickdata", "tournament_data"}) {
      if (row.at(column)) {
        EXPECT_TRUE(json::accept(*row.at(column)));
      }
    }
  }
}

TEST(GameGenerator, DocumentAgreesWithItsRow) {
  Month month({.rows_per_month = 200, .cases = CaseCounts()});
  for (const CopyRow& row : month.past()) {
    const json document = json::parse(*row.at("game_document"));
    EXPECT_EQ(document.at("uid"), *row.at("gid"));
    if (row.at("winner_idx")) {
      EXPECT_EQ(document.value("winner", 0), std::stoi(*row.at("winner_idx")));
    }
    const json quick = json::parse(*row.at("quickdata"));
    EXPECT_EQ(quick.at("s"), document.at("currentScores"));
    EXPECT_EQ(quick.at("pi").at(0).at("user_id"), document.at("players").at(0).at("userId"));
  }
}

TEST(GameGenerator, HasEachCaseAsOftenAsAsked) {
  const GameOptions options{.rows_per_month = 400};
  EXPECT_EQ(Month(options).summary.cases, options.cases);
  Month small({.rows_per_month = 5});
  EXPECT_EQ(small.summary.past_games, 5);
  EXPECT_EQ(small.summary.cases[GameCase::kRunning], 3);
}

TEST(GameGenerator, WritesNoCaseWhenNoneIsAsked) {
  Month month({.rows_per_month = 200, .cases = CaseCounts()});
  EXPECT_EQ(month.summary.games, 200);
  std::set<std::string> ids;
  const auto games = GamesById(month);
  for (const CopyRow& row : month.past()) {
    EXPECT_TRUE(ids.insert(*row.at("gid")).second);
    ASSERT_TRUE(games.contains(*row.at("gid")));
    EXPECT_EQ(games.at(*row.at("gid")).at("migration_status"), "1");
    EXPECT_EQ(games.at(*row.at("gid")).at("created_at"), row.at("created_at"));
  }
}

TEST(GameGenerator, OrphansAndDuplicatesAreThere) {
  GameOptions options{.rows_per_month = 60, .cases = CaseCounts()};
  options.cases[GameCase::kOrphanCancelled] = 3;
  options.cases[GameCase::kOrphanEnded] = 2;
  options.cases[GameCase::kDuplicate] = 4;
  options.cases[GameCase::kDuplicateDiffers] = 2;
  Month month(options);
  const auto games = GamesById(month);
  std::map<std::string, std::set<std::string>> by_id;
  int orphans = 0;
  int repeated = 0;
  for (const CopyRow& row : month.past()) {
    auto& documents = by_id[IdAndTime(row, "gid")];
    if (!documents.empty()) {
      ++repeated;
    } else if (!games.contains(*row.at("gid"))) {
      ++orphans;
    }
    documents.insert(*row.at("game_request"));
  }
  EXPECT_EQ(orphans, 5);
  EXPECT_EQ(repeated, 6);
  int differing = 0;
  for (const auto& [id, requests] : by_id) differing += requests.size() > 1;
  EXPECT_EQ(differing, 2);
}

TEST(GameGenerator, StatusesAndRunningGamesAreThere) {
  GameOptions options{.rows_per_month = 60, .cases = CaseCounts()};
  options.cases[GameCase::kStatusNull] = 2;
  options.cases[GameCase::kStatusZero] = 3;
  options.cases[GameCase::kStatusTwo] = 4;
  options.cases[GameCase::kRunning] = 5;
  options.cases[GameCase::kRunningStatusNull] = 1;
  options.cases[GameCase::kAnnotated] = 2;
  options.cases[GameCase::kCreatedAtNull] = 1;
  options.cases[GameCase::kUpdatedAtNull] = 1;
  Month month(options);
  std::map<CopyValue, int> by_status;
  int running = 0;
  int annotated = 0;
  int no_instant = 0;
  for (const CopyRow& row : month.games()) {
    ++by_status[row.at("migration_status")];
    running += row.at("game_end_reason") == "0";
    annotated += !row.at("game_end_reason").has_value();
    no_instant += !row.at("created_at") + !row.at("updated_at");
  }
  EXPECT_EQ(by_status[std::nullopt], 2 + 1);
  EXPECT_EQ(by_status["0"], 3 + 5 + 2 + 1);
  EXPECT_EQ(by_status["2"], 4);
  EXPECT_EQ(running, 6);
  EXPECT_EQ(annotated, 2);
  EXPECT_EQ(no_instant, 2);
  EXPECT_EQ(month.summary.game_documents, 2);
}

TEST(GameGenerator, RunningGamesEndLaterInTheirOwnMonth) {
  const GameOptions options{.rows_per_month = 60};
  Month month(options);
  CopyCapture endings;
  const auto ids = GameGenerator(options).WriteEndings(UtcMonth({2024, 1}), endings).value();
  ASSERT_EQ(ids.size(), 4U);
  const auto games = GamesById(month);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const CopyRow& row = endings.rows["public.past_games"].at(i);
    EXPECT_EQ(row.at("gid"), ids[i]);
    EXPECT_EQ(games.at(ids[i]).at("game_end_reason"), "0");
    EXPECT_EQ(games.at(ids[i]).at("created_at"), row.at("created_at"));
    EXPECT_NE(row.at("game_end_reason"), "0");
  }
  EXPECT_EQ(endings.rows["public.game_players"].size(), 8U);
}

TEST(GameGenerator, IdsGrewLongerAndSpellingsChanged) {
  GameOptions options{.rows_per_month = 50, .cases = CaseCounts()};
  options.cases[GameCase::kOtherIdLength] = 1;
  for (const auto& [year, usual] : {std::pair{2024, 8U}, std::pair{2026, 10U}}) {
    Month month(options, {year, 1});
    std::map<std::size_t, int> by_length;
    std::map<bool, int> by_spelling;
    for (const CopyRow& row : month.past()) {
      ++by_length[row.at("gid")->size()];
      ++by_spelling[json::parse(*row.at("game_request")).contains("requestId")];
    }
    EXPECT_EQ(by_length[usual], 49);
    EXPECT_EQ(by_length[18 - usual], 1);
    EXPECT_GT(by_spelling[year == 2024], by_spelling[year != 2024]);
    EXPECT_GT(by_spelling[year != 2024], 0);
  }
}

TEST(GameGenerator, MonthsShareNoId) {
  std::set<std::string> ids;
  for (const model::YearMonth& of : MonthsFrom({2023, 12}, 3)) {
    Month month({.rows_per_month = 100, .cases = CaseCounts()}, of);
    for (const CopyRow& row : month.past()) EXPECT_TRUE(ids.insert(*row.at("gid")).second);
  }
}

TEST(GameGenerator, OddTextAndHugeDocumentsSurviveTheirEscapes) {
  GameOptions options{.rows_per_month = 100, .cases = CaseCounts()};
  options.cases[GameCase::kOddText] = 30;
  options.cases[GameCase::kHugeDocument] = 1;
  Month month(options);
  std::set<std::string> texts;
  std::size_t largest = 0;
  for (const CopyRow& row : month.past()) {
    const json document = json::parse(*row.at("game_document"));
    if (document.contains("description")) texts.insert(document.at("description"));
    largest = std::max(largest, row.at("game_document")->size());
  }
  EXPECT_GE(texts.size(), 8U);
  EXPECT_GT(largest, 280'000U);
}

TEST(GameGenerator, ReturnsTheTargetsError) {
  CopyCapture broken;
  broken.fail_at_copy = 1;
  const GameGenerator generator({.rows_per_month = 10});
  EXPECT_TRUE(generator.WriteMonth(UtcMonth({2024, 1}), broken).Is(Code::kUnavailable));
}

TEST(GameGenerator, RefusesOptionsOutOfRange) {
  EXPECT_TRUE(GameOptions{.rows_per_month = 0}.Validate().Is(Code::kInvalidArgument));
  EXPECT_TRUE(GameOptions{.full_games_one_in = -1}.Validate().Is(Code::kInvalidArgument));
  GameOptions options;
  options.cases[GameCase::kTie] = -1;
  EXPECT_TRUE(options.Validate().Is(Code::kInvalidArgument));
  EXPECT_TRUE(GameOptions().Validate().ok());
}

TEST(GameGenerator, UsersAreAFixedPool) {
  CopyCapture capture;
  ASSERT_TRUE(GameGenerator({}).WriteUsers(capture).ok());
  const auto& users = capture.rows["public.users"];
  ASSERT_EQ(users.size(), 2000U);
  EXPECT_EQ(users[0].at("internal_bot"), "t");
  EXPECT_EQ(users[5].at("internal_bot"), "f");
}

TEST(GameCases, AreNamedInTheOrderOfTheirValues) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kGameCaseCount; ++i) {
    names.insert(GameCaseName(static_cast<GameCase>(i)));
  }
  EXPECT_EQ(names.size(), kGameCaseCount);
  EXPECT_EQ(GameCaseName(GameCase::kTie), "tie");
  EXPECT_EQ(GameCaseName(GameCase::kRunning), "running");
  EXPECT_EQ(GameCaseName(GameCase::kCreatedAtNull), "created_at_null");
  EXPECT_TRUE(IsPastGame(GameCase::kUpdatedAtNull));
  EXPECT_FALSE(IsPastGame(GameCase::kRunning));
}

}  // namespace
}  // namespace pgattic::sandbox
