#include "analytics/view_session.h"

#include <algorithm>

#include "analytics/live_export.h"
#include "base/ascii.h"
#include "catalog/journal_schema.h"
#include "model/object_keys.h"

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

/// A table that stands for the archive of source `index` while a statement is planned.
std::string PlanningName(std::size_t index) {
  return "pgattic_plan_" + std::to_string(index) + "_";
}

/// A table or view of that name comes first: a source may be called "archive".
std::string ArchiveViewSql(const std::string& source) {
  return "CREATE VIEW IF NOT EXISTS archive AS SELECT * FROM " + Quoted(source);
}

std::set<std::string> NamesOf(const std::vector<ViewColumn>& columns) {
  std::set<std::string> names;
  for (const ViewColumn& column : columns) names.insert(column.name);
  return names;
}

/// Of `columns`, those that are not in `there`. DuckDB takes "a" and "A" for one.
std::set<std::string> NamesLackingIn(const std::vector<ViewColumn>& there,
                                     const std::vector<ViewColumn>& columns) {
  std::set<std::string> known;
  for (const ViewColumn& column : there) known.insert(AsciiLower(column.name));
  std::set<std::string> names = NamesOf(columns);
  std::erase_if(names, [&](const auto& name) { return known.contains(AsciiLower(name)); });
  return names;
}

/// Of the live rows as the views have them.
std::vector<ViewColumn> LiveColumns(const model::TableSchema& schema) {
  return WithMonth(ViewColumnsOf(schema.columns));
}

bool MentionsGamesAll(const std::string& sql) {
  return AsciiLower(sql).find("games_all") != std::string::npos;
}

}  // namespace

Result<engine::QueryCost> ViewSession::Run(engine::AnswerSink& sink, bool fetch_all,
                                           bool parts_only) {
  PGATTIC_RETURN_IF_ERROR(CheckRoot(options_.root));
  PGATTIC_RETURN_IF_ERROR(Look());
  PGATTIC_RETURN_IF_ERROR(OpenEngine());
  std::vector<std::string> files;
  for (Source& source : sources_) {
    for (const catalog::PublishedPart& part : source.published.parts) {
      files.push_back(PathOf(part.key));
      if (part.narrow_columns.empty()) continue;
      files.push_back(PathOf(model::ObjectKeys::Narrow(part.key)));
    }
    PGATTIC_RETURN_IF_ERROR(
        Describe(source).While("reading the parts of " + source.table.id.Name()));
  }
  // Before the statement is planned: that alone opens files which it names.
  PGATTIC_RETURN_IF_ERROR(engine_->Restrict(ctx_, files, {scratch_->path()}));
  if (fetch_all) {
    const Source* games = Games();
    if (games != nullptr) live_wanted_ = NamesOf(LiveColumns(games->schema));
  } else {
    PGATTIC_RETURN_IF_ERROR(PlanStatement());
  }
  if (parts_only) {
    for (Source& source : sources_) source.wanted.reset();
  }
  PGATTIC_RETURN_IF_ERROR(DefineViews());
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

std::string ViewSession::PathOf(const std::string& key) const {
  return options_.root + (options_.root.ends_with('/') ? "" : "/") + key;
}

bool ViewSession::ReadsNarrow(const Source& source, const catalog::PublishedPart& part) const {
  if (part.narrow_columns.empty() || !source.wanted) return false;
  return std::all_of(source.wanted->begin(), source.wanted->end(), [&](const std::string& column) {
    return std::find(part.narrow_columns.begin(), part.narrow_columns.end(), column) !=
           part.narrow_columns.end();
  });
}

ViewSession::Choice ViewSession::FilesOf(const Source& source, bool only_swapped) const {
  Choice choice;
  if (only_swapped) choice.lacking = source.unswapped_only;
  for (const catalog::PublishedPart& part : source.published.parts) {
    if (only_swapped && !part.is_swapped) continue;
    const bool narrow = ReadsNarrow(source, part);
    choice.has_narrow = choice.has_narrow || narrow;
    choice.files.push_back(PathOf(narrow ? model::ObjectKeys::Narrow(part.key) : part.key));
  }
  return choice;
}

Status ViewSession::Describe(Source& source) {
  const std::vector<std::string> files = FilesOf(source, false).files;
  if (files.empty()) {
    source.columns = ViewColumnsOf(source.schema.columns);
    return Status::Ok();
  }
  PGATTIC_ASSIGN_OR_RETURN(source.columns, ColumnsOf(files));
  const std::vector<std::string> swapped = FilesOf(source, true).files;
  if (source.options->is_games && !swapped.empty() && swapped.size() < files.size()) {
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<ViewColumn> there, ColumnsOf(swapped));
    source.unswapped_only = NamesLackingIn(there, source.columns);
  }
  return TellChanges(source, files);
}

Result<std::vector<ViewColumn>> ViewSession::ColumnsOf(const std::vector<std::string>& files) {
  PGATTIC_ASSIGN_OR_RETURN(
      const auto rows,
      engine_->Rows(ctx_, {"DESCRIBE SELECT * FROM " + ReadParquetSql({files, false}), {}, {}}));
  std::vector<ViewColumn> columns;
  for (const auto& row : rows) columns.push_back({row[0].value_or(""), row[1].value_or("")});
  return columns;
}

Status ViewSession::TellChanges(const Source& source, const std::vector<std::string>& files) {
  PGATTIC_ASSIGN_OR_RETURN(
      const auto rows,
      engine_->Rows(ctx_, {"SELECT file_name, decode(value) FROM parquet_kv_metadata(" +
                               FileListSql(files) + ") WHERE decode(key) = 'pgattic.schema'",
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

Status ViewSession::DefinePlanningTables() {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const std::string table = PlanningName(i);
    PGATTIC_RETURN_IF_ERROR(engine_->Define(
        ctx_, PlanningTableSql(table, WithMonth(sources_[i].columns)) + "; CREATE VIEW " +
                  Quoted(NameOf(sources_[i])) + " AS SELECT * FROM " + table));
  }
  if (const Source* main = MainSource(); main != nullptr) {
    PGATTIC_RETURN_IF_ERROR(engine_->Define(ctx_, ArchiveViewSql(NameOf(*main))));
  }
  const Source* games = Games();
  if (games == nullptr) return Status::Ok();
  return engine_->Define(ctx_, PlanningTableSql(kLiveName, LiveColumns(games->schema)) +
                                   "; CREATE VIEW games_all AS SELECT * FROM " +
                                   PlanningName(static_cast<std::size_t>(games - sources_.data())) +
                                   " UNION ALL BY NAME SELECT * FROM " + kLiveName);
}

Status ViewSession::PlanStatement() {
  // An empty table would be planned away, and with it the columns that are wanted of it.
  PGATTIC_RETURN_IF_ERROR(engine_->Define(
      ctx_, "SET GLOBAL disabled_optimizers = 'statistics_propagation,empty_result_pullup'"));
  Status defined = DefinePlanningTables();
  const Result<std::vector<engine::Scan>> scans =
      defined.ok() ? engine_->Plan(ctx_, query_)
                   : Result<std::vector<engine::Scan>>(std::move(defined));
  std::string drop = "SET GLOBAL disabled_optimizers = ''; DROP VIEW IF EXISTS games_all";
  drop += "; DROP VIEW IF EXISTS archive";
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    drop += "; DROP VIEW IF EXISTS " + Quoted(NameOf(sources_[i])) + "; DROP TABLE IF EXISTS " +
            PlanningName(i);
  }
  PGATTIC_RETURN_IF_ERROR(engine_->Define(ctx_, drop + "; DROP TABLE IF EXISTS " + kLiveName));
  if (scans.ok()) {
    TakeWanted(*scans);
    return Status::Ok();
  }
  // What cannot be planned, such as SUMMARIZE, may run all the same.
  if (!scans.status().Is(Code::kInvalidArgument)) return scans.status().Clone();
  const Source* games = Games();
  if (games != nullptr && MentionsGamesAll(query_.sql)) {
    live_wanted_ = NamesOf(LiveColumns(games->schema));
  }
  return Status::Ok();
}

void ViewSession::TakeWanted(const std::vector<engine::Scan>& scans) {
  const Source* games = Games();
  for (const engine::Scan& scan : scans) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      Source& source = sources_[i];
      if (!scan.table.ends_with(PlanningName(i))) continue;
      if (!source.wanted) source.wanted.emplace();
      for (const ViewColumn& column : source.columns) {
        if (scan.Touches(column.name)) source.wanted->insert(column.name);
      }
    }
    if (games == nullptr || !scan.table.ends_with(kLiveName)) continue;
    live_wanted_.insert(games->table.id_column);
    for (const ViewColumn& column : LiveColumns(games->schema)) {
      if (scan.Touches(column.name)) live_wanted_.insert(column.name);
    }
  }
}

std::string ViewSession::ArchiveSqlOf(const Source& source, const Choice& choice) {
  const bool with_month = !HasOwnMonth(source.columns);
  std::optional<std::set<std::string>> there;
  if (choice.has_narrow) {
    there = source.wanted;
    if (with_month) there->insert({"year", "month"});
  }
  return ArchiveSql({choice.files, with_month}, source.columns, there, choice.lacking);
}

Status ViewSession::DefineViews() {
  std::vector<std::string> files;
  for (const Source& source : sources_) {
    const Choice choice = FilesOf(source, false);
    reads_narrow_ = reads_narrow_ || choice.has_narrow;
    files.insert(files.end(), choice.files.begin(), choice.files.end());
    PGATTIC_RETURN_IF_ERROR(engine_
                                ->Define(ctx_, "CREATE VIEW " + Quoted(NameOf(source)) + " AS " +
                                                   ArchiveSqlOf(source, choice))
                                .While("reading the parts of " + source.table.id.Name()));
  }
  engine_->CountOnly(std::move(files));
  if (const Source* main = MainSource(); main != nullptr) {
    PGATTIC_RETURN_IF_ERROR(engine_->Define(ctx_, ArchiveViewSql(NameOf(*main))));
  }
  const Source* games = Games();
  return games == nullptr ? Status::Ok() : DefineGames(*games);
}

Status ViewSession::DefineGames(const Source& source) {
  if (live_wanted_.empty()) {
    PGATTIC_RETURN_IF_ERROR(engine_->Define(ctx_, std::string("CREATE VIEW ") + kLiveName + " AS " +
                                                      NoLiveSql(LiveColumns(source.schema))));
  } else {
    PGATTIC_RETURN_IF_ERROR(FetchLive(source, live_wanted_));
  }
  return engine_->Define(ctx_, "CREATE VIEW games_all AS " +
                                   ArchiveSqlOf(source, FilesOf(source, true)) +
                                   " UNION ALL BY NAME SELECT * FROM " + kLiveName);
}

Status ViewSession::FetchLive(const Source& source, const std::set<std::string>& wanted) {
  const std::string file = scratch_->path() + "/live.parquet";
  std::vector<ViewColumn> columns = ViewColumnsOf(source.schema.columns);
  const bool with_month = !HasOwnMonth(columns);
  const Result<LiveExported> exported =
      ExportLive(ctx_, *connection_, {source.table, source.schema, wanted, with_month}, file);
  // The rows are those of one moment between two looks: where both show the same, so did it. It may
  // have failed because a partition is gone.
  const Result<catalog::RouteStamp> stamp = StampOf(source);
  if (stamp.ok() && !(*stamp == source.stamp)) return Moved();
  if (!exported.ok()) return exported.status().Clone();
  if (!stamp.ok()) return stamp.status().Clone();
  for (ViewColumn& column : columns) {
    if (exported->text_columns.contains(column.name)) column.type = "VARCHAR";
  }
  std::set<std::string> fetched = wanted;
  if (with_month) fetched.insert({"year", "month"});
  return engine_->Define(ctx_,
                         std::string("CREATE VIEW ") + kLiveName + " AS " +
                             LiveSql(file, WithMonth(columns), fetched, source.table.id_column));
}

const ViewSession::Source* ViewSession::Games() const {
  const auto games = std::find_if(sources_.begin(), sources_.end(),
                                  [](const Source& source) { return source.options->is_games; });
  return games == sources_.end() ? nullptr : &*games;
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
