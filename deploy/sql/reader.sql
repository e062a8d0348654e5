-- The least that `pgattic serve`, `get` and `status` need. After `pgattic init`, as the role that
-- ran it, a superuser, or the owner of all:
--
--   psql -d woogles -v schema=public -v table=past_games -f reader.sql
--
-- -v role=NAME is the role that reads (pgattic_reader), which has to exist, -v journal=NAME the
-- one that runs `archive` (pgattic), -v games=off as in grants.sql. Safe to repeat. The role can
-- change nothing but the samples of health by which `serve` promotes a roll-out.
\set ON_ERROR_STOP on
\if :{?role}
\else
  \set role pgattic_reader
\endif
\if :{?journal}
\else
  \set journal pgattic
\endif
\if :{?games}
\else
  \set games on
\endif

GRANT USAGE ON SCHEMA pgattic, :"schema" TO :"role";
GRANT SELECT ON ALL TABLES IN SCHEMA pgattic TO :"role";
-- What a later version of the journal adds.
ALTER DEFAULT PRIVILEGES FOR ROLE :"journal" IN SCHEMA pgattic GRANT SELECT ON TABLES TO :"role";
GRANT INSERT, UPDATE, DELETE ON pgattic.health_sample TO :"role";
GRANT SELECT ON :"schema".:"table" TO :"role";
\if :games
  GRANT SELECT ON :"schema".games, :"schema".game_players TO :"role";
  SELECT format('GRANT SELECT ON %I.game_documents TO %I', :'schema', :'role')
  WHERE to_regclass(format('%I.game_documents', :'schema')) IS NOT NULL \gexec
\endif
