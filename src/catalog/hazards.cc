#include "catalog/hazards.h"

#include <array>

#include "catalog/hazard_probes.h"
#include "catalog/relation.h"

namespace pgattic::catalog {
namespace {

/// A query that returns one row per finding, $1 the parent, $2 the partition.
struct Probe {
  const char* code;
  bool refuses;
  const char* sql;
  const char* before;  ///< The message is before + finding + after.
  const char* after;
};

constexpr std::array<Probe, 15> kProbes = {{
    {"foreign_key_in", true,
     "SELECT format('%s on %s', conname, conrelid::regclass) FROM pg_constraint WHERE contype "
     "= 'f' AND confrelid IN ($1::oid, $2::oid) AND conparentid = 0",
     "foreign key ", " refers to this table: archived rows would leave its reach; drop it"},
    {"subscription", true,
     "SELECT srsubid FROM pg_subscription_rel WHERE srrelid = $2::oid AND $1::oid <> 0",
     "the partition is filled by logical subscription ",
     ": late rows from the publisher would be skipped; archive on the publisher"},
    {"kind", true,
     "SELECT CASE c.relkind WHEN 'p' THEN 'sub-partitioned' WHEN 'f' THEN 'a foreign table' "
     "ELSE 'of kind ' || c.relkind::text END FROM pg_class c WHERE oid = $2::oid AND relkind <> "
     "'r' "
     "AND $1::oid <> 0",
     "the partition is ", ": only plain tables can be archived"},
    {"access_method", true,
     "SELECT am.amname FROM pg_class c JOIN pg_am am ON am.oid = c.relam WHERE c.oid = "
     "$2::oid AND am.amname <> 'heap' AND $1::oid <> 0",
     "access method ", " has no tuple identity to prove rows by: only heap can be archived"},
    {"unlogged", true,
     "SELECT 'x' FROM pg_class WHERE oid = $2::oid AND relpersistence <> 'p' AND $1::oid <> 0",
     "the partition is unlogged or temporary (", "): a crash may empty it; SET LOGGED first"},
    {"rule_or_view", true,
     "SELECT DISTINCT format('%s %s', CASE v.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN "
     "'materialized view' ELSE 'rule on' END, v.oid::regclass) FROM pg_depend d JOIN "
     "pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class WHERE d.classid = "
     "'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $2::oid "
     "AND $1::oid <> 0",
     "", " depends on the partition: DROP TABLE would be refused; drop it"},
    {"trigger", true,
     "SELECT tgname FROM pg_trigger WHERE tgrelid = $2::oid AND NOT tgisinternal AND "
     "tgparentid = 0 AND $1::oid <> 0",
     "trigger ", " is the partition's own: late rows would not fire it; drop it"},
    {"dependent", true,
     "SELECT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_class c JOIN pg_type t ON "
     "t.oid = c.reltype JOIN pg_depend d ON d.deptype = 'n' AND (d.refclassid = "
     "'pg_class'::regclass AND d.refobjid = c.oid OR d.refclassid = 'pg_type'::regclass AND "
     "d.refobjid IN (t.oid, t.typarray)) WHERE c.oid = $2::oid AND $1::oid <> 0 AND d.classid NOT "
     "IN ('pg_rewrite'::regclass, 'pg_constraint'::regclass, 'pg_trigger'::regclass) AND NOT "
     "EXISTS "
     // Generated columns and policies go with their table.
     "(SELECT FROM pg_depend own WHERE own.classid = d.classid AND own.objid = d.objid AND "
     "own.refclassid = 'pg_class'::regclass AND own.refobjid = c.oid AND own.deptype IN ('a', "
     "'i'))",
     "", " depends on the partition: DROP TABLE would be refused; drop it"},
    // A table that was attached later may own the sequence behind the parent's default.
    {"sequence", true,
     "SELECT format('%s, which %s uses', s.oid::regclass, pg_describe_object(d.classid, d.objid, "
     "d.objsubid)) FROM pg_depend own JOIN pg_class s ON s.oid = own.objid AND s.relkind = 'S' "
     "JOIN "
     "pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid AND d.deptype = "
     "'n' "
     "WHERE own.classid = 'pg_class'::regclass AND own.refclassid = 'pg_class'::regclass AND "
     "own.refobjid = $2::oid AND own.deptype IN ('a', 'i') AND $1::oid <> 0 AND NOT EXISTS (SELECT "
     "FROM pg_depend o WHERE o.classid = d.classid AND o.objid = d.objid AND o.refclassid = "
     "'pg_class'::regclass AND o.refobjid = $2::oid AND o.deptype IN ('a', 'i'))",
     "sequence ",
     ", is owned by the partition: DROP TABLE would be refused; ALTER SEQUENCE OWNED BY the "
     "parent's column"},
    {"foreign_key_own", true,
     "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = $2::oid AND "
     "conparentid = 0 AND $1::oid <> 0",
     "foreign key ", " is the partition's own: late rows would not be held to it; drop it"},
    {"foreign_key_out", false,
     "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = $2::oid AND "
     "conparentid <> 0 AND $1::oid <> 0",
     "foreign key ",
     " is dropped from the table when it is detached; a rollback adds it "
     "again"},
    {"unique_key", false,
     "SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid = $2::oid "
     "AND $1::oid <> 0",
     "unique key ",
     " no longer reaches archived rows: an upsert of an old id would make a "
     "second row"},
    {"standby", false, "SELECT application_name FROM pg_stat_replication WHERE $1::oid <> $2::oid",
     "standby ", ": its readers of this table wait out the swap"},
    {"long_transaction", false,
     "SELECT format('pid %s, since %s', pid, date_trunc('second', xact_start)) FROM "
     "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
     "xact_start < now() - interval '5 minutes' AND $1::oid <> $2::oid",
     "long transaction (", "): the mark waits for its snapshot to end"},
    {"prepared_transaction", false,
     "SELECT quote_literal(gid) FROM pg_prepared_xacts WHERE database = current_database() AND "
     "prepared < now() - interval '5 minutes' AND $1::oid <> $2::oid",
     "prepared transaction ", ": where it holds a lock on this table, the swap waits for its end"},
}};

constexpr const char* kPublicationSql = R"sql(
SELECT pubname || ' FOR ALL TABLES' FROM pg_publication WHERE puballtables
UNION ALL
SELECT p.pubname FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
WHERE r.prrelid = $1::oid)sql";
// PostgreSQL 15 and later.
constexpr const char* kSchemaPublicationSql = R"sql(
UNION ALL
SELECT format('%s FOR TABLES IN SCHEMA %s', p.pubname, n.pnnspid::regnamespace)
FROM pg_publication_namespace n JOIN pg_publication p ON p.oid = n.pnpubid
WHERE n.pnnspid IN (to_regnamespace('pgattic'),
                    (SELECT relnamespace FROM pg_class WHERE oid = $1::oid)))sql";
constexpr int kSchemaPublicationsSince = 150000;
// Before, a walsender never asks again whether a table is published of which it has decoded rows.
constexpr const char* kParentPublicationSql = R"sql(
SELECT p.pubname FROM pg_partition_ancestors($1::oid) AS a
JOIN pg_publication_rel r ON r.prrelid = a.relid JOIN pg_publication p ON p.oid = r.prpubid
WHERE a.relid <> $1::oid)sql";
constexpr int kAttachIsPublishedSince = 150000;

/// Subscribers of the parent, where the server does not tell them of attached partitions.
Status AddParentPublications(const OpContext& ctx, pg::Connection& connection,
                             const Partition& partition, bool allowed,
                             std::vector<Hazard>& hazards) {
  if (connection.server_version() >= kAttachIsPublishedSince) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx, kParentPublicationSql, {std::to_string(partition.oid)}));
  for (int i = 0; i < rows.rows(); ++i) {
    hazards.push_back(
        {"publication_of_parent",
         "publication " + rows.Text(i, 0) +
             " lists the parent, and PostgreSQL 14 does not tell its subscribers that a partition "
             "is attached: after a rollback or restore they would miss rows of the month, or get "
             "some twice; upgrade to PostgreSQL 15, or set allow_publications = true for this "
             "source and never roll back or restore without copying the subscriber's table anew",
         !allowed});
  }
  return Status::Ok();
}

/// "confirmed" hazards are told instead of refused.
Status AddPublications(const OpContext& ctx, pg::Connection& connection, const Partition& partition,
                       bool allowed, std::vector<Hazard>& hazards) {
  std::string sql = kPublicationSql;
  if (connection.server_version() >= kSchemaPublicationsSince) sql += kSchemaPublicationSql;
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           connection.Exec(ctx, sql, {std::to_string(partition.oid)}));
  for (int i = 0; i < rows.rows(); ++i) {
    hazards.push_back({"publication",
                       "publication " + rows.Text(i, 0) +
                           " would carry the journal or moved rows to subscribers that do "
                           "not expect them; publish the parent by name instead, or set "
                           "allow_publications = true for this source",
                       !allowed});
  }
  return AddParentPublications(ctx, connection, partition, allowed, hazards);
}

/// The swap locks a DEFAULT partition and scans it: one that holds rows is refused.
Status AddDefaultPartition(const OpContext& ctx, pg::Connection& connection,
                           const SourceTable& source, std::vector<Hazard>& hazards) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult found,
      connection.Exec(ctx,
                      "SELECT partdefid::regclass FROM pg_partitioned_table WHERE partrelid = "
                      "$1::oid AND partdefid <> 0",
                      {std::to_string(source.oid)}));
  if (found.empty()) return Status::Ok();
  // regclass prints a name as SQL reads it, schema and quotes included.
  const std::string name = found.Text(0, 0);
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult holds,
                           connection.Exec(ctx, "SELECT EXISTS (SELECT FROM " + name + ")"));
  if (holds.Bool(0, 0)) {
    hazards.push_back({"default_partition",
                       "DEFAULT partition " + name +
                           " holds rows: a swap would scan it under an exclusive lock; move its "
                           "rows into partitions of their own",
                       true});
  } else {
    hazards.push_back({"default_partition",
                       "DEFAULT partition " + name +
                           " is locked by the swap while it is empty; "
                           "with rows in it the swap is refused",
                       false});
  }
  return Status::Ok();
}

}  // namespace

Result<std::vector<Hazard>> FindHazards(const OpContext& ctx, pg::Connection& connection,
                                        const SourceTable& source, const Partition& partition,
                                        const HazardOptions& options) {
  std::vector<Hazard> hazards;
  if (!partition.unsupported_bounds.empty()) {
    hazards.push_back({"bounds",
                       "bounds " + partition.unsupported_bounds +
                           " are not one finite range of time: such a partition has no month",
                       true});
  }
  for (const Probe& probe : kProbes) {
    PGATTIC_ASSIGN_OR_RETURN(
        const pg::QueryResult rows,
        connection.Exec(ctx, probe.sql,
                        {std::to_string(source.oid), std::to_string(partition.oid)}));
    for (int i = 0; i < rows.rows(); ++i) {
      hazards.push_back({probe.code, probe.before + rows.Text(i, 0) + probe.after, probe.refuses});
    }
  }
  PGATTIC_RETURN_IF_ERROR(
      AddPublications(ctx, connection, partition, options.allow_publications, hazards));
  PGATTIC_RETURN_IF_ERROR(AddDefaultPartition(ctx, connection, source, hazards));
  PGATTIC_RETURN_IF_ERROR(AddRegTypes(ctx, connection, partition, hazards));
  PGATTIC_RETURN_IF_ERROR(AddEncoding(ctx, connection, source, hazards));
  PGATTIC_RETURN_IF_ERROR(
      AddMissingAccess(ctx, connection, source, partition, options.marks_games, hazards));
  if (partition.kind == 'r') {
    PGATTIC_ASSIGN_OR_RETURN(const bool null_ids,
                             HasNullIds(ctx, connection, source, {partition.name, partition.oid}));
    if (null_ids) {
      hazards.push_back({"null_id",
                         "some rows have no id in \"" + source.id_column +
                             "\": they could never be read back; give them one",
                         true});
    }
  }
  return hazards;
}

Status RefuseHazards(const std::vector<Hazard>& hazards, const std::string& partition) {
  std::string reasons;
  for (const Hazard& hazard : hazards) {
    if (!hazard.refuses) continue;
    reasons += (reasons.empty() ? "" : "; ") + hazard.message;
  }
  if (reasons.empty()) return Status::Ok();
  return {Code::kFailedPrecondition,
          partition + " cannot be archived: " + reasons + "; nothing was changed"};
}

}  // namespace pgattic::catalog
