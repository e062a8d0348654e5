#include "report_questions.h"

namespace pgattic::test {
namespace {

std::string GamesPer(const std::string& unit) {
  return "SELECT concat_ws('|', date_trunc('" + unit +
         "', created_at)::date, count(*)) FROM public.past_games GROUP BY "
         "date_trunc('" +
         unit + "', created_at) ORDER BY date_trunc('" + unit + "', created_at)";
}

constexpr const char* kEndReasons = R"sql(
SELECT concat_ws('|', reason, count(*)) FROM (
  SELECT coalesce((ARRAY['none', 'time', 'standard', 'consecutive zeroes', 'resigned', 'aborted',
                         'triple challenge', 'cancelled', 'force forfeit',
                         'adjudicated'])[game_end_reason + 1], 'other') AS reason
  FROM public.past_games) r
GROUP BY reason ORDER BY count(*) DESC, reason COLLATE "C")sql";

constexpr const char* kLexicons = R"sql(
SELECT concat_ws('|', lexicon, count(*), min(created_at)::date, max(created_at)::date) FROM (
  SELECT coalesce(nullif(game_request->>'lexicon', ''), 'unknown') AS lexicon, created_at
  FROM public.past_games) r
GROUP BY lexicon ORDER BY count(*) DESC, lexicon COLLATE "C")sql";

constexpr const char* kLanguages = R"sql(
SELECT concat_ws('|', language, count(*)) FROM (
  SELECT coalesce(nullif(game_request->'rules'->>'letterDistributionName', ''),
                  nullif(game_request->'rules'->>'letter_distribution_name', ''),
                  'unknown') AS language
  FROM public.past_games) r
GROUP BY language ORDER BY count(*) DESC, language COLLATE "C")sql";

constexpr const char* kBots = R"sql(
SELECT concat_ws('|', month, opponents, count(*)) FROM (
  SELECT date_trunc('month', created_at)::date AS month,
    CASE WHEN type = 2 OR bots = 2 THEN 'two bots'
         WHEN bots = 1 OR coalesce(game_request->>'playerVsBot',
                                   game_request->>'player_vs_bot') = 'true' THEN 'bot and human'
         ELSE 'two humans' END AS opponents
  FROM public.past_games, LATERAL (
    SELECT count(*) FROM jsonb_array_elements(
      CASE WHEN jsonb_typeof(quickdata->'pi') = 'array' THEN quickdata->'pi' ELSE '[]' END) p
    WHERE p->>'is_bot' = 'true') b(bots)) r
GROUP BY month, opponents ORDER BY month, opponents COLLATE "C")sql";

constexpr const char* kTournaments = R"sql(
SELECT concat_ws('|', date_trunc('month', created_at)::date, count(DISTINCT tournament_data->>'Id'),
                 count(*))
FROM public.past_games WHERE tournament_data->>'Id' <> ''
GROUP BY date_trunc('month', created_at) ORDER BY date_trunc('month', created_at))sql";

constexpr const char* kTopPlayers = R"sql(
SELECT concat_ws('|', month, place, player, games, wins) FROM (
  SELECT month, player, count(*) AS games, sum(won) AS wins,
         row_number() OVER (PARTITION BY month
                            ORDER BY count(*) DESC, sum(won) DESC, player COLLATE "C") AS place
  FROM (SELECT date_trunc('month', created_at)::date AS month,
               quickdata->'pi'->seat->>'nickname' AS player, (winner_idx = seat)::int AS won
        FROM public.past_games, generate_series(0, 1) AS seat) s
  WHERE player <> '' GROUP BY month, player) r
WHERE place <= 10 ORDER BY month, place)sql";

constexpr const char* kScores = R"sql(
SELECT concat_ws('|', date_trunc('month', created_at)::date, count(*),
  round((sum(turns)::float8 / count(turns))::numeric, 2),
  round((sum(one + two)::float8 / (2 * count(one + two)))::numeric, 2),
  max(greatest(one, two)), round((sum(abs(one - two))::float8 / count(one - two))::numeric, 2))
FROM (SELECT created_at, (stats->'d1'->'Turns'->>'t')::bigint + (stats->'d2'->'Turns'->>'t')::bigint
               AS turns,
             (quickdata->'s'->>0)::bigint AS one, (quickdata->'s'->>1)::bigint AS two
      FROM public.past_games) r
GROUP BY date_trunc('month', created_at) ORDER BY date_trunc('month', created_at))sql";

constexpr const char* kBingos = R"sql(
SELECT concat_ws('|', date_trunc('month', created_at)::date, count(bingos), sum(bingos),
                 round((sum(bingos)::float8 / count(bingos))::numeric, 2), max(bingos))
FROM (SELECT created_at,
             (stats->'d1'->'Bingos'->>'t')::bigint + (stats->'d2'->'Bingos'->>'t')::bigint AS bingos
      FROM public.past_games) r
WHERE bingos IS NOT NULL
GROUP BY date_trunc('month', created_at) ORDER BY date_trunc('month', created_at))sql";

}  // namespace

std::vector<ReportQuestion> ReportQuestions() {
  return {{"games-per-day", GamesPer("day")},
          {"games-per-week", GamesPer("week")},
          {"games-per-month", GamesPer("month")},
          {"games-per-year", GamesPer("year")},
          {"end-reasons", kEndReasons},
          {"lexicons", kLexicons},
          {"languages", kLanguages},
          {"bots", kBots},
          {"tournaments", kTournaments},
          {"top-players", kTopPlayers},
          {"scores", kScores},
          {"bingos", kBingos}};
}

}  // namespace pgattic::test
