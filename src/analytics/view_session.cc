#include "analytics/view_session.h"

#include <algorithm>

#include "analytics/live_export.h"
#include "base/ascii.h"
#include "catalog/journal_schema.h"

namespace pgattic::analytics {
namespace {

std::string Quoted(const std::string& name) { return pg::Identifier(name).Quoted(); }

std::string Month(const model::YearMonth& month) {
  const std::string number = std::to_string(month.month);
  return std::to_string(month.year) + (number.size() == 1 ? "-0" : "-") + number;
}

Status Moved() {
  return {Code::kConflict,
          "rows moved into the archive while they were read, again and again; ask again"};
}

/// DuckDB takes these for patterns, wherever in a path they stand.
Status CheckRoot(const std::string& root) {
  if (root.find_first_of("*?[") == root.npos) return Status::Ok();
  return {Code::kUnsupported, "DuckDB cannot read below " + root +
                                  ": *, ? and [ are patterns to it. Another archive.url, such as a "
                                  "symbolic link without them, helps"};
}

bool MentionsGamesAll(const std::string& sql) {
  return AsciiLower(sql).find("games_all") != std::string::npos;
}

}  // namespace

Result<engine::QueryCost> ViewSession::Run(engine::AnswerSink& sink, bool fetch_all) {
  PGATTIC_RETURN_IF_ERROR(CheckRoot(options_.root));
  PGATTIC_RETURN_IF_ERROR(Look());
  PGATTIC_RETURN_IF_ERROR(OpenEngine());
  std::vector<std::string> files;
  for (Source& source : sources_) {
    const std::vector<std::string> all = FilesOf(source, false);
    files.insert(files.end(), all.begin(), all.end());
    PGATTIC_RETURN_IF_ERROR(
        DefineArchive(source).While("reading the parts of " + source.table.id.Name()));
  }
  if (const Source* main = MainSource(); main != nullptr) {
    PGATTIC_RETURN_IF_ERROR(engine_->Define(
        ctx_, "CREATE VIEW IF NOT EXISTS archive AS SELECT * FROM " + Quoted(NameOf(*main))));
  }
  PGATTIC_RETURN_IF_ERROR(engine_->Restrict(ctx_, files, {scratch_->path()}));
  for (const Source& source : sources_) {
    if (!source.options->is_games) continue;
    PGATTIC_RETURN_IF_ERROR(DefineGames(source, fetch_all));
    break;
  }
  connection_.reset();
  PGATTIC_RETURN_IF_ERROR(engine_->Lock(ctx_));
  return engine_->Run(ctx_, query_, sink);
}

Status ViewSession::Look() {
  PGATTIC_ASSIGN_OR_RETURN(connection_, pg::Connection::Open(ctx_, options_.connect));
  PGATTIC_RETURN_IF_ERROR(catalog::CheckJournal(ctx_, *connection_));
  for (const ViewSource& source : options_.sources) PGATTIC_RETURN_IF_ERROR(LookAt(source));
  return Status::Ok();
}

Status ViewSession::LookAt(const ViewSource& options) {
  Source source;
  source.options = &options;
  PGATTIC_ASSIGN_OR_RETURN(
      source.table, catalog::LoadSource(ctx_, *connection_, options.table, options.id_column));
  PGATTIC_ASSIGN_OR_RETURN(source.stamp, StampOf(source));
  PGATTIC_ASSIGN_OR_RETURN(source.schema, catalog::LoadColumns(ctx_, *connection_, source.table.oid,
                                                               options.id_column, {}));
  PGATTIC_ASSIGN_OR_RETURN(source.published,
                           catalog::LoadPublishedParts(ctx_, *connection_, source.table.id));
  if (source.published.journal != source.stamp.journal) return Moved();
  sources_.push_back(std::move(source));
  return Status::Ok();
}

Result<catalog::RouteStamp> ViewSession::StampOf(const Source& source) {
  PGATTIC_ASSIGN_OR_RETURN(catalog::Look look,
                           catalog::LookAround(ctx_, *connection_, source.table.id, {}, false));
  return std::move(look.stamp);
}

Status ViewSession::OpenEngine() {
  PGATTIC_ASSIGN_OR_RETURN(scratch_, TemporaryFolder::Make(options_.scratch_folder));
  engine::DuckDbOptions duckdb = options_.duckdb;
  duckdb.spill_folder = scratch_->path();
  PGATTIC_ASSIGN_OR_RETURN(engine_, engine::DuckDbEngine::Open(ctx_, duckdb));
  return Status::Ok();
}

std::vector<std::string> ViewSession::FilesOf(const Source& source, bool only_swapped) const {
  std::vector<std::string> files;
  for (const catalog::PublishedPart& part : source.published.parts) {
    if (only_swapped && !part.is_swapped) continue;
    files.push_back(options_.root + (options_.root.ends_with('/') ? "" : "/") + part.key);
  }
  return files;
}

Status ViewSession::DefineArchive(Source& source) {
  const std::vector<std::string> files = FilesOf(source, false);
  if (files.empty()) {
    source.columns = ViewColumnsOf(source.schema.columns);
  } else {
    PGATTIC_ASSIGN_OR_RETURN(
        const auto rows,
        engine_->Rows(ctx_, {"DESCRIBE SELECT * FROM " + ReadParquetSql({files, false}), {}, {}}));
    for (const auto& row : rows) {
      source.columns.push_back({row[0].value_or(""), row[1].value_or("")});
    }
    PGATTIC_RETURN_IF_ERROR(TellChanges(source, files));
  }
  const bool with_month = !HasOwnMonth(source.columns);
  return engine_->Define(ctx_, "CREATE VIEW " + Quoted(NameOf(source)) + " AS " +
                                   ArchiveSql({files, with_month}, source.columns));
}

Status ViewSession::TellChanges(const Source& source, const std::vector<std::string>& files) {
  std::string list;
  for (const std::string& file : files) {
    list += (list.empty() ? "" : ",") + pg::QuoteLiteral(file);
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const auto rows,
      engine_->Rows(ctx_, {"SELECT file_name, decode(value) FROM parquet_kv_metadata([" + list +
                               "]) WHERE decode(key) = 'pgattic.schema'",
                           {},
                           {}}));
  ColumnStory story;
  for (const auto& row : rows) {
    const auto at = std::find(files.begin(), files.end(), row[0].value_or(""));
    const std::string when =
        at == files.end()
            ? ""
            : Month(source.published.parts[static_cast<std::size_t>(at - files.begin())].month);
    PGATTIC_RETURN_IF_ERROR(story.Add(row[1].value_or(""), when));
  }
  for (const std::string& change : story.Changes()) {
    notes_.push_back(source.table.id.Name() + ": " + change);
  }
  return Status::Ok();
}

Status ViewSession::DefineGames(const Source& source, bool fetch_all) {
  const std::vector<ViewColumn> live = WithMonth(ViewColumnsOf(source.schema.columns));
  std::set<std::string> wanted;
  if (fetch_all) {
    for (const ViewColumn& column : live) wanted.insert(column.name);
  } else {
    // An empty table would be planned away, and with it the columns that are wanted of it.
    PGATTIC_RETURN_IF_ERROR(engine_->Define(
        ctx_, "SET GLOBAL disabled_optimizers = 'statistics_propagation,empty_result_pullup'"));
    PGATTIC_RETURN_IF_ERROR(engine_->Define(ctx_, PlanningTableSql(live)));
    PGATTIC_RETURN_IF_ERROR(DefineGamesAll(source));
    PGATTIC_ASSIGN_OR_RETURN(wanted, ColumnsWanted(source));
    PGATTIC_RETURN_IF_ERROR(engine_->Define(ctx_, std::string("DROP VIEW games_all; DROP TABLE ") +
                                                      kLiveName +
                                                      "; SET GLOBAL disabled_optimizers = ''"));
  }
  if (wanted.empty()) {
    PGATTIC_RETURN_IF_ERROR(
        engine_->Define(ctx_, std::string("CREATE VIEW ") + kLiveName + " AS " + NoLiveSql(live)));
  } else {
    PGATTIC_RETURN_IF_ERROR(FetchLive(source, wanted));
  }
  return DefineGamesAll(source);
}

Result<std::set<std::string>> ViewSession::ColumnsWanted(const Source& source) {
  std::set<std::string> wanted;
  const std::vector<ViewColumn> live = WithMonth(ViewColumnsOf(source.schema.columns));
  const Result<std::vector<engine::Scan>> scans = engine_->Plan(ctx_, query_);
  if (!scans.ok()) {
    // What cannot be planned, such as SUMMARIZE, may run all the same.
    if (!scans.status().Is(Code::kInvalidArgument)) return scans.status().Clone();
    if (!MentionsGamesAll(query_.sql)) return wanted;
    for (const ViewColumn& column : live) wanted.insert(column.name);
    return wanted;
  }
  for (const engine::Scan& scan : *scans) {
    if (!scan.table.ends_with(kLiveName)) continue;
    wanted.insert(source.table.id_column);
    for (const ViewColumn& column : live) {
      if (scan.Touches(column.name)) wanted.insert(column.name);
    }
  }
  return wanted;
}

Status ViewSession::FetchLive(const Source& source, const std::set<std::string>& wanted) {
  const std::string file = scratch_->path() + "/live.parquet";
  std::vector<ViewColumn> columns = ViewColumnsOf(source.schema.columns);
  const bool with_month = !HasOwnMonth(columns);
  PGATTIC_ASSIGN_OR_RETURN(
      const LiveExported exported,
      ExportLive(ctx_, *connection_, {source.table, source.schema, wanted, with_month}, file));
  // The rows are those of one moment between two looks: where both show the same, so did it.
  PGATTIC_ASSIGN_OR_RETURN(const catalog::RouteStamp stamp, StampOf(source));
  if (!(stamp == source.stamp)) return Moved();
  for (ViewColumn& column : columns) {
    if (exported.text_columns.contains(column.name)) column.type = "VARCHAR";
  }
  std::set<std::string> fetched = wanted;
  if (with_month) fetched.insert({"year", "month"});
  return engine_->Define(ctx_,
                         std::string("CREATE VIEW ") + kLiveName + " AS " +
                             LiveSql(file, WithMonth(columns), fetched, source.table.id_column));
}

Status ViewSession::DefineGamesAll(const Source& source) {
  const bool with_month = !HasOwnMonth(source.columns);
  return engine_->Define(ctx_, "CREATE VIEW games_all AS " +
                                   ArchiveSql({FilesOf(source, true), with_month}, source.columns) +
                                   " UNION ALL BY NAME SELECT * FROM " + kLiveName);
}

const ViewSession::Source* ViewSession::MainSource() const {
  if (sources_.size() == 1) return &sources_.front();
  const Source* games = nullptr;
  for (const Source& source : sources_) {
    if (!source.options->is_games) continue;
    if (games != nullptr) return nullptr;
    games = &source;
  }
  return games;
}

std::string ViewSession::NameOf(const Source& source) const {
  const auto same = std::count_if(sources_.begin(), sources_.end(), [&](const Source& other) {
    return other.table.id.table == source.table.id.table;
  });
  return same == 1 ? source.table.id.table : source.table.id.schema + "_" + source.table.id.table;
}

}  // namespace pgattic::analytics
