#include "catalog/step_times.h"

#include <algorithm>
#include <string>

#include "catalog/relation.h"

namespace pgattic::catalog {
namespace {

std::vector<std::string> EventNames() {
  std::vector<std::string> names;
  for (const model::Event event : model::kAllEvents) names.emplace_back(model::EventName(event));
  return names;
}

}  // namespace

Result<std::vector<StepTime>> StepTimesSince(const OpContext& ctx, pg::Connection& connection,
                                             const std::map<std::int64_t, std::int64_t>& known) {
  std::vector<std::string> ids;
  std::vector<std::string> revisions;
  for (const auto& [id, revision] : known) {
    ids.push_back(std::to_string(id));
    revisions.push_back(std::to_string(revision));
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(
          ctx,
          "SELECT archive_id, revision, event, extract(epoch FROM at - CASE event WHEN $4 THEN "
          "greatest(before, least(drop_after, at)) ELSE before END)::text FROM ("
          "SELECT e.id, e.archive_id, e.revision, e.event, e.at, a.drop_after, "
          "coalesce(k.revision, 0) AS known, "
          "lag(e.at) OVER (PARTITION BY e.archive_id ORDER BY e.id) AS before "
          "FROM pgattic.archive a "
          "LEFT JOIN unnest($1::bigint[], $2::bigint[]) AS k (id, revision) ON k.id = a.id "
          "JOIN pgattic.event e ON e.archive_id = a.id AND e.event = ANY ($3::text[]) "
          "WHERE a.database_name = current_database() AND a.revision > coalesce(k.revision, 0)"
          ") AS all_events WHERE revision > known AND before IS NOT NULL ORDER BY id",
          {ArrayLiteral(ids), ArrayLiteral(revisions), ArrayLiteral(EventNames()),
           std::string(model::EventName(model::Event::kDropped))}));
  std::vector<StepTime> times;
  for (int i = 0; i < rows.rows(); ++i) {
    const std::string name = rows.Text(i, 2);
    const auto* const event = std::find_if(
        model::kAllEvents.begin(), model::kAllEvents.end(),
        [&](model::Event known_event) { return model::EventName(known_event) == name; });
    times.push_back({rows.Int(i, 0), rows.Int(i, 1), *event, std::stod(rows.Text(i, 3))});
  }
  return times;
}

}  // namespace pgattic::catalog
