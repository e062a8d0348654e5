-- The least that `pgattic init`, `plan`, `archive`, `rollback` and `verify` need, for one source.
-- Once, as a superuser. Before PostgreSQL 16 also as the owner of tables, schema and database, where
-- that has CREATEROLE; since then nobody may grant membership in himself.
--
--   psql -d woogles -v owner=woogles -v schema=public -f grants.sql
--
-- -v role=NAME is the role that runs pgattic (pgattic), -v games=off leaves out what only
-- profile = "games" needs. Safe to repeat. The role needs no SUPERUSER, REPLICATION, CREATEDB,
-- CREATEROLE or BYPASSRLS.
\set ON_ERROR_STOP on
\if :{?role}
\else
  \set role pgattic
\endif
\if :{?games}
\else
  \set games on
\endif

SELECT format('CREATE ROLE %I LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec

-- For the schema pgattic, the journal. Once init has made it:
--   REVOKE CREATE ON DATABASE woogles FROM pgattic;
GRANT CONNECT, CREATE ON DATABASE :"DBNAME" TO :"role";

-- DETACH and DROP are the owner's alone. Membership gives all rights of that role: where it owns
-- more than the table to be archived, give the table an owner of its own first.
GRANT :"owner" TO :"role";

-- The late partition is made there, by the owner.
GRANT USAGE, CREATE ON SCHEMA :"schema" TO :"owner";
GRANT USAGE ON SCHEMA :"schema" TO :"role";

\if :games
  -- The swap is done as the owner, and looks again whether the marks can be taken back.
  GRANT SELECT, UPDATE (migration_status) ON :"schema".games TO :"role", :"owner";
\endif
