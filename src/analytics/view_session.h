// ViewSession: one statement, the views that it needs, and the DuckDB that runs it.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analytics/column_story.h"
#include "analytics/duckdb_views.h"
#include "analytics/temporary_folder.h"
#include "analytics/view_sql.h"
#include "catalog/published_parts.h"
#include "catalog/row_lookup.h"
#include "catalog/source_table.h"
#include "model/column.h"

namespace pgattic::analytics {

/// Runs once. Not thread-safe. References outlive it.
class ViewSession {
 public:
  ViewSession(const DuckDbViewsOptions& options, const OpContext& ctx, const engine::Query& query)
      : options_(options), ctx_(ctx), query_(query) {}

  /// `fetch_all`: every column is there, whatever the plan shows. `parts_only`: no narrow object
  /// is read. Conflict: rows moved meanwhile; NotFound: a part is gone. Both may be over with the
  /// next session.
  Result<engine::QueryCost> Run(engine::AnswerSink& sink, bool fetch_all, bool parts_only);

  /// True when narrow objects stood for parts. Valid after Run.
  bool reads_narrow() const { return reads_narrow_; }

  /// What a reader should know. Valid after Run.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  /// A source as the journal and the catalog show it at one moment.
  struct Source {
    const ViewSource* options = nullptr;
    catalog::SourceTable table;
    model::TableSchema schema;
    catalog::RouteStamp stamp;
    catalog::PublishedParts published;
    std::vector<ViewColumn> columns;  ///< Of the archive; of the live table where there is none.
    std::set<std::string> unswapped_only;  ///< Of games: those that no swapped part has.
    /// What the statement touches of the archive; nullopt: nothing that is known, or it may be
    /// anything.
    std::optional<std::set<std::string>> wanted;
  };
  /// What a view reads. A plain value.
  struct Choice {
    std::vector<std::string> files;
    bool has_narrow = false;        ///< Some have the narrow columns alone.
    std::set<std::string> lacking;  ///< Columns that none of them has.
  };

  Status Look();
  Status LookAt(const ViewSource& options);
  Result<catalog::RouteStamp> StampOf(const Source& source);
  Status OpenEngine();
  Status Describe(Source& source);
  Result<std::vector<ViewColumn>> ColumnsOf(const std::vector<std::string>& files);
  /// Finds out which columns the statement touches, of the archives and of the live rows.
  Status PlanStatement();
  Status DefinePlanningTables();
  void TakeWanted(const std::vector<engine::Scan>& scans);
  Status DefineViews();
  static std::string ArchiveSqlOf(const Source& source, const Choice& choice);
  Status TellChanges(const Source& source, const std::vector<std::string>& files);
  Status DefineGames(const Source& source);
  Status FetchLive(const Source& source, const std::set<std::string>& wanted);
  std::string PathOf(const std::string& key) const;
  bool ReadsNarrow(const Source& source, const catalog::PublishedPart& part) const;
  Choice FilesOf(const Source& source, bool only_swapped) const;
  /// The source with a profile of games; null where there is none.
  const Source* Games() const;
  std::string NameOf(const Source& source) const;
  /// The source that `archive` is of; null where that is not clear.
  const Source* MainSource() const;

  const DuckDbViewsOptions& options_;
  const OpContext& ctx_;
  const engine::Query& query_;
  std::unique_ptr<pg::Connection> connection_;
  std::vector<Source> sources_;
  std::unique_ptr<TemporaryFolder> scratch_;
  std::unique_ptr<engine::DuckDbEngine> engine_;
  std::set<std::string> live_wanted_;
  bool reads_narrow_ = false;
  std::vector<std::string> notes_;
};

}  // namespace pgattic::analytics
