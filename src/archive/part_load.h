// Part load: the rows of one part, from its object into a table of PostgreSQL.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "archive/run_context.h"
#include "columnar/copy_rows.h"

namespace pgattic::archive {

/// Which rows of the archive are loaded. Called with ids as PostgreSQL's text, from several
/// threads.
using WantsRow = std::function<bool(const std::string& id)>;
/// Returns true for all ids but those that were erased: they must not come back.
Result<WantsRow> NotErased(const RunContext& run);

/// Reads the schemas of the parts and says how a table takes their rows: the columns of `relation`
/// as they are now. FailedPrecondition when it cannot (columnar::CheckLoadable). One small request
/// a part.
Result<columnar::LoadTarget> LoadTargetOf(const RunContext& run, std::uint32_t relation,
                                          const std::vector<catalog::JournalPart>& parts);

/// What loading one part needs. References for the length of the call.
struct PartLoad {
  const RunContext& run;
  const pg::QualifiedName& table;
  const columnar::LoadTarget& target;
  const WantsRow& wants;
  const std::function<void(std::int64_t rows, std::int64_t bytes)>& on_rows;  ///< Since the last.

  /// COPY … FROM of the wanted rows, in the caller's transaction, which must be rolled back unless
  /// this returns OK: then the part's bytes, rows and digest are those that were proven. Returns
  /// the digest of the compared columns. Errors: Corruption (the part), those of PostgreSQL.
  Result<RowDigest> Load(pg::Connection& connection, const catalog::JournalPart& part) const;
};

/// What a table was found to hold, with PostgreSQL's own output. A plain value.
struct TableContents {
  RowDigest digest;                  ///< Of the compared columns.
  catalog::Fingerprint fingerprint;  ///< Which tuples they are of.
};

/// Digests a whole relation over `connection`, in one statement.
Result<TableContents> ReadTable(const RunContext& run, pg::Connection& connection,
                                const catalog::RelationRef& relation,
                                const columnar::LoadTarget& target);
/// The same, of the rows alone that the transaction of `connection` wrote into it, triggers
/// included. REQUIRES: a transaction that wrote.
Result<RowDigest> ReadWrittenRows(const RunContext& run, pg::Connection& connection,
                                  const catalog::RelationRef& relation,
                                  const columnar::LoadTarget& target);
/// As ReadTable, by several sessions at once, each a range of blocks. Statements see what is
/// committed as they begin: the fingerprint tells whether that was one state.
Result<TableContents> ReadTableInCrew(const RunContext& run, const catalog::RelationRef& relation,
                                      const columnar::LoadTarget& target, int workers);

}  // namespace pgattic::archive
