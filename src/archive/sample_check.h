// SampleCheck: rows as the plain Parquet reader gives them, against PostgreSQL's own text.
#pragma once

#include <vector>

#include "archive/run_context.h"
#include "columnar/part_reader.h"

namespace pgattic::archive {

/// Collects rows of one part and asks PostgreSQL for the same ids, in batches. Not
/// thread-safe.
class SampleCheck {
 public:
  /// `connection` is asked; it and all other references must outlive the check.
  SampleCheck(const RunContext& run, pg::Connection& connection,
              const catalog::ArchiveRecord& record, const model::TableSchema& schema,
              const std::string& part_key)
      : run_(run), connection_(connection), record_(record), schema_(schema), part_key_(part_key) {}

  /// Takes a row; compares when a batch is full. Corruption names the id and the column.
  Status Add(columnar::Row row);
  /// Compares what is left.
  Status Finish();

 private:
  Status CompareBatch();
  const RunContext& run_;
  pg::Connection& connection_;
  const catalog::ArchiveRecord& record_;
  const model::TableSchema& schema_;
  const std::string& part_key_;
  std::vector<columnar::Row> batch_;
  std::size_t batch_bytes_ = 0;
};

}  // namespace pgattic::archive
