// DuckDbEngine: DuckDB within this process.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "base/secret.h"
#include "engine/query_engine.h"

namespace pgattic::engine {

/// How DuckDB reaches a bucket. A plain value.
struct DuckDbS3 {
  std::string endpoint;  ///< "http://host:port" or "https://…"; "": AWS's of the region.
  std::string region;
  bool path_style = false;
  Secret access_key;
  Secret secret_key;
  Secret session_token;
  std::string ca_file;  ///< PEM; "": the system's.
};

/// What DuckDB may take. A plain value.
struct DuckDbOptions {
  int threads = 0;                      ///< 0: one a core.
  std::int64_t memory_bytes = 1 << 30;  ///< Beyond it, it spills or fails.
  std::string spill_folder;             ///< "": it never spills.
  std::string extension_folder;         ///< "": the folder that libduckdb lies in.
  std::optional<DuckDbS3> s3;           ///< Loads httpfs from the extension folder.
};

/// A scan of the plan of a statement. A plain value.
struct Scan {
  std::string table;                  ///< "" for files.
  std::vector<std::string> columns;   ///< That it hands on.
  std::string filters;                ///< That it applies, as DuckDB words them.
  std::optional<std::int64_t> files;  ///< That are left of all; nullopt: all.

  /// True when the scan needs the column, or may.
  bool Touches(const std::string& column) const;
};

/// An empty database in memory, without files of its own. Extensions come from a local folder
/// and are never fetched. Until Restrict(), statements may read whatever the process can; from
/// Lock() on, nothing can be defined and no setting changed. Thread-safe.
class DuckDbEngine final : public QueryEngine {
 public:
  /// FailedPrecondition where an extension is missing; InvalidArgument for options that DuckDB
  /// refuses.
  static Result<std::unique_ptr<DuckDbEngine>> Open(const OpContext& ctx,
                                                    const DuckDbOptions& options);
  ~DuckDbEngine() override;

  std::string_view name() const override { return "duckdb"; }

  /// Runs pgattic's own statements, such as CREATE VIEW. Never what somebody typed.
  Status Define(const OpContext& ctx, const std::string& sql);
  /// Only these files, and what lies below these folders, can be read from now on.
  Status Restrict(const OpContext& ctx, const std::vector<std::string>& files,
                  const std::vector<std::string>& folders);
  /// `bytes_scanned` counts these files alone, of those that Restrict() named.
  void CountOnly(std::vector<std::string> files);
  /// The first statement after it tells its sink how far it is.
  Status Lock(const OpContext& ctx);

  /// Returns the scans of one query, or of the one that is explained; it is planned and not run.
  /// Errors as Run.
  Result<std::vector<Scan>> Plan(const OpContext& ctx, const Query& query);
  /// Returns the rows of a short answer.
  Result<std::vector<std::vector<AnswerValue>>> Rows(const OpContext& ctx, const Query& query);

  /// As the port says. Answers SELECT, WITH, VALUES, DESCRIBE, SHOW and EXPLAIN alone, one
  /// statement. A parameter that stands where a whole number is wanted is one, else text.
  /// `bytes_scanned` is what the columns touched take, compressed, in the files that are left after
  /// pruning: at most so much is read. Where that is more than `max_bytes`, nothing is begun.
  Result<QueryCost> Run(const OpContext& ctx, const Query& query, AnswerSink& sink) override;

 private:
  struct Impl;
  explicit DuckDbEngine(std::unique_ptr<Impl> impl);
  Result<std::int64_t> BytesOf(const OpContext& ctx, const Query& query);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgattic::engine
