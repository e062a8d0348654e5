// DuckDbViews: DuckDB with views over the archives of the journal and over live rows.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/duckdb_engine.h"
#include "engine/query_engine.h"
#include "pg/connection.h"
#include "pg/identifier.h"

namespace pgattic::analytics {

/// A source whose rows have views. A plain value.
struct ViewSource {
  pg::QualifiedName table;
  std::string id_column;
  bool is_games = false;
};

/// What the views need. A plain value.
struct DuckDbViewsOptions {
  pg::ConnectOptions connect;  ///< Of the journal, and of the live rows.
  std::string root;            ///< What stands before a key: "/folder" or "s3://bucket/prefix".
  std::vector<ViewSource> sources;
  engine::DuckDbOptions duckdb;
  std::string scratch_folder;  ///< For spilling and fetched rows; "": the system's.
  /// Told what a reader should know, such as a column whose type changed. May be empty.
  std::function<void(const std::string&)> on_note;
};

/// The engine "duckdb". Each statement has a DuckDB and views of its own, made from the journal as
/// it is then:
///
///   <table>    one for each source: the rows of its published parts, columns united by name, NULL
///              where a part lacks one, with year and month of the partition
///   archive    the same of the only source, or of the only one of profile games
///   games_all  profile games: every row once, in whatever phase its month is: the parts of swapped
///              rounds, and the rows that the database's partitions hold
///
/// Live rows are fetched by one COPY, the columns that the plan shows alone, and only where a
/// statement asks for them; if rows moved between the look at the journal and that COPY, all is
/// done again. Thread-safe.
class DuckDbViews final : public engine::QueryEngine {
 public:
  explicit DuckDbViews(DuckDbViewsOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "duckdb"; }

  /// As the port says. Also: FailedPrecondition without a journal; Unavailable where the database
  /// is down, or rows moved again and again; NotFound for a part that is not in the store.
  Result<engine::QueryCost> Run(const OpContext& ctx, const engine::Query& query,
                                engine::AnswerSink& sink) override;

 private:
  const DuckDbViewsOptions options_;
};

}  // namespace pgattic::analytics
