#include "catalog/swap.h"

#include <algorithm>

#include "base/hash.h"

namespace pgattic::catalog {
namespace {

constexpr std::size_t kMaxNameBytes = 63;

// $1: the parent, $2: the partition. The parent's lock waits for every other one. So does the
// partition's, but an autovacuum yields. Foreign keys out are dropped: their tables count too.
constexpr const char* kHoldersSql = R"sql(
SELECT format('%s on %s (%s)',
  coalesce('pid ' || l.pid,
    'prepared transaction ' || (SELECT string_agg(quote_literal(x.gid), ', ')
      FROM pg_prepared_xacts x JOIN pg_locks own ON own.locktype = 'transactionid'
        AND own.transactionid = x.transaction
      WHERE own.pid IS NULL AND own.virtualtransaction = l.virtualtransaction),
    'a prepared transaction'),
  l.relation::regclass, l.virtualtransaction)
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.relation = $1::oid
       OR l.relation = $2::oid AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
       OR l.mode NOT IN ('ShareUpdateExclusiveLock') AND l.relation IN (
         SELECT confrelid FROM pg_constraint WHERE contype = 'f' AND conrelid = $2::oid)))sql";

Result<std::vector<std::string>> Holders(const OpContext& ctx, pg::Connection& connection,
                                         std::uint32_t parent, std::uint32_t partition) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx, kHoldersSql, {std::to_string(parent), std::to_string(partition)}));
  std::vector<std::string> holders;
  for (int i = 0; i < rows.rows(); ++i) holders.push_back(rows.Text(i, 0));
  return holders;
}

/// Runs every statement that `sql` returns, one a row.
Status RunGenerated(const OpContext& ctx, pg::Connection& connection, const std::string& sql,
                    const pg::Params& params) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows, connection.Exec(ctx, sql, params));
  for (int i = 0; i < rows.rows(); ++i) {
    PGATTIC_RETURN_IF_ERROR(connection.Exec(ctx, rows.Text(i, 0)).status());
  }
  return Status::Ok();
}

// $1: the former partition, $2: the quoted name of the new one. Indexes are matched by their
// columns: those of a detached table have no parent any more.
constexpr const char* kCopyAttributesSql = R"sql(
SELECT format('GRANT %s ON %s TO %s%s', x.privilege_type, $2::text,
         CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END,
         CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) x
WHERE c.oid = $1::oid AND x.grantee <> c.relowner
UNION ALL
SELECT format('GRANT %s (%I) ON %s TO %s%s', x.privilege_type, a.attname, $2::text,
         CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END,
         CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) x
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT format('ALTER TABLE %s SET (%s)', $2::text, array_to_string(reloptions, ', '))
FROM pg_class WHERE oid = $1::oid AND reloptions IS NOT NULL
UNION ALL
SELECT format('ALTER TABLE %s SET (%s)', $2::text,
         (SELECT string_agg('toast.' || o, ', ') FROM unnest(t.reloptions) o))
FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid
WHERE c.oid = $1::oid AND t.reloptions IS NOT NULL
UNION ALL
SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', $2::text, attname, attstattarget)
FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped
  AND coalesce(attstattarget, -1) >= 0
UNION ALL
SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STORAGE %s', $2::text, a.attname,
         CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
         ELSE 'EXTENDED' END)
FROM pg_attribute a JOIN pg_attribute l ON l.attrelid = $2::text::regclass
  AND l.attname = a.attname AND l.attstorage <> a.attstorage
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
(SELECT format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', $2::text, ic.relname)
FROM pg_index i JOIN pg_index li ON li.indrelid = $2::text::regclass AND li.indisunique
  AND li.indimmediate AND li.indpred IS NULL
JOIN pg_class ic ON ic.oid = li.indexrelid
WHERE i.indrelid = $1::oid AND i.indisreplident
  AND (SELECT array_agg(a.attname ORDER BY k.n)
       FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(num, n)
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num)
    = (SELECT array_agg(a.attname ORDER BY k.n)
       FROM unnest(li.indkey::int2[]) WITH ORDINALITY k(num, n)
       JOIN pg_attribute a ON a.attrelid = li.indrelid AND a.attnum = k.num) LIMIT 1)
UNION ALL
SELECT format('ALTER TABLE %s REPLICA IDENTITY %s', $2::text,
         CASE relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END)
FROM pg_class WHERE oid = $1::oid AND relreplident IN ('f', 'n')
UNION ALL
SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', $2::text)
FROM pg_class WHERE oid = $1::oid AND relrowsecurity
UNION ALL
SELECT format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', $2::text)
FROM pg_class WHERE oid = $1::oid AND relforcerowsecurity)sql";

std::string BoundsClause(const model::Bounds& bounds) {
  return " FOR VALUES FROM (" + pg::QuoteLiteral(bounds.from) + ") TO (" +
         pg::QuoteLiteral(bounds.to) + ")";
}

/// Returns " TABLESPACE …" where the partition lies elsewhere than the parent says, or "".
Result<std::string> TablespaceClause(const OpContext& ctx, pg::Connection& connection,
                                     const SourceTable& source, const RelationRef& partition) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult found,
      connection.Exec(ctx,
                      "SELECT s.spcname FROM pg_class c JOIN pg_class p ON p.oid = $2::oid "
                      "JOIN pg_database d ON d.datname = current_database() "
                      "JOIN pg_tablespace s ON s.oid = coalesce(nullif(c.reltablespace, 0), "
                      "d.dattablespace) "
                      "WHERE c.oid = $1::oid AND c.reltablespace <> p.reltablespace",
                      {std::to_string(partition.oid), std::to_string(source.oid)}));
  if (found.empty()) return std::string();
  return " TABLESPACE " + pg::Identifier(found.Text(0, 0)).Quoted();
}

}  // namespace

Result<std::vector<std::string>> LastingHolders(const OpContext& ctx, pg::Connection& connection,
                                                std::uint32_t parent, std::uint32_t partition,
                                                std::chrono::milliseconds apart) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<std::string> first,
                           Holders(ctx, connection, parent, partition));
  if (first.empty()) return first;
  PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(apart));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> second,
                           Holders(ctx, connection, parent, partition));
  std::erase_if(first, [&](const std::string& holder) {
    return std::find(second.begin(), second.end(), holder) == second.end();
  });
  return first;
}

Result<bool> HasWaiters(const OpContext& ctx, pg::Connection& connection, std::uint32_t relation) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx,
                      "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'relation' AND "
                      "relation = $1::oid AND NOT granted AND database = (SELECT oid FROM "
                      "pg_database WHERE datname = current_database()))",
                      {std::to_string(relation)}));
  return row.Bool(0, 0);
}

Status SetLockTimeout(const OpContext& ctx, pg::Connection& connection,
                      std::chrono::milliseconds timeout) {
  return connection.Exec(ctx, "SET LOCAL lock_timeout = " + std::to_string(timeout.count()))
      .status();
}

Status LockRelation(const OpContext& ctx, pg::Connection& connection, const pg::QualifiedName& name,
                    const std::string& mode, std::chrono::milliseconds timeout) {
  PGATTIC_RETURN_IF_ERROR(SetLockTimeout(ctx, connection, timeout));
  return connection.Exec(ctx, "LOCK TABLE ONLY " + name.Quoted() + " IN " + mode + " MODE")
      .status()
      .While("waiting for a lock on " + name.Plain());
}

Result<std::chrono::milliseconds> ParentLockTimeout(const OpContext& ctx,
                                                    pg::Connection& connection,
                                                    std::chrono::milliseconds wanted) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT setting::int FROM pg_settings WHERE name = 'deadlock_timeout'"));
  return std::max(std::chrono::milliseconds(1),
                  std::min(wanted, std::chrono::milliseconds(row.Int(0, 0) / 2)));
}

Status ActAsOwner(const OpContext& ctx, pg::Connection& connection, const SourceTable& source) {
  return connection.Exec(ctx, "SET LOCAL ROLE " + pg::Identifier(source.owner).Quoted())
      .status()
      .While("acting as the owner of " + source.id.Name() +
             " (pgattic needs membership in that role)");
}

Status StopActing(const OpContext& ctx, pg::Connection& connection) {
  return connection.Exec(ctx, "RESET ROLE").status();
}

Status SetSynchronousCommit(const OpContext& ctx, pg::Connection& connection,
                            const std::string& value) {
  return connection.Exec(ctx, "SET LOCAL synchronous_commit = " + value).status();
}

Status DetachPartition(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                       const RelationRef& partition) {
  PGATTIC_RETURN_IF_ERROR(connection
                              .Exec(ctx, "ALTER TABLE " + source.name().Quoted() +
                                             " DETACH PARTITION " + partition.name.Quoted())
                              .status());
  return RunGenerated(ctx, connection,
                      "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', $2::text, conname) FROM "
                      "pg_constraint WHERE conrelid = $1::oid AND contype = 'f'",
                      {std::to_string(partition.oid), partition.name.Quoted()});
}

Status CreateLatePartition(const OpContext& ctx, pg::Connection& connection,
                           const SourceTable& source, const RelationRef& former,
                           const std::string& late_name, const model::Bounds& bounds) {
  const pg::QualifiedName late{former.name.schema, late_name};
  PGATTIC_ASSIGN_OR_RETURN(const std::string tablespace,
                           TablespaceClause(ctx, connection, source, former));
  PGATTIC_RETURN_IF_ERROR(connection
                              .Exec(ctx, "CREATE TABLE " + late.Quoted() + " PARTITION OF " +
                                             source.name().Quoted() + BoundsClause(bounds) +
                                             tablespace)
                              .status()
                              .While("making the late partition"));
  return CopyAttributes(ctx, connection, former, late)
      .While("giving the late partition the grants and options of the former one");
}

Status CopyAttributes(const OpContext& ctx, pg::Connection& connection, const RelationRef& from,
                      const pg::QualifiedName& to) {
  return RunGenerated(ctx, connection, kCopyAttributesSql, {std::to_string(from.oid), to.Quoted()});
}

Result<RelationRef> CreateLikeParent(const OpContext& ctx, pg::Connection& connection,
                                     const SourceTable& source, const pg::QualifiedName& name,
                                     const std::optional<RelationRef>& sibling) {
  std::string tablespace;
  if (sibling) {
    PGATTIC_ASSIGN_OR_RETURN(tablespace, TablespaceClause(ctx, connection, source, *sibling));
  }
  // Not its identity: a partition takes that from its parent, from PostgreSQL 17 on.
  PGATTIC_RETURN_IF_ERROR(
      connection
          .Exec(ctx, "CREATE TABLE " + name.Quoted() + " (LIKE " + source.name().Quoted() +
                         " INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING "
                         "COMPRESSION INCLUDING COMMENTS)" +
                         tablespace)
          .status()
          .While("making " + name.Plain()));
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid, FindRelation(ctx, connection, name));
  return RelationRef{name, oid};
}

Status DropRelation(const OpContext& ctx, pg::Connection& connection,
                    const pg::QualifiedName& name) {
  return connection.Exec(ctx, "DROP TABLE " + name.Quoted() + " RESTRICT").status();
}

Result<std::uint32_t> FindRelation(const OpContext& ctx, pg::Connection& connection,
                                   const pg::QualifiedName& name) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT coalesce(to_regclass($1)::oid::int8, 0)", {name.Quoted()}));
  return static_cast<std::uint32_t>(row.Int(0, 0));
}

Result<std::optional<pg::QualifiedName>> NameOfRelation(const OpContext& ctx,
                                                        pg::Connection& connection,
                                                        std::uint32_t oid) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx,
                      "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = "
                      "c.relnamespace WHERE c.oid = $1::oid",
                      {std::to_string(oid)}));
  if (row.empty()) return std::optional<pg::QualifiedName>();
  return std::optional<pg::QualifiedName>({row.Text(0, 0), row.Text(0, 1)});
}

Result<std::uint32_t> ParentOf(const OpContext& ctx, pg::Connection& connection,
                               std::uint32_t relation) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx,
                      "SELECT coalesce((SELECT inhparent::int8 FROM pg_inherits WHERE "
                      "inhrelid = $1::oid), 0)",
                      {std::to_string(relation)}));
  return static_cast<std::uint32_t>(row.Int(0, 0));
}

std::string LateName(const std::string& partition, int round) {
  std::string suffix = "_late" + (round > 1 ? std::to_string(round) : std::string());
  if (partition.size() + suffix.size() <= kMaxNameBytes) return partition + suffix;
  suffix = "_" + Sha256::Of(AsBytes(partition)).substr(0, 8) + suffix;
  std::string base = partition.substr(0, kMaxNameBytes - suffix.size());
  // Not through the middle of a UTF-8 sequence.
  while (!base.empty() && (static_cast<unsigned char>(partition[base.size()]) & 0xC0) == 0x80) {
    base.pop_back();
  }
  return base + suffix;
}

}  // namespace pgattic::catalog
