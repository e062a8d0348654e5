#include "analytics/reports.h"

#include <utility>

namespace pgattic::analytics {
namespace {

#define PGATTIC_GAMES_PER(unit)                                                    \
  "SELECT CAST(date_trunc('" unit "', CAST(created_at AS date)) AS date) AS " unit \
  ", count(*) AS games\n"                                                          \
  "FROM {games} GROUP BY 1 ORDER BY 1"

/// The day of a game in UTC, as SqlOf finds it.
constexpr std::string_view kDay = "CAST(created_at AS date)";

std::string Replaced(std::string sql, std::string_view what, std::string_view by) {
  for (std::size_t at = sql.find(what); at != sql.npos; at = sql.find(what, at + by.size())) {
    sql.replace(at, what.size(), by);
  }
  return sql;
}

/// The numbers of GameEndReason, which ended games carry.
constexpr std::string_view kEndReasons = R"sql(
SELECT CASE game_end_reason WHEN 0 THEN 'none' WHEN 1 THEN 'time' WHEN 2 THEN 'standard'
         WHEN 3 THEN 'consecutive zeroes' WHEN 4 THEN 'resigned' WHEN 5 THEN 'aborted'
         WHEN 6 THEN 'triple challenge' WHEN 7 THEN 'cancelled' WHEN 8 THEN 'force forfeit'
         WHEN 9 THEN 'adjudicated' ELSE 'other' END AS end_reason,
       count(*) AS games
FROM {games} GROUP BY 1 ORDER BY 2 DESC, 1)sql";

/// The key is the same in both spellings of a request.
constexpr std::string_view kLexicons = R"sql(
SELECT coalesce(nullif(json_extract_scalar(game_request, '$.lexicon'), ''), 'unknown') AS lexicon,
       count(*) AS games, CAST(min(created_at) AS date) AS first_day,
       CAST(max(created_at) AS date) AS last_day
FROM {games} GROUP BY 1 ORDER BY 2 DESC, 1)sql";

constexpr std::string_view kLanguages = R"sql(
SELECT coalesce(
         nullif(json_extract_scalar(game_request, '$.rules.letterDistributionName'), ''),
         nullif(json_extract_scalar(game_request, '$.rules.letter_distribution_name'), ''),
         'unknown') AS language,
       count(*) AS games
FROM {games} GROUP BY 1 ORDER BY 2 DESC, 1)sql";

constexpr std::string_view kBots = R"sql(
SELECT month, opponents, count(*) AS games
FROM (SELECT CAST(date_trunc('month', CAST(created_at AS date)) AS date) AS month,
        CASE WHEN type = 2 OR first_bot = 'true' AND second_bot = 'true' THEN 'two bots'
             WHEN first_bot = 'true' OR second_bot = 'true' OR against_bot = 'true'
             THEN 'bot and human' ELSE 'two humans' END AS opponents
      FROM (SELECT created_at, type,
              coalesce(json_extract_scalar(quickdata, '$.pi[0].is_bot'), '') AS first_bot,
              coalesce(json_extract_scalar(quickdata, '$.pi[1].is_bot'), '') AS second_bot,
              coalesce(json_extract_scalar(game_request, '$.playerVsBot'),
                       json_extract_scalar(game_request, '$.player_vs_bot'), '') AS against_bot
            FROM {games}) AS flags) AS kinds
GROUP BY 1, 2 ORDER BY 1, 2)sql";

constexpr std::string_view kTournaments = R"sql(
SELECT CAST(date_trunc('month', CAST(created_at AS date)) AS date) AS month,
       count(DISTINCT json_extract_scalar(tournament_data, '$.Id')) AS tournaments,
       count(*) AS games
FROM {games} WHERE json_extract_scalar(tournament_data, '$.Id') <> '' GROUP BY 1 ORDER BY 1)sql";

constexpr std::string_view kTopPlayers = R"sql(
SELECT month, place, player, games, wins
FROM (SELECT month, player, count(*) AS games, sum(won) AS wins,
             row_number() OVER (PARTITION BY month ORDER BY count(*) DESC, sum(won) DESC, player)
               AS place
      FROM (SELECT CAST(date_trunc('month', CAST(created_at AS date)) AS date) AS month,
                   json_extract_scalar(quickdata, '$.pi[0].nickname') AS player,
                   CASE WHEN winner_idx = 0 THEN 1 ELSE 0 END AS won
            FROM {games}
            UNION ALL
            SELECT CAST(date_trunc('month', CAST(created_at AS date)) AS date),
                   json_extract_scalar(quickdata, '$.pi[1].nickname'),
                   CASE WHEN winner_idx = 1 THEN 1 ELSE 0 END
            FROM {games}) AS seats
      WHERE player <> '' GROUP BY 1, 2) AS ranked
WHERE place <= 10 ORDER BY 1, 2)sql";

constexpr std::string_view kScores = R"sql(
SELECT month, count(*) AS games,
       CAST(CAST(sum(turns) AS double) / count(turns) AS decimal(12, 2)) AS turns_a_game,
       CAST(CAST(sum(first_score + second_score) AS double) / (2 * count(first_score + second_score))
            AS decimal(12, 2)) AS score_a_player,
       max(greatest(first_score, second_score)) AS highest_score,
       CAST(CAST(sum(abs(first_score - second_score)) AS double)
            / count(first_score - second_score) AS decimal(12, 2)) AS margin
FROM (SELECT CAST(date_trunc('month', CAST(created_at AS date)) AS date) AS month,
        try_cast(json_extract_scalar(stats, '$.d1.Turns.t') AS bigint)
          + try_cast(json_extract_scalar(stats, '$.d2.Turns.t') AS bigint) AS turns,
        try_cast(json_extract_scalar(quickdata, '$.s[0]') AS bigint) AS first_score,
        try_cast(json_extract_scalar(quickdata, '$.s[1]') AS bigint) AS second_score
      FROM {games}) AS measured
GROUP BY 1 ORDER BY 1)sql";

constexpr std::string_view kBingos = R"sql(
SELECT month, count(bingos) AS games, sum(bingos) AS bingos,
       CAST(CAST(sum(bingos) AS double) / count(bingos) AS decimal(12, 2)) AS bingos_a_game,
       max(bingos) AS most_in_a_game
FROM (SELECT CAST(date_trunc('month', CAST(created_at AS date)) AS date) AS month,
        try_cast(json_extract_scalar(stats, '$.d1.Bingos.t') AS bigint)
          + try_cast(json_extract_scalar(stats, '$.d2.Bingos.t') AS bigint) AS bingos
      FROM {games}) AS measured
WHERE bingos IS NOT NULL GROUP BY 1 ORDER BY 1)sql";

}  // namespace

const std::vector<Report>& Reports() {
  static const std::vector<Report> reports = {
      {"games-per-day", "Games per day", PlotKind::kLine, PGATTIC_GAMES_PER("day")},
      {"games-per-week", "Games per week", PlotKind::kLine, PGATTIC_GAMES_PER("week")},
      {"games-per-month", "Games per month", PlotKind::kLine, PGATTIC_GAMES_PER("month")},
      {"games-per-year", "Games per year", PlotKind::kBars, PGATTIC_GAMES_PER("year")},
      {"end-reasons", "How games ended", PlotKind::kBars, kEndReasons},
      {"lexicons", "Games by lexicon", PlotKind::kBars, kLexicons},
      {"languages", "Games by language", PlotKind::kBars, kLanguages},
      {"bots", "Bots and humans", PlotKind::kStacked, kBots},
      {"tournaments", "Tournaments and their games", PlotKind::kLine, kTournaments},
      {"top-players", "Who played most in a month", PlotKind::kNone, kTopPlayers},
      {"scores", "Length and scores of games", PlotKind::kLine, kScores},
      {"bingos", "Bingos", PlotKind::kLine, kBingos},
  };
  return reports;
}

#undef PGATTIC_GAMES_PER

Result<const Report*> FindReport(std::string_view name) {
  std::string names;
  for (const Report& report : Reports()) {
    if (report.name == name) return &report;
    names += (names.empty() ? "" : ", ") + std::string(report.name);
  }
  return {Code::kInvalidArgument,
          "there is no report '" + std::string(name) + "'; there are " + names};
}

std::string SqlOf(const Report& report, std::string_view table, std::string_view engine) {
  std::string sql = Replaced(std::string(report.sql), "{games}", table);
  if (engine != "duckdb") return sql;
  // DuckDB asks a calendar for each row, whatever the time zone; this does not.
  return Replaced(std::move(sql), kDay, "CAST(make_timestamp(epoch_us(created_at)) AS date)");
}

}  // namespace pgattic::analytics
