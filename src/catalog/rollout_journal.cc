#include "catalog/rollout_journal.h"

#include "base/failpoint.h"
#include "catalog/wall_time.h"

namespace pgattic::catalog {
namespace {

/// Of $1, $2, $3: those of Named.
constexpr const char* kOfSource = "database_name = $1 AND schema_name = $2 AND table_name = $3";

pg::Params Named(const model::SourceId& source, const pg::Params& more = {}) {
  pg::Params params = {source.database, source.schema, source.table};
  params.insert(params.end(), more.begin(), more.end());
  return params;
}

WallTime InstantOf(const pg::QueryResult& rows, int row, int column) {
  return WallTime(std::chrono::microseconds(rows.Int(row, column)));
}

}  // namespace

Result<RolloutRecord> RolloutJournal::Load(const OpContext& ctx, const model::SourceId& source) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(ctx,
                       "SELECT stage, " + SqlMicros("since") + ", " + SqlMicros("held_since") +
                           ", held_why, revision FROM pgattic.rollout WHERE " + kOfSource,
                       Named(source)));
  RolloutRecord record;
  record.source = source;
  if (rows.empty()) return record;
  record.stage = static_cast<int>(rows.Int(0, 0));
  record.since = InstantOf(rows, 0, 1);
  if (!rows.IsNull(0, 2)) record.held_since = InstantOf(rows, 0, 2);
  record.held_why = rows.Text(0, 3);
  record.revision = rows.Int(0, 4);
  return record;
}

Status RolloutJournal::Change(const OpContext& ctx, const RolloutRecord& former, RolloutRecord next,
                              const std::string& event, const std::string& detail, WallTime now) {
  next.revision = former.revision + 1;
  PGATTIC_FAILPOINT("rollout.before_record");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(ctx, connection_));
  const pg::Params row = Named(
      next.source, {std::to_string(next.stage), InstantParam(next.since),
                    next.held_since ? pg::Param(InstantParam(*next.held_since)) : std::nullopt,
                    next.held_why, std::to_string(next.revision)});
  const std::string values =
      "$4::int4, " + SqlInstant(5) + ", " + SqlInstant(6) + ", $7::text, $8::int8";
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult written,
      connection_.Exec(
          ctx,
          former.revision == 0
              ? "INSERT INTO pgattic.rollout (database_name, schema_name, table_name, stage, "
                "since, held_since, held_why, revision) VALUES ($1, $2, $3, " +
                    values + ") ON CONFLICT DO NOTHING"
              : "UPDATE pgattic.rollout SET (stage, since, held_since, held_why, revision) = (" +
                    values + ") WHERE " + kOfSource + " AND revision = $8::int8 - 1",
          row));
  if (written.affected() != 1) {
    return {Code::kConflict, "another process changed the roll-out of " + next.source.Name() +
                                 " meanwhile; this one changed nothing. Look again"};
  }
  PGATTIC_RETURN_IF_ERROR(
      connection_
          .Exec(ctx,
                "INSERT INTO pgattic.rollout_event (database_name, schema_name, table_name, at, "
                "revision, stage, event, detail) VALUES ($1, $2, $3, " +
                    SqlInstant(4) + ", $5, $6, $7, $8)",
                Named(next.source, {InstantParam(now), std::to_string(next.revision),
                                    std::to_string(next.stage), event, detail}))
          .status());
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(ctx));
  PGATTIC_FAILPOINT("rollout.after_record");
  return Status::Ok();
}

Result<std::vector<RolloutEvent>> RolloutJournal::Events(const OpContext& ctx,
                                                         const model::SourceId& source) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(ctx,
                       "SELECT " + SqlMicros("at") +
                           ", revision, stage, event, detail, who FROM pgattic.rollout_event "
                           "WHERE " +
                           kOfSource + " ORDER BY revision",
                       Named(source)));
  std::vector<RolloutEvent> events;
  for (int i = 0; i < rows.rows(); ++i) {
    events.push_back({InstantOf(rows, i, 0), rows.Int(i, 1), static_cast<int>(rows.Int(i, 2)),
                      rows.Text(i, 3), rows.Text(i, 4), rows.Text(i, 5)});
  }
  return events;
}

Status RolloutJournal::AddSample(const OpContext& ctx, const model::SourceId& source, WallTime at,
                                 const HealthSums& sample, std::chrono::seconds keep) {
  const auto text = [](std::int64_t number) { return std::to_string(number); };
  return connection_
      .Exec(ctx,
            "WITH old AS (DELETE FROM pgattic.health_sample WHERE " + std::string(kOfSource) +
                " AND at < " + SqlInstant(4) +
                " - $11::int8 * interval '1 second') INSERT INTO pgattic.health_sample AS s "
                "(database_name, schema_name, table_name, at, seconds, answers, errors, slow, "
                "canaries, ill) VALUES ($1, $2, $3, " +
                SqlInstant(4) +
                ", $5, $6, $7, $8, $9, $10) ON CONFLICT (database_name, schema_name, table_name, "
                "at) DO UPDATE SET seconds = greatest(s.seconds, excluded.seconds), answers = "
                "s.answers + excluded.answers, errors = s.errors + excluded.errors, slow = s.slow "
                "+ excluded.slow, canaries = s.canaries + excluded.canaries, ill = s.ill + "
                "excluded.ill",
            Named(source, {InstantParam(at), text(sample.seconds), text(sample.answers),
                           text(sample.errors), text(sample.slow), text(sample.canaries),
                           text(sample.ill), text(keep.count())}))
      .status();
}

Result<HealthSums> RolloutJournal::Sum(const OpContext& ctx, const model::SourceId& source,
                                       WallTime from, WallTime to) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection_.Exec(ctx,
                       "SELECT coalesce(sum(seconds), 0)::int8, coalesce(sum(answers), 0)::int8, "
                       "coalesce(sum(errors), 0)::int8, coalesce(sum(slow), 0)::int8, "
                       "coalesce(sum(canaries), 0)::int8, coalesce(sum(ill), 0)::int8 FROM "
                       "pgattic.health_sample WHERE " +
                           std::string(kOfSource) + " AND at >= " + SqlInstant(4) + " AND at < " +
                           SqlInstant(5),
                       Named(source, {InstantParam(from), InstantParam(to)})));
  return HealthSums{row.Int(0, 0), row.Int(0, 1), row.Int(0, 2),
                    row.Int(0, 3), row.Int(0, 4), row.Int(0, 5)};
}

}  // namespace pgattic::catalog
