#include "catalog/run_progress.h"

#include <algorithm>

namespace pgattic::catalog {
namespace {

/// An export is begun anew by each run ("export started", its attempt one higher); what follows is
/// taken up where it stands, so a step is not older than the session that leads it. The session's
/// age is hidden from a role that may not see it: then the step's own is all there is.
constexpr const char* kSql = R"sql(
WITH run AS (
  SELECT a.id, a.phase, a.round, a.attempt, a.updated_at, leader.pid IS NOT NULL AS at_work,
    CASE a.phase WHEN 'exporting' THEN step.at ELSE greatest(step.at, session.backend_start) END
      AS began
  FROM pgattic.archive a
  JOIN LATERAL (
    SELECT e.at FROM pgattic.event e
    WHERE e.archive_id = a.id AND e.event NOT IN ('note', 'published')
    ORDER BY e.id DESC LIMIT 1) AS step ON true
  LEFT JOIN pg_locks leader ON leader.locktype = 'advisory' AND leader.objsubid = 2
    AND leader.granted
    AND leader.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND leader.classid::int8 = hashtext('pgattic.archive')::int8 & 4294967295
    AND leader.objid::int8 = a.id
  LEFT JOIN pg_stat_activity session ON session.pid = leader.pid
  WHERE a.database_name = current_database() AND a.phase NOT IN ('detached', 'archived')),
part AS (
  SELECT r.id, r.began, p.rows,
    CASE r.phase WHEN 'exporting' THEN p.state <> 'writing' WHEN 'uploaded' THEN
      p.state = 'verified' ELSE true END AS is_done,
    CASE r.phase WHEN 'exporting' THEN p.attempt = r.attempt ELSE s.proven_at >= r.began END
      AS is_of_step,
    CASE r.phase WHEN 'exporting' THEN r.updated_at ELSE s.proven_at END AS at
  FROM run r JOIN pgattic.part p ON p.archive_id = r.id AND p.round = r.round
    AND p.state <> 'obsolete'
  LEFT JOIN pgattic.part_proof s ON s.archive_id = p.archive_id AND s.number = p.number)
SELECT r.id, r.at_work, (extract(epoch FROM clock_timestamp() - r.began) * 1000)::int8,
  (extract(epoch FROM coalesce(max(p.at) FILTER (WHERE p.is_done AND p.is_of_step), r.began) -
    r.began) * 1000)::int8,
  count(p.id) FILTER (WHERE p.is_done), count(p.id) FILTER (WHERE p.is_done AND p.is_of_step),
  count(p.id) FILTER (WHERE NOT p.is_done),
  coalesce(sum(p.rows) FILTER (WHERE p.is_done), 0)::int8
FROM run r LEFT JOIN part p ON p.id = r.id GROUP BY r.id, r.at_work, r.began
)sql";

}  // namespace

std::optional<std::chrono::milliseconds> TimeLeft(const RunProgress& progress) {
  if (!progress.is_at_work || progress.parts_done_in_step == 0 || progress.parts_left == 0) {
    return std::nullopt;
  }
  const auto then = progress.to_last * progress.parts_left / progress.parts_done_in_step;
  const auto since = progress.in_step - progress.to_last;
  return std::max(then - since, std::chrono::milliseconds(0));
}

Result<std::map<std::int64_t, RunProgress>> LookAtRuns(const OpContext& ctx,
                                                       pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows, connection.Exec(ctx, kSql));
  std::map<std::int64_t, RunProgress> runs;
  for (int i = 0; i < rows.rows(); ++i) {
    RunProgress& run = runs[rows.Int(i, 0)];
    run.is_at_work = rows.Bool(i, 1);
    run.in_step = std::chrono::milliseconds(std::max<std::int64_t>(0, rows.Int(i, 2)));
    run.to_last = std::chrono::milliseconds(std::max<std::int64_t>(0, rows.Int(i, 3)));
    run.parts_done = rows.Int(i, 4);
    run.parts_done_in_step = rows.Int(i, 5);
    run.parts_left = rows.Int(i, 6);
    run.rows_done = rows.Int(i, 7);
  }
  return runs;
}

}  // namespace pgattic::catalog
