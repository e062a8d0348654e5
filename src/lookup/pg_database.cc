#include "lookup/pg_database.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>

#include "catalog/erasures.h"
#include "lookup/row_json.h"

namespace pgattic::lookup {

template <typename T, typename Call>
Result<T> PgDatabase::Guarded(const OpContext& caller, Says says, const Call& call) {
  std::optional<resilience::CircuitBreaker::Permit> permit = breaker_.TryAcquire();
  if (!permit) {
    return {Code::kUnavailable, "PostgreSQL failed several times; it is left alone for a moment"};
  }
  const auto started = SystemClock().SteadyNow();
  Result<T> result = call(caller.WithDeadline(options_.deadline));
  const bool is_down = result.Is(Code::kUnavailable) || result.Is(Code::kDeadlineExceeded);
  if (!is_down && !result.Is(Code::kCancelled) && says == Says::kEither) permit->Succeeded();
  const bool was_fair =
      caller.Check().ok() || SystemClock().SteadyNow() - started >= options_.fair_time;
  if (is_down && was_fair) permit->Failed();
  return result;
}

class PgSession final : public DatabaseSession {
 public:
  PgSession(PgDatabase& owner, pg::Pool::Lease lease) : owner_(owner), lease_(std::move(lease)) {}

  Result<catalog::Look> Look(const OpContext& caller,
                             const std::vector<std::string>& ids) override {
    return Asked<catalog::Look>(caller, [&](const OpContext& ctx) { return LookOnce(ctx, ids); });
  }

  Result<catalog::Picture> Picture(const OpContext& caller) override {
    return Asked<catalog::Picture>(caller, [&](const OpContext& ctx) {
      return catalog::LoadPicture(ctx, *lease_, owner_.source_.id);
    });
  }

  Result<std::vector<bool>> Erased(const OpContext& caller,
                                   const std::vector<std::string>& ids) override {
    return Asked<std::vector<bool>>(caller, [&](const OpContext& ctx) -> Result<std::vector<bool>> {
      PGATTIC_ASSIGN_OR_RETURN(const catalog::ErasureList list,
                               catalog::LoadErasuresOf(ctx, *lease_, owner_.source_.id, ids));
      std::vector<bool> erased;
      for (const std::string& id : ids) erased.push_back(list.Contains(id));
      return erased;
    });
  }

  Result<Glance> LookAndRows(const OpContext& caller, const Ask& ask) override {
    return Asked<Glance>(caller, [&](const OpContext& ctx) { return GlanceOnce(ctx, ask); });
  }

  Result<RowsOfIds> Rows(const OpContext& caller, const std::vector<Ask>& asks) override {
    return Asked<RowsOfIds>(caller, [&](const OpContext& ctx) { return RowsOnce(ctx, asks); });
  }

 private:
  template <typename T, typename Call>
  Result<T> Asked(const OpContext& caller, const Call& call) {
    return owner_.Guarded<T>(caller, PgDatabase::Says::kEither, call);
  }
  /// A turn at asking `games`, and the time for it: `games` may be locked, and as much is left to
  /// find rows by id alone. Nothing where there are no hints, or none for a moment.
  struct Hints {
    resilience::CircuitBreaker::Permit permit;
    OpContext ctx;
    bool is_fair = false;  ///< Who cannot answer in that time is slow.
  };
  std::optional<Hints> TakeHints(const OpContext& ctx);
  Result<catalog::Look> LookOnce(const OpContext& ctx, const std::vector<std::string>& ids);
  Result<catalog::Look> LookWithout(const OpContext& ctx, const std::vector<std::string>& ids);
  /// After a statement with hints failed.
  Result<catalog::Look> LookPast(const OpContext& ctx, const std::vector<std::string>& ids,
                                 Hints& hints, Status why);
  Result<Glance> GlanceOnce(const OpContext& ctx, const Ask& ask);
  Result<Glance> GlanceOf(const OpContext& ctx, const Ask& ask, const PgDatabase::Live& live,
                          const catalog::Glance& both);
  Result<RowsOfIds> RowsOnce(const OpContext& ctx, const std::vector<Ask>& asks);
  Result<std::shared_ptr<const PgDatabase::Live>> Live(const OpContext& ctx);
  static FoundRow RowOf(const PgDatabase::Live& live, const catalog::LiveRow& row);
  Status Add(const OpContext& ctx, const PgDatabase::Live& live, const std::vector<Ask>& asks,
             bool timed, RowsOfIds& rows);

  PgDatabase& owner_;
  pg::Pool::Lease lease_;
  std::string stamp_;
};

std::optional<PgSession::Hints> PgSession::TakeHints(const OpContext& ctx) {
  if (!owner_.options_.is_games) return std::nullopt;
  std::optional<resilience::CircuitBreaker::Permit> permit = owner_.hints_.TryAcquire();
  if (!permit) return std::nullopt;
  const auto left = ctx.Remaining(owner_.options_.deadline);
  return Hints{std::move(*permit), ctx.WithDeadline(left / 2), left >= owner_.options_.fair_time};
}

Result<catalog::Look> PgSession::LookWithout(const OpContext& ctx,
                                             const std::vector<std::string>& ids) {
  Result<catalog::Look> look =
      catalog::LookAround(ctx, *lease_, owner_.source_.id, ids, /*with_hints=*/false);
  if (look.ok()) stamp_ = look->stamp.source;
  return look;
}

Result<catalog::Look> PgSession::LookPast(const OpContext& ctx, const std::vector<std::string>& ids,
                                          Hints& hints, Status why) {
  if (!lease_->usable() || !lease_->is_idle()) return why;
  // games is a hint only: without it rows are found by id alone.
  Result<catalog::Look> look = LookWithout(ctx, ids);
  if (look.ok() && why.Is(Code::kDeadlineExceeded) && hints.is_fair) hints.permit.Failed();
  return look;
}

Result<catalog::Look> PgSession::LookOnce(const OpContext& ctx,
                                          const std::vector<std::string>& ids) {
  std::optional<Hints> hints = TakeHints(ctx);
  if (!hints) return LookWithout(ctx, ids);
  Result<catalog::Look> look = catalog::LookAround(hints->ctx, *lease_, owner_.source_.id, ids,
                                                   /*with_hints=*/true);
  if (!look.ok()) return LookPast(ctx, ids, *hints, look.status());
  hints->permit.Succeeded();
  stamp_ = look->stamp.source;
  return look;
}

// What is loaded may be newer than the stamp: then the next look shows another one. A session that
// has not looked has no stamp, by which nothing could be known again.
Result<std::shared_ptr<const PgDatabase::Live>> PgSession::Live(const OpContext& ctx) {
  const bool has_looked = !stamp_.empty();
  if (auto live = owner_.live(); has_looked && live && live->stamp == stamp_) return live;
  auto loaded = std::make_shared<PgDatabase::Live>();
  loaded->stamp = stamp_;
  const catalog::SourceTable& known = owner_.source_;
  PGATTIC_ASSIGN_OR_RETURN(loaded->source,
                           catalog::LoadSource(ctx, *lease_, known.name(), known.id_column));
  if (loaded->source.id_kind != known.id_kind ||
      loaded->source.partition_type != known.partition_type) {
    return {Code::kFailedPrecondition,
            "the type of the id or of the partition column of " + known.id.Name() +
                " is another than when this reader was made; start it again"};
  }
  PGATTIC_ASSIGN_OR_RETURN(
      loaded->schema, catalog::LoadColumns(ctx, *lease_, loaded->source.oid, known.id_column, {}));
  std::shared_ptr<const PgDatabase::Live> live = std::move(loaded);
  if (has_looked) owner_.Keep(live);
  return live;
}

FoundRow PgSession::RowOf(const PgDatabase::Live& live, const catalog::LiveRow& row) {
  const std::vector<model::Column>& columns = live.schema.columns;
  const auto time = std::find_if(columns.begin(), columns.end(), [&](const model::Column& column) {
    return column.name == live.source.partition_column;
  });
  return MakeRow(columns, row.values,
                 static_cast<std::size_t>(std::distance(columns.begin(), time)));
}

Status PgSession::Add(const OpContext& ctx, const PgDatabase::Live& live,
                      const std::vector<Ask>& asks, bool timed, RowsOfIds& rows) {
  std::unordered_map<std::string, std::vector<std::size_t>> places;
  std::vector<std::string> ids;
  std::vector<std::string> times;
  for (std::size_t i = 0; i < asks.size(); ++i) {
    if (asks[i].times.empty() == timed) continue;
    if (places[asks[i].id].empty()) ids.push_back(asks[i].id);
    places[asks[i].id].push_back(i);
    times.insert(times.end(), asks[i].times.begin(), asks[i].times.end());
  }
  if (ids.empty()) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::LiveRow> found,
                           catalog::LiveRows(ctx, *lease_, live.source, live.schema, ids, times));
  for (const catalog::LiveRow& row : found) {
    for (const std::size_t place : places[row.id]) {
      rows[place].push_back(RowOf(live, row));
    }
  }
  return Status::Ok();
}

// Columns are taken to be what they last were; the look says whether they are.
Result<Glance> PgSession::GlanceOnce(const OpContext& ctx, const Ask& ask) {
  const std::shared_ptr<const PgDatabase::Live> live = owner_.live();
  const bool is_games = owner_.options_.is_games;
  std::optional<Hints> hints = live ? TakeHints(ctx) : std::nullopt;
  // Where hints are done without, the look shows no time that rows could be read for.
  if (live && (hints || !is_games)) {
    const Result<catalog::Glance> both =
        catalog::LookAndRows(hints ? hints->ctx : ctx, *lease_, live->source, live->schema,
                             {ask.id, ask.times, is_games});
    if (both.ok() && hints) hints->permit.Succeeded();
    if (both.ok()) return GlanceOf(ctx, ask, *live, *both);
    if (hints && both.Is(Code::kDeadlineExceeded)) {
      PGATTIC_ASSIGN_OR_RETURN(catalog::Look look, LookPast(ctx, {ask.id}, *hints, both.status()));
      return Glance{std::move(look), std::nullopt};
    }
  }
  hints.reset();
  PGATTIC_ASSIGN_OR_RETURN(catalog::Look look, LookOnce(ctx, {ask.id}));
  return Glance{std::move(look), std::nullopt};
}

Result<Glance> PgSession::GlanceOf(const OpContext& ctx, const Ask& ask,
                                   const PgDatabase::Live& live, const catalog::Glance& both) {
  // Asking for them again would only take as long again.
  if (both.rows.Is(Code::kDeadlineExceeded) && !ctx.Check().ok()) return both.rows.status();
  stamp_ = both.look.stamp.source;
  Glance glance{both.look, std::nullopt};
  if (!both.rows.ok() || live.stamp != stamp_) return glance;
  glance.rows.emplace(1);
  for (const catalog::LiveRow& row : *both.rows) {
    if (row.id == ask.id) glance.rows->front().push_back(RowOf(live, row));
  }
  return glance;
}

Result<RowsOfIds> PgSession::RowsOnce(const OpContext& ctx, const std::vector<Ask>& asks) {
  PGATTIC_ASSIGN_OR_RETURN(const auto live, Live(ctx));
  RowsOfIds rows(asks.size());
  Status read = Add(ctx, *live, asks, false, rows);
  if (read.ok()) read = Add(ctx, *live, asks, true, rows);
  if (read.ok()) return rows;
  owner_.Keep(nullptr);  // Perhaps of columns that are no longer.
  return read;
}

Result<std::unique_ptr<DatabaseSession>> PgDatabase::Open(const OpContext& ctx) {
  // One that lies idle is handed out without a word to the server.
  return Guarded<std::unique_ptr<DatabaseSession>>(
      ctx, Says::kFailureOnly,
      [&](const OpContext& bounded) -> Result<std::unique_ptr<DatabaseSession>> {
        PGATTIC_ASSIGN_OR_RETURN(pg::Pool::Lease lease, pool_.Acquire(bounded));
        return std::unique_ptr<DatabaseSession>(
            std::make_unique<PgSession>(*this, std::move(lease)));
      });
}

std::shared_ptr<const PgDatabase::Live> PgDatabase::live() const {
  const std::lock_guard lock(mutex_);
  return live_;
}

void PgDatabase::Keep(std::shared_ptr<const Live> live) {
  const std::lock_guard lock(mutex_);
  live_ = std::move(live);
}

}  // namespace pgattic::lookup
