// RoundTrip: archives a table by the program's own code and compares what comes back.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/relation.h"
#include "columnar/part_reader.h"
#include "columnar/part_writer.h"
#include "pg/connection.h"
#include "sandbox/postgres_cluster.h"
#include "sandbox/scratch_folder.h"
#include "store/object_store.h"
#include "tests/types/random_table.h"

namespace pgattic::test {

/// One table in the store.
struct ArchivedTable {
  catalog::SourceTable source;
  catalog::RelationRef relation;
  model::TableSchema schema;
  columnar::PartSummary summary;
  std::string key;
  std::string path;  ///< The file, for other readers.
  std::string from;  ///< FROM … ORDER BY …: the table's rows in the part's order.
  std::vector<columnar::Row> rows;  ///< As PostgreSQL's output functions print them.
};

/// A server and a folder of parts. Every call blocks. Not thread-safe.
class RoundTrip {
 public:
  static Result<std::unique_ptr<RoundTrip>> Start();

  /// Makes the table in PostgreSQL.
  Status Create(const RandomTable& table);
  Status Drop(const RandomTable& table);
  /// Archives it: COPY → PartWriter → store; columns that Arrow cannot hold travel as text,
  /// and must be those that OutOfRangeColumns foresees.
  Result<ArchivedTable> Archive(const RandomTable& table);

  /// Compares the part as ReadPart reads it, whole, with PostgreSQL's rows and digests.
  Status CompareWhole(const ArchivedTable& archived);
  /// Compares point reads of its ids, and that an id that is not there finds nothing.
  Status ComparePointReads(const ArchivedTable& archived);
  /// Compares with what the proof asks PostgreSQL for.
  Status CompareWithRowsById(const ArchivedTable& archived);
  /// Loads the texts into a table of the same types: COPY … (FORMAT binary) must be the same.
  Status CompareReloaded(const ArchivedTable& archived);
  /// Loads the part as a restore does: what the table then sends must have the part's digest.
  Status CompareRestored(const ArchivedTable& archived);
  /// All of the above.
  Status Check(const RandomTable& table, ArchivedTable& archived);

  std::string url() const { return cluster_->Url(); }
  const std::string& folder() const { return scratch_->path(); }
  pg::Connection& connection() { return *connection_; }

 private:
  RoundTrip() = default;
  Result<columnar::PartSummary> Export(const RandomTable& table, const ArchivedTable& archived);
  Result<std::vector<std::string>> OutOfRange(const RandomTable& table,
                                              const ArchivedTable& archived);
  Result<std::string> CopyBinary(const std::string& select);
  columnar::ReadRange Reader(const std::string& key);

  std::unique_ptr<sandbox::PostgresCluster> cluster_;
  std::unique_ptr<sandbox::ScratchFolder> scratch_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<pg::Connection> connection_;
  int parts_ = 0;
};

}  // namespace pgattic::test
