// PartExport: one part, from one COPY stream to one object.
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// What the export of one part needs. References outlive the call.
struct PartExport {
  const OpContext& ctx;
  store::ObjectStore& store;
  const catalog::SourceTable& source;
  const catalog::ArchiveRecord& record;
  const model::TableSchema& schema;
  const columnar::PartWriterOptions& options;
  /// Told of what was read; may block, to pace the COPY. An error ends it.
  const std::function<Status(std::int64_t rows, std::int64_t bytes)>& on_rows;

  /// Exports `part` over `connection` in a transaction of its own and fills in what was
  /// written. The object is complete when it returns OK. FailedPrecondition when the schema
  /// is no longer record.schema_fingerprint; Unsupported with Origin {"column", NAME} when
  /// that column has to travel as text.
  Status Run(pg::Connection& connection, catalog::JournalPart& part) const;

 private:
  Result<std::unique_ptr<store::Upload>> StartUpload(pg::Connection& connection,
                                                     const catalog::JournalPart& part) const;
};

}  // namespace pgattic::archive
