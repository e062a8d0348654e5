#include "tests/torture/table.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sandbox/game_schema.h"

namespace pgattic::torture {
namespace {

std::string TwoDigits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

constexpr const char* kEvents = R"sql(
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'woogles') THEN
    CREATE ROLE woogles LOGIN;
  END IF;
END $$;
CREATE TABLE public.events (id bigint NOT NULL, at timestamptz NOT NULL, v text NOT NULL,
  payload text NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
ALTER TABLE public.events OWNER TO woogles;
GRANT CREATE, USAGE ON SCHEMA public TO woogles;
DO $$ BEGIN EXECUTE 'GRANT CREATE ON DATABASE ' || quote_ident(current_database()) || ' TO woogles'; END $$;
)sql";

std::string EventPartitionSql(const Month& month) {
  return std::string("CREATE TABLE public.events_") + month.suffix +
         " PARTITION OF public.events FOR VALUES FROM ('" + month.begin +
         "-01 00:00:00+00') TO ('" + month.end + "-01 00:00:00+00');" +
         "ALTER TABLE public.events_" + month.suffix + " OWNER TO woogles;";
}

}  // namespace

std::string RowValue::At() const {
  return std::string(kMonths.at(month).begin) + "-" + TwoDigits(day) + "T10:30:00Z";
}

std::string RowValue::Payload() const {
  std::string payload;
  for (std::uint64_t i = 0; i <= number % 7; ++i) payload += Text() + ";";
  return payload;
}

RowValue RowValue::Parse(const std::string& text) {
  RowValue value;
  const std::size_t slash = text.find('/');
  value.number = std::strtoull(text.c_str(), nullptr, 10);
  const std::string at = text.substr(slash + 1);
  const auto* month = std::find_if(kMonths.begin(), kMonths.end(),
                                   [&](const Month& m) { return at.starts_with(m.begin); });
  value.month = static_cast<std::size_t>(month - kMonths.begin());
  value.day = std::atoi(at.substr(8, 2).c_str());
  return value;
}

std::string Table::Partition(std::size_t month) const {
  return name() + "_" + kMonths.at(month).suffix;
}

std::string Table::At(Target target, std::size_t month) const {
  return target == Target::kParent ? "public." + name() : "ONLY public." + Partition(month);
}

Status Table::Create(const OpContext& ctx, pg::Connection& admin) const {
  if (is_games_) {
    sandbox::GameSchemaOptions options;
    for (const Month& month : kMonths) {
      options.months.push_back({std::atoi(month.begin), std::atoi(month.begin + 5)});
    }
    PGATTIC_ASSIGN_OR_RETURN(const std::string sql, sandbox::GameSchemaSql(options));
    return admin.ExecScript(ctx, sql);
  }
  std::string sql = kEvents;
  for (const Month& month : kMonths) sql += EventPartitionSql(month);
  return admin.ExecScript(ctx, sql);
}

Result<std::int64_t> Table::Insert(const OpContext& ctx, pg::Connection& on, const std::string& id,
                                   const RowValue& value, Target target) const {
  std::string into = At(target, value.month);
  if (into.starts_with("ONLY ")) into = into.substr(5);
  const pg::Params params = {id, value.At(), value.Text(), value.Payload()};
  const std::string sql =
      is_games_ ? "INSERT INTO " + into +
                      " (gid, created_at, game_end_reason, type, game_document) VALUES ($1, $2, "
                      "2, 0, jsonb_build_object('v', $3::text, 'payload', $4::text))"
                : "INSERT INTO " + into + " (id, at, v, payload) VALUES ($1, $2, $3, $4)";
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult inserted, on.Exec(ctx, sql, params));
  if (is_games_) {
    PGATTIC_RETURN_IF_ERROR(on.Exec(ctx,
                                    "INSERT INTO public.games (uuid, created_at, "
                                    "migration_status) VALUES ($1, $2, 1)",
                                    {id, value.At()})
                                .status());
  }
  return inserted.affected();
}

Result<std::int64_t> Table::Update(const OpContext& ctx, pg::Connection& on, const std::string& id,
                                   const RowValue& before, const RowValue& after,
                                   Target target) const {
  const std::string set =
      is_games_ ? "created_at = $2, game_document = jsonb_build_object('v', $3::text, 'payload', "
                  "$4::text) WHERE gid = $1"
                : "at = $2, v = $3, payload = $4 WHERE id = $1";
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult updated,
                           on.Exec(ctx, "UPDATE " + At(target, before.month) + " SET " + set,
                                   {id, after.At(), after.Text(), after.Payload()}));
  if (is_games_ && updated.affected() == 1 && before.At() != after.At()) {
    // A game that moves to another time is in the database again, whatever it was.
    PGATTIC_RETURN_IF_ERROR(on.Exec(ctx,
                                    "UPDATE public.games SET created_at = $2, migration_status = "
                                    "1 WHERE uuid = $1",
                                    {id, after.At()})
                                .status());
  }
  return updated.affected();
}

Result<std::int64_t> Table::Delete(const OpContext& ctx, pg::Connection& on, const std::string& id,
                                   const RowValue& before, Target target) const {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult deleted,
      on.Exec(ctx, "DELETE FROM " + At(target, before.month) + " WHERE " + id_column() + " = $1",
              {id}));
  if (is_games_ && deleted.affected() == 1) {
    PGATTIC_RETURN_IF_ERROR(
        on.Exec(ctx, "DELETE FROM public.games WHERE uuid = $1", {id}).status());
  }
  return deleted.affected();
}

Result<pg::QueryResult> Table::SelectAll(const OpContext& ctx, pg::Connection& on) const {
  return on.Exec(ctx, is_games_ ? "SELECT gid, game_document ->> 'v', created_at::text, "
                                  "game_document ->> 'payload' FROM public.past_games"
                                : "SELECT id::text, v, at::text, payload FROM public.events");
}

std::string Table::ValueOf(const std::string& row_json) const {
  const nlohmann::json row = nlohmann::json::parse(row_json, nullptr, false);
  if (!row.is_object()) return "mixed: not JSON: " + row_json;
  const nlohmann::json document = is_games_ ? row.value("game_document", nlohmann::json()) : row;
  const std::string text = document.value("v", "");
  const std::string at = row.value(is_games_ ? "created_at" : "at", "");
  const RowValue value = RowValue::Parse(text);
  if (value.month >= kMonths.size() || value.At() != at ||
      document.value("payload", "") != value.Payload()) {
    return "mixed: " + row_json;
  }
  return text;
}

}  // namespace pgattic::torture
