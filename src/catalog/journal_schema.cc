#include "catalog/journal_schema.h"

#include <array>
#include <string>

namespace pgattic::catalog {
namespace {

/// Element n brings version n to n + 1.
constexpr std::array<const char*, kJournalVersion> kMigrations = {R"sql(
CREATE TABLE pgattic.archive (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  database_name text NOT NULL,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  partition_name text NOT NULL,
  bound_from text NOT NULL,
  bound_to text NOT NULL,
  from_us bigint NOT NULL,
  to_us bigint NOT NULL,
  phase text NOT NULL CHECK (phase IN ('planned', 'exporting', 'uploaded', 'verified',
                                       'marked', 'detached', 'archived')),
  revision bigint NOT NULL,
  generation integer NOT NULL,
  attempt integer NOT NULL,
  round integer NOT NULL,
  next_part integer NOT NULL DEFAULT 0,
  nonce text NOT NULL,
  relation_schema text NOT NULL,
  relation_name text NOT NULL,
  relation_oid bigint NOT NULL,
  late_name text NOT NULL DEFAULT '',
  relation_bytes bigint NOT NULL DEFAULT 0,
  fingerprint_rows bigint,
  fingerprint_sum numeric,
  schema_fingerprint text NOT NULL DEFAULT '',
  text_columns text[] NOT NULL DEFAULT '{}',
  system_identifier text NOT NULL,
  timeline bigint NOT NULL,
  metadata_etag text NOT NULL DEFAULT '',
  checksums_etag text NOT NULL DEFAULT '',
  former_bytes bigint NOT NULL DEFAULT 0,
  marked_xid text NOT NULL DEFAULT '',
  detached_at timestamptz,
  drop_after timestamptz,
  error text,
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (database_name, schema_name, table_name, from_us, to_us));
CREATE TABLE pgattic.part (
  archive_id bigint NOT NULL REFERENCES pgattic.archive (id),
  number integer NOT NULL,
  round integer NOT NULL,
  attempt integer NOT NULL,
  state text NOT NULL CHECK (state IN ('writing', 'uploaded', 'verified', 'obsolete')),
  published boolean NOT NULL DEFAULT false,
  key text NOT NULL UNIQUE,
  nonce text NOT NULL,
  id_from text,
  id_to text,
  rows bigint NOT NULL DEFAULT 0,
  raw_bytes bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0,
  footer_bytes bigint NOT NULL DEFAULT 0,
  fingerprint_sum numeric NOT NULL DEFAULT 0,
  digest_sum text NOT NULL DEFAULT '00000000000000000000000000000000',
  sha256 text NOT NULL DEFAULT '',
  etag text NOT NULL DEFAULT '',
  version_id text NOT NULL DEFAULT '',
  crc64nvme text NOT NULL DEFAULT '',
  min_id text NOT NULL DEFAULT '',
  max_id text NOT NULL DEFAULT '',
  filter_key text NOT NULL DEFAULT '',
  filter_etag text NOT NULL DEFAULT '',
  PRIMARY KEY (archive_id, number));
CREATE TABLE pgattic.former_status (
  archive_id bigint NOT NULL REFERENCES pgattic.archive (id),
  round integer NOT NULL,
  games_id bigint NOT NULL,
  status smallint NOT NULL,
  PRIMARY KEY (archive_id, games_id));
CREATE TABLE pgattic.event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  archive_id bigint NOT NULL REFERENCES pgattic.archive (id),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  revision bigint NOT NULL,
  phase text NOT NULL,
  event text NOT NULL,
  detail text NOT NULL,
  who text NOT NULL DEFAULT session_user || ' pid ' || pg_backend_pid());
CREATE INDEX event_archive_id ON pgattic.event (archive_id, id);
CREATE TABLE pgattic.look (
  relation_oid bigint PRIMARY KEY,
  updates bigint NOT NULL,
  deletes bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now());
)sql",
                                                                  R"sql(
ALTER TABLE pgattic.archive ADD COLUMN route bigint NOT NULL DEFAULT 0;
)sql",
                                                                  R"sql(
CREATE TABLE pgattic.scheduled_run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  database_name text NOT NULL,
  job text NOT NULL,
  due_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'done', 'deferred', 'failed', 'stopped')),
  attempt integer NOT NULL,
  revision bigint NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  who text NOT NULL DEFAULT '',
  detail text NOT NULL DEFAULT '',
  UNIQUE (database_name, job, due_at));
CREATE TABLE pgattic.rollout (
  database_name text NOT NULL,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  stage integer NOT NULL,
  since timestamptz NOT NULL,
  held_since timestamptz,
  held_why text NOT NULL DEFAULT '',
  revision bigint NOT NULL,
  PRIMARY KEY (database_name, schema_name, table_name));
CREATE TABLE pgattic.rollout_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  database_name text NOT NULL,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  at timestamptz NOT NULL,
  revision bigint NOT NULL,
  stage integer NOT NULL,
  event text NOT NULL,
  detail text NOT NULL,
  who text NOT NULL DEFAULT session_user || ' pid ' || pg_backend_pid(),
  UNIQUE (database_name, schema_name, table_name, revision));
CREATE TABLE pgattic.health_sample (
  database_name text NOT NULL,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  at timestamptz NOT NULL,
  seconds integer NOT NULL,
  answers bigint NOT NULL,
  errors bigint NOT NULL,
  slow bigint NOT NULL,
  canaries bigint NOT NULL,
  ill bigint NOT NULL,
  PRIMARY KEY (database_name, schema_name, table_name, at));
)sql",
                                                                  R"sql(
CREATE TABLE pgattic.secret (name text PRIMARY KEY, value text NOT NULL);
INSERT INTO pgattic.secret VALUES ('erasure', replace(
  gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));
CREATE TABLE pgattic.erasure_request (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  database_name text NOT NULL,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  who text NOT NULL DEFAULT session_user || ' pid ' || pg_backend_pid(),
  ids integer NOT NULL,
  table_rows bigint NOT NULL DEFAULT 0,
  archived_rows bigint NOT NULL DEFAULT 0,
  archives text[] NOT NULL DEFAULT '{}',
  finished_at timestamptz);
CREATE TABLE pgattic.erasure (
  database_name text NOT NULL,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  id_hash text NOT NULL,
  request_id bigint REFERENCES pgattic.erasure_request (id),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (database_name, schema_name, table_name, id_hash));
CREATE TABLE pgattic.archive_erasure (
  archive_id bigint NOT NULL REFERENCES pgattic.archive (id),
  id_hash text NOT NULL,
  PRIMARY KEY (archive_id, id_hash));
CREATE TABLE pgattic.part_copy (
  archive_id bigint NOT NULL,
  number integer NOT NULL,
  etag text NOT NULL,
  version_id text NOT NULL,
  crc64nvme text NOT NULL,
  filter_etag text NOT NULL,
  copied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (archive_id, number),
  FOREIGN KEY (archive_id, number) REFERENCES pgattic.part ON DELETE CASCADE);
CREATE TABLE pgattic.archive_copy (
  archive_id bigint PRIMARY KEY REFERENCES pgattic.archive (id),
  generation integer NOT NULL,
  checksums_etag text NOT NULL,
  metadata_etag text NOT NULL,
  copied_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE pgattic.part_proof (
  archive_id bigint NOT NULL,
  number integer NOT NULL,
  proven_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  scrubbed_bytes bigint NOT NULL DEFAULT 0,
  damage text,
  PRIMARY KEY (archive_id, number),
  FOREIGN KEY (archive_id, number) REFERENCES pgattic.part ON DELETE CASCADE);
)sql",
                                                                  R"sql(
CREATE TABLE pgattic.restore (
  archive_id bigint PRIMARY KEY REFERENCES pgattic.archive (id),
  stage text NOT NULL CHECK (stage IN ('loading', 'attached', 'done')),
  relation_schema text NOT NULL,
  relation_name text NOT NULL,
  relation_oid bigint NOT NULL,
  fingerprint_rows bigint,
  fingerprint_sum numeric,
  at timestamptz NOT NULL DEFAULT now());
CREATE TABLE pgattic.restored_part (
  archive_id bigint NOT NULL REFERENCES pgattic.restore (archive_id) ON DELETE CASCADE,
  number integer NOT NULL,
  rows bigint NOT NULL,
  digest_sum text NOT NULL,
  PRIMARY KEY (archive_id, number));
)sql",
                                                                  R"sql(
ALTER TABLE pgattic.part ADD COLUMN narrow jsonb;
)sql"};

/// Returns -1 where there is no journal.
Result<int> InstalledVersion(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult there,
      connection.Exec(ctx, "SELECT to_regclass('pgattic.schema_version') IS NOT NULL"));
  if (!there.Bool(0, 0)) return -1;
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult row,
                           connection.Exec(ctx, "SELECT version FROM pgattic.schema_version"));
  return row.empty() ? -1 : static_cast<int>(row.Int(0, 0));
}

Status Newer(int version) {
  return {Code::kFailedPrecondition,
          "the schema pgattic is of version " + std::to_string(version) +
              ", this program knows version " + std::to_string(kJournalVersion) +
              "; nothing was changed. Run the newer pgattic that made it"};
}

/// The journal's first row would stop a subscriber that has no such table.
Status RefusePublished(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT pubname FROM pg_publication WHERE puballtables LIMIT 1"));
  if (row.empty()) return Status::Ok();
  return {Code::kFailedPrecondition,
          "publication " + row.Text(0, 0) +
              " FOR ALL TABLES would send the journal to its subscribers and stop those that have "
              "no schema pgattic; nothing was changed. Publish tables by name, or make the schema "
              "there and set allow_publications = true for a source"};
}

}  // namespace

Status InstallJournal(const OpContext& ctx, pg::Connection& connection, bool allow_publications) {
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(ctx, connection));
  PGATTIC_RETURN_IF_ERROR(
      connection.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('pgattic.schema_version'))")
          .status());
  PGATTIC_ASSIGN_OR_RETURN(const int found, InstalledVersion(ctx, connection));
  if (found > kJournalVersion) return Newer(found);
  if (found == kJournalVersion) return Status::Ok();
  if (!allow_publications) PGATTIC_RETURN_IF_ERROR(RefusePublished(ctx, connection));
  if (found < 0) {
    PGATTIC_RETURN_IF_ERROR(
        connection.ExecScript(ctx,
                              "CREATE SCHEMA IF NOT EXISTS pgattic;"
                              "CREATE TABLE pgattic.schema_version (version integer NOT NULL);"
                              "INSERT INTO pgattic.schema_version VALUES (0)"));
  }
  for (int version = found < 0 ? 0 : found; version < kJournalVersion; ++version) {
    PGATTIC_RETURN_IF_ERROR(
        connection.ExecScript(ctx, kMigrations.at(static_cast<std::size_t>(version)))
            .While("making version " + std::to_string(version + 1) + " of schema pgattic"));
  }
  PGATTIC_RETURN_IF_ERROR(connection
                              .Exec(ctx, "UPDATE pgattic.schema_version SET version = $1",
                                    {std::to_string(kJournalVersion)})
                              .status());
  return transaction->Commit(ctx);
}

Status CheckJournal(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(const int found, InstalledVersion(ctx, connection));
  if (found == kJournalVersion) return Status::Ok();
  if (found > kJournalVersion) return Newer(found);
  return {Code::kFailedPrecondition,
          found < 0 ? "this database has no schema pgattic; run `pgattic init` once"
                    : "the schema pgattic is of an older version; run `pgattic init`"};
}

}  // namespace pgattic::catalog
