#include "catalog/time_zone.h"

namespace pgattic::catalog {
namespace {

// $1 the zone, $2 and $3 microseconds. Days on which the offset is another than the day before are
// looked at by quarters of an hour, at which zones change.
constexpr const char* kOffsetsSql = R"sql(
WITH day AS (
  SELECT at, lag(at) OVER (ORDER BY at) AS before,
         extract(epoch FROM (at AT TIME ZONE $1) - (at AT TIME ZONE 'UTC'))::int8 AS seconds
  FROM generate_series(
    date_trunc('hour', 'epoch'::timestamptz + $2::int8 * interval '1 microsecond'),
    'epoch'::timestamptz + $3::int8 * interval '1 microsecond' + interval '1 day',
    interval '1 day') AS at),
changed AS (
  SELECT day.before, day.at AS after FROM day JOIN day AS former ON former.at = day.before
  WHERE former.seconds <> day.seconds),
step AS (
  SELECT at, extract(epoch FROM (at AT TIME ZONE $1) - (at AT TIME ZONE 'UTC'))::int8 AS seconds
  FROM changed, generate_series(before, after, interval '15 minutes') AS at
  UNION (SELECT at, seconds FROM day ORDER BY at LIMIT 1))
SELECT (extract(epoch FROM at) * 1000000)::int8, seconds FROM (
  SELECT at, seconds, lag(seconds) OVER (ORDER BY at) AS former FROM step) AS compared
WHERE former IS DISTINCT FROM seconds ORDER BY at)sql";

}  // namespace

Result<std::vector<OffsetChange>> LoadOffsets(const OpContext& ctx, pg::Connection& connection,
                                              const std::string& zone, WallTime from, WallTime to) {
  Result<pg::QueryResult> rows =
      connection.Exec(ctx, kOffsetsSql,
                      {zone, std::to_string(from.time_since_epoch().count()),
                       std::to_string(to.time_since_epoch().count())});
  if (!rows.ok()) {
    if (!rows.Is(Code::kInvalidArgument)) return std::move(rows).status();
    return {Code::kInvalidArgument,
            "PostgreSQL knows no time zone '" + zone +
                "'; write a name of pg_timezone_names, such as Europe/Berlin or UTC"};
  }
  std::vector<OffsetChange> changes;
  for (int i = 0; i < rows->rows(); ++i) {
    changes.push_back({WallTime(std::chrono::microseconds(rows->Int(i, 0))),
                       std::chrono::seconds(rows->Int(i, 1))});
  }
  if (changes.empty()) return {Code::kInternal, "no offset of a time zone between two instants"};
  return changes;
}

}  // namespace pgattic::catalog
