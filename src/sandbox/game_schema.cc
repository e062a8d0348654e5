#include "sandbox/game_schema.h"

#include <algorithm>
#include <string_view>

#include "sandbox/calendar.h"

namespace pgattic::sandbox {
namespace {

constexpr std::size_t kMaxNameBytes = 63;  // NAMEDATALEN - 1

// `games` is wide and almost all nullable: uuid is neither unique nor NOT NULL, created_at may
// be NULL, and the data columns are NULL once a game has been moved to past_games.
constexpr std::string_view kGames = R"sql(
CREATE TABLE public.users (
  id           serial PRIMARY KEY,
  created_at   timestamptz,
  uuid         varchar(24),
  username     varchar(32),
  internal_bot boolean DEFAULT false
);
CREATE TABLE public.games (
  id               serial PRIMARY KEY,
  created_at       timestamptz,
  updated_at       timestamptz,
  deleted_at       timestamptz,
  uuid             varchar(24),
  player0_id       integer REFERENCES public.users (id),
  player1_id       integer REFERENCES public.users (id),
  timers           jsonb,
  started          boolean,
  game_end_reason  integer,
  winner_idx       integer,
  loser_idx        integer,
  request          bytea,
  history          bytea,
  stats            jsonb,
  quickdata        jsonb,
  tournament_data  jsonb,
  tournament_id    text,
  ready_flag       bigint,
  meta_events      jsonb,
  type             integer,
  game_request     jsonb NOT NULL DEFAULT '{}',
  history_in_s3    boolean NOT NULL DEFAULT false,
  migration_status smallint DEFAULT 0
);
CREATE INDEX idx_games_uuid            ON public.games (uuid);
CREATE INDEX idx_game_creation_date    ON public.games (created_at);
CREATE INDEX idx_games_deleted_at      ON public.games (deleted_at);
CREATE INDEX idx_games_game_end_reason ON public.games (game_end_reason);
CREATE INDEX idx_games_player0_id      ON public.games (player0_id);
CREATE INDEX idx_games_player1_id      ON public.games (player1_id);
CREATE INDEX idx_games_tournament_id   ON public.games (tournament_id);
CREATE INDEX rematch_req_idx           ON public.games USING hash ((quickdata ->> 'o'));
)sql";

// No primary key, no unique key, no foreign key in or out, no DEFAULT partition.
constexpr std::string_view kPastGames = R"sql(
CREATE TABLE public.past_games (
  gid             text        NOT NULL,
  created_at      timestamptz NOT NULL,
  game_end_reason smallint    NOT NULL,
  winner_idx      smallint,
  game_request    jsonb       NOT NULL DEFAULT '{}',
  game_document   jsonb       NOT NULL DEFAULT '{}',
  stats           jsonb       NOT NULL DEFAULT '{}',
  quickdata       jsonb       NOT NULL DEFAULT '{}',
  type            smallint    NOT NULL,
  tournament_data jsonb
) PARTITION BY RANGE (created_at);
CREATE INDEX idx_past_games_gid             ON public.past_games (gid);
CREATE INDEX idx_past_games_created_at      ON public.past_games (created_at);
CREATE INDEX idx_past_games_tournament_id   ON public.past_games
  USING hash ((tournament_data ->> 'Id'));
CREATE INDEX idx_past_games_rematch_req_idx ON public.past_games
  USING hash ((quickdata ->> 'o'));
)sql";

constexpr std::string_view kOthers = R"sql(
CREATE TABLE public.game_players (
  game_uuid           text     NOT NULL,
  player_id           integer  NOT NULL REFERENCES public.users (id),
  player_index        smallint NOT NULL CHECK (player_index IN (0, 1)),
  score               integer  NOT NULL,
  won                 boolean,
  game_end_reason     smallint NOT NULL,
  rating_before       integer,
  rating_after        integer,
  rating_delta        integer,
  created_at          timestamptz NOT NULL,
  game_type           smallint NOT NULL,
  opponent_id         integer  NOT NULL REFERENCES public.users (id),
  opponent_score      integer  NOT NULL,
  original_request_id text,
  PRIMARY KEY (game_uuid, player_id)
);
CREATE INDEX idx_game_players_player_created ON public.game_players
  (player_id, created_at DESC);
CREATE INDEX idx_game_players_opponents      ON public.game_players
  (player_id, opponent_id, created_at DESC);
CREATE INDEX idx_game_players_orig_req       ON public.game_players (original_request_id);
CREATE INDEX idx_game_players_rating_change  ON public.game_players (player_id, rating_delta)
  WHERE rating_delta IS NOT NULL;
CREATE TABLE public.game_documents (game_id text UNIQUE NOT NULL, document jsonb);
CREATE TABLE public.game_comments (
  id        uuid    UNIQUE NOT NULL,
  game_id   bigint  NOT NULL REFERENCES public.games (id),
  author_id integer NOT NULL REFERENCES public.users (id),
  comment   text    NOT NULL
);
CREATE TABLE public.puzzles (
  id      bigserial PRIMARY KEY,
  game_id bigint NOT NULL REFERENCES public.games (id)
);
)sql";

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && name[0] >= 'a' && name[0] <= 'z' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

Status Validate(const GameSchemaOptions& options) {
  if (!IsPlainName(options.owner)) {
    return {Code::kInvalidArgument,
            "the owner '" + options.owner + "' is not a plain lower-case name"};
  }
  if (options.bounds_zone.find_first_of("'\\") != std::string::npos) {
    return {Code::kInvalidArgument, "'" + options.bounds_zone + "' is not a time zone"};
  }
  for (const model::YearMonth& month : options.months) {
    if (month.year < 1000 || month.year > 9998 || month.month < 1 || month.month > 12) {
      return {Code::kInvalidArgument, "there is no month " + std::to_string(month.year) + "-" +
                                          std::to_string(month.month)};
    }
  }
  return Status::Ok();
}

std::string OwnerSql(const std::string& owner) {
  return "DO $$ BEGIN\n"
         "  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '" +
         owner +
         "') THEN\n"
         "    CREATE ROLE " +
         owner +
         " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;\n"
         "  END IF;\n"
         "  EXECUTE pg_catalog.format('GRANT CREATE ON DATABASE %I TO " +
         owner +
         "',\n"
         "                            pg_catalog.current_database());\n"
         "END $$;\n"
         "GRANT CREATE, USAGE ON SCHEMA public TO " +
         owner + ";\n";
}

std::string PartitionsSql(const GameSchemaOptions& options) {
  const bool bare_dates = !options.bounds_zone.empty();
  const std::string time = bare_dates ? "" : " 00:00:00+00";
  std::string sql;
  if (bare_dates) sql += "SET LOCAL TimeZone = '" + options.bounds_zone + "';\n";
  for (const model::YearMonth& month : options.months) {
    sql.append("CREATE TABLE public.").append(PartitionName(month));
    sql.append(" PARTITION OF public.past_games FOR VALUES FROM ('").append(FirstDay(month));
    sql.append(time).append("') TO ('").append(FirstDay(NextMonth(month)));
    sql.append(time).append("');\n");
  }
  return sql;
}

}  // namespace

std::string PartitionName(model::YearMonth month) {
  std::string day = FirstDay(month);
  std::ranges::replace(day, '-', '_');
  return "past_games_" + day.substr(0, 7);
}

Result<std::string> GameSchemaSql(const GameSchemaOptions& options) {
  PGATTIC_RETURN_IF_ERROR(Validate(options));
  std::string sql = "BEGIN;\n" + OwnerSql(options.owner);
  sql += "SET LOCAL ROLE " + options.owner + ";";
  for (const std::string_view part : {kGames, kPastGames, kOthers}) sql += part;
  return sql + PartitionsSql(options) + "COMMIT;\n";
}

Result<std::string> GamePartitionsSql(const GameSchemaOptions& options) {
  PGATTIC_RETURN_IF_ERROR(Validate(options));
  return "BEGIN;\nSET LOCAL ROLE " + options.owner + ";\n" + PartitionsSql(options) + "COMMIT;\n";
}

}  // namespace pgattic::sandbox
