#include "engine/duckdb_engine.h"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/duckdb_bytes.h"
#include "engine/duckdb_plan.h"
#include "engine/duckdb_session.h"
#include "engine/duckdb_sql.h"
#include "engine/explain_text.h"

namespace pgattic::engine {
namespace {

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/// Where libduckdb was loaded from: its extensions lie beside it.
std::string LibraryFolder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&duckdb_open_ext), &info) == 0) return "";
  std::error_code failed;
  const auto path = std::filesystem::canonical(info.dli_fname, failed);
  return failed ? "" : path.parent_path().string();
}

Result<ConfigHandle> ConfigOf(const DuckDbOptions& options) {
  duckdb_config raw = nullptr;
  if (duckdb_create_config(&raw) == DuckDBError) {
    return {Code::kResourceExhausted, "DuckDB has no memory for its settings"};
  }
  ConfigHandle config(raw);
  const int threads = options.threads > 0
                          ? options.threads
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const std::vector<std::pair<const char*, std::string>> settings = {
      {"threads", std::to_string(threads)},
      {"memory_limit", std::to_string(options.memory_bytes) + "B"},
      {"temp_directory", options.spill_folder},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allow_persistent_secrets", "false"},
      {"allow_unredacted_secrets", "false"}};
  for (const auto& [key, value] : settings) {
    if (duckdb_set_config(raw, key, value.c_str()) == DuckDBError) {
      return {Code::kInvalidArgument, std::string("DuckDB does not take ") + key + " = " + value};
    }
  }
  return config;
}

std::string SecretSql(const DuckDbS3& s3) {
  const std::size_t scheme = s3.endpoint.find("://");
  const std::string host =
      scheme == s3.endpoint.npos ? s3.endpoint : s3.endpoint.substr(scheme + 3);
  std::string sql =
      "CREATE SECRET archive (TYPE s3, KEY_ID " + pg::QuoteLiteral(s3.access_key.Reveal()) +
      ", SECRET " + pg::QuoteLiteral(s3.secret_key.Reveal()) + ", REGION " +
      pg::QuoteLiteral(s3.region) + ", URL_STYLE " + (s3.path_style ? "'path'" : "'vhost'");
  // Also where there is none: httpfs would take the one of the environment.
  sql += ", SESSION_TOKEN " + pg::QuoteLiteral(s3.session_token.Reveal());
  if (!host.empty()) {
    const bool is_plain = s3.endpoint.starts_with("http://");
    sql += ", ENDPOINT " + pg::QuoteLiteral(host) + ", USE_SSL " + (is_plain ? "false" : "true");
  }
  return sql + ")";
}

}  // namespace

bool Scan::Touches(const std::string& column) const {
  return std::find(columns.begin(), columns.end(), column) != columns.end() ||
         filters.find(column) != filters.npos;
}

struct DuckDbEngine::Impl {
  DatabaseHandle database;
  std::mutex mutex;  ///< Guards what follows.
  std::vector<std::string> files;
  std::unique_ptr<DuckDbSession> watched;  ///< Says how far it is; for one statement.

  Result<std::unique_ptr<DuckDbSession>> Session() const {
    return DuckDbSession::Open(database.get());
  }

  Result<std::unique_ptr<DuckDbSession>> SessionForAnswer() {
    {
      const std::lock_guard lock(mutex);
      if (watched) return std::move(watched);
    }
    return Session();
  }
};

DuckDbEngine::DuckDbEngine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DuckDbEngine::~DuckDbEngine() = default;

namespace {

Status UseS3(const OpContext& ctx, DuckDbSession& session, const DuckDbOptions& options) {
  const std::string folder =
      options.extension_folder.empty() ? LibraryFolder() : options.extension_folder;
  const std::string file = folder + "/httpfs.duckdb_extension";
  if (std::error_code failed; !std::filesystem::exists(file, failed)) {
    return {Code::kFailedPrecondition, "DuckDB's extension httpfs, which reads s3://, is not in " +
                                           folder + "; put httpfs.duckdb_extension of DuckDB " +
                                           duckdb_library_version() +
                                           " there, or set duckdb.extension_folder"};
  }
  PGATTIC_RETURN_IF_ERROR(session.Define(ctx, "LOAD " + pg::QuoteLiteral(file)));
  std::string settings =
      "SET GLOBAL enable_http_metadata_cache = true; SET GLOBAL http_retries = 3;";
  std::string authorities = options.s3->ca_file;
  if (std::error_code failed;
      authorities.empty() && std::filesystem::exists(kSystemAuthorities, failed)) {
    authorities = kSystemAuthorities;
  }
  if (!authorities.empty()) {
    settings += "SET GLOBAL ca_cert_file = " + pg::QuoteLiteral(authorities) +
                "; SET GLOBAL enable_server_cert_verification = true;";
  }
  PGATTIC_RETURN_IF_ERROR(session.Define(ctx, settings));
  // Its error may quote the statement, and with it the secret.
  if (!session.Define(ctx, SecretSql(*options.s3)).ok()) {
    return {Code::kInvalidArgument, "DuckDB does not take the credentials or the endpoint of [s3]"};
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<DuckDbEngine>> DuckDbEngine::Open(const OpContext& ctx,
                                                         const DuckDbOptions& options) {
  PGATTIC_ASSIGN_OR_RETURN(const ConfigHandle config, ConfigOf(options));
  duckdb_database database = nullptr;
  char* message = nullptr;
  const duckdb_state opened = duckdb_open_ext(nullptr, &database, config.get(), &message);
  const TextHandle why(message);
  auto impl = std::make_unique<Impl>();
  impl->database.reset(database);
  if (opened == DuckDBError) {
    return {Code::kInternal, std::string("DuckDB does not start: ") + (why ? why.get() : "")};
  }
  PGATTIC_ASSIGN_OR_RETURN(const auto session, impl->Session());
  // A key is used once, so what is known of an object never changes. The macro has Trino's name of
  // the function: one text serves both engines.
  PGATTIC_RETURN_IF_ERROR(session->Define(
      ctx,
      "SET GLOBAL TimeZone = 'UTC'; SET GLOBAL parquet_metadata_cache = true;"
      "CREATE MACRO json_extract_scalar(document, path) AS json_extract_string(document, path);"));
  if (options.s3) PGATTIC_RETURN_IF_ERROR(UseS3(ctx, *session, options));
  return std::unique_ptr<DuckDbEngine>(new DuckDbEngine(std::move(impl)));  // NOLINT
}

Status DuckDbEngine::Define(const OpContext& ctx, const std::string& sql) {
  PGATTIC_ASSIGN_OR_RETURN(const auto session, impl_->Session());
  return session->Define(ctx, sql);
}

Status DuckDbEngine::Restrict(const OpContext& ctx, const std::vector<std::string>& files,
                              const std::vector<std::string>& folders) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->files = files;
  }
  return Define(ctx, "SET GLOBAL allowed_paths = " + SqlList(files) +
                         "; SET GLOBAL allowed_directories = " + SqlList(folders) +
                         "; SET GLOBAL enable_external_access = false;");
}

void DuckDbEngine::CountOnly(std::vector<std::string> files) {
  const std::lock_guard lock(impl_->mutex);
  impl_->files = std::move(files);
}

Status DuckDbEngine::Lock(const OpContext& ctx) {
  // A connection's own settings cannot be made later.
  PGATTIC_ASSIGN_OR_RETURN(auto session, impl_->Session());
  PGATTIC_RETURN_IF_ERROR(session->Define(
      ctx, "SET enable_progress_bar = true; SET enable_progress_bar_print = false"));
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->watched = std::move(session);
  }
  return Define(ctx, "SET GLOBAL lock_configuration = true;");
}

Result<std::vector<Scan>> DuckDbEngine::Plan(const OpContext& ctx, const Query& query) {
  PGATTIC_ASSIGN_OR_RETURN(const auto session, impl_->Session());
  PGATTIC_ASSIGN_OR_RETURN(const duckdb_statement_type kind, session->KindOf(ctx, query.sql));
  const ExplainText text = SplitExplain(query.sql);
  // Any other statement fails in Run.
  const bool is_known =
      kind == DUCKDB_STATEMENT_TYPE_SELECT || kind == DUCKDB_STATEMENT_TYPE_EXPLAIN;
  if (!is_known) return std::vector<Scan>();
  Query explained = query;
  explained.sql = "EXPLAIN (FORMAT json) " + text.statement;
  PGATTIC_ASSIGN_OR_RETURN(const auto rows, session->Rows(ctx, explained));
  return ParsePlan(rows.empty() || rows[0].size() < 2 ? "" : rows[0][1].value_or(""));
}

Result<std::vector<std::vector<AnswerValue>>> DuckDbEngine::Rows(const OpContext& ctx,
                                                                 const Query& query) {
  PGATTIC_ASSIGN_OR_RETURN(const auto session, impl_->Session());
  return session->Rows(ctx, query);
}

Result<std::int64_t> DuckDbEngine::BytesOf(const OpContext& ctx, const Query& query) {
  std::vector<std::string> files;
  {
    const std::lock_guard lock(impl_->mutex);
    files = impl_->files;
  }
  if (files.empty()) return std::int64_t{0};
  PGATTIC_ASSIGN_OR_RETURN(const auto session, impl_->Session());
  // An EXPLAIN reads nothing, but with ANALYZE it does.
  PGATTIC_ASSIGN_OR_RETURN(const duckdb_statement_type kind, session->KindOf(ctx, query.sql));
  if (kind == DUCKDB_STATEMENT_TYPE_EXPLAIN && !SplitExplain(query.sql).runs)
    return std::int64_t{0};
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<Scan> scans, Plan(ctx, query));
  return BytesOfScans(ctx, *session, files, scans);
}

Result<QueryCost> DuckDbEngine::Run(const OpContext& ctx, const Query& query, AnswerSink& sink) {
  const auto started = std::chrono::steady_clock::now();
  QueryCost cost;
  PGATTIC_ASSIGN_OR_RETURN(cost.bytes_scanned, BytesOf(ctx, query));
  if (query.max_bytes && *cost.bytes_scanned > *query.max_bytes) {
    return {Code::kResourceExhausted,
            "the query would read up to " + std::to_string(*cost.bytes_scanned) +
                " bytes, more than the limit of " + std::to_string(*query.max_bytes) +
                "; it was not begun. Ask for fewer columns, or for some years and months"};
  }
  PGATTIC_ASSIGN_OR_RETURN(const auto session, impl_->SessionForAnswer());
  PGATTIC_ASSIGN_OR_RETURN(cost.rows, session->Run(ctx, query, sink));
  cost.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  return cost;
}

}  // namespace pgattic::engine
