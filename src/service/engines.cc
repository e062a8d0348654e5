#include "service/engines.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "analytics/duckdb_views.h"
#include "engine/athena_engine.h"
#include "engine/trino_engine.h"
#include "s3/aws_identity.h"
#include "s3/aws_region.h"
#include "s3/credentials.h"
#include "service/stores.h"

namespace pgattic::service {
namespace {

using Made = Result<std::unique_ptr<engine::QueryEngine>>;

Result<engine::DuckDbS3> DuckDbS3Of(const OpContext& ctx, const s3::S3Options& options) {
  PGATTIC_ASSIGN_OR_RETURN(const s3::Credentials credentials, s3::FindCredentials(ctx, options));
  engine::DuckDbS3 s3;
  s3.endpoint = options.endpoint;
  s3.region = options.region.empty() ? s3::DefaultRegion() : options.region;
  s3.path_style = s3::UsesPathStyle(options);
  s3.access_key = credentials.access_key;
  s3.secret_key = credentials.secret_key;
  s3.session_token = credentials.session_token;
  s3.ca_file = options.ca_file;
  return s3;
}

Made OpenDuckDb(const OpContext& ctx, const Config& config, const EngineRequest& request) {
  if (config.sources.empty()) {
    return {Code::kInvalidArgument,
            "no source is configured; write [[source]] with table and id_column"};
  }
  analytics::DuckDbViewsOptions options;
  options.connect.conninfo = config.database_url;
  options.on_note = request.on_note;
  options.scratch_folder = config.duckdb.scratch_folder;
  options.duckdb.memory_bytes = config.duckdb.memory_bytes;
  options.duckdb.threads = config.duckdb.threads;
  options.duckdb.extension_folder = config.duckdb.extension_folder;
  for (const archive::SourceOptions& source : config.sources) {
    options.sources.push_back({source.table, source.id_column, source.is_games});
  }
  if (const auto folder = FolderOf(config)) {
    options.root = *folder;
  } else if (const auto s3 = S3OptionsOf(config)) {
    options.root = config.archive_url;
    PGATTIC_ASSIGN_OR_RETURN(options.duckdb.s3, DuckDbS3Of(ctx, *s3));
  } else {
    return {Code::kInvalidArgument,
            "[archive] url is missing; write file:///folder or s3://bucket"};
  }
  return std::unique_ptr<engine::QueryEngine>(
      std::make_unique<analytics::DuckDbViews>(std::move(options)));
}

/// What was configured takes the place of the engine's default.
void Take(const std::string& from, std::string& to) {
  if (!from.empty()) to = from;
}

Made OpenTrino(const OpContext& /*ctx*/, const Config& config, const EngineRequest& /*request*/) {
  const TrinoSettings& from = config.engine.trino;
  engine::TrinoOptions options;
  options.url = from.url;
  Take(from.user, options.user);
  options.password = from.password;
  options.token = from.token;
  options.catalog = from.catalog;
  options.schema = from.schema;
  options.session = from.session;
  // Else the last microsecond of a month would be rounded into the next one.
  options.session.try_emplace(options.catalog + ".timestamp_precision", "MICROSECONDS");
  options.ca_file = from.ca_file;
  return engine::OpenTrino(options);
}

Made OpenAthena(const OpContext& /*ctx*/, const Config& config, const EngineRequest& /*request*/) {
  const AthenaSettings& from = config.engine.athena;
  engine::AthenaOptions options;
  options.region = from.region;
  if (options.region.empty()) options.region = config.s3.region;
  if (options.region.empty()) options.region = s3::DefaultRegion();
  options.endpoint = from.endpoint;
  Take(from.workgroup, options.workgroup);
  options.output = from.output;
  options.database = from.database;
  options.catalog = from.catalog;
  options.result_reuse = std::chrono::duration_cast<std::chrono::minutes>(from.result_reuse);
  options.ca_file = from.ca_file;
  Result<std::unique_ptr<s3::AwsIdentity>> opened =
      s3::AwsIdentity::Open({"athena",
                             {Secret(from.access_key), from.secret_key, from.session_token},
                             from.ca_file,
                             "set athena.access_key and athena.secret_key"});
  if (!opened.ok()) return std::move(opened).status();
  // Shared with the source of keys, which is copied.
  const std::shared_ptr<s3::AwsIdentity> identity = std::move(*opened);
  return engine::OpenAthena(
      options, [identity](const OpContext& ctx) -> Result<engine::AthenaKeys> {
        PGATTIC_ASSIGN_OR_RETURN(s3::Credentials keys, identity->Keys(ctx));
        return engine::AthenaKeys{keys.access_key.Reveal(), std::move(keys.secret_key),
                                  std::move(keys.session_token)};
      });
}

struct KnownEngine {
  std::string_view name;
  Made (*open)(const OpContext& ctx, const Config& config, const EngineRequest& request);
  std::string_view games_table;
};

/// A further engine is a further line.
constexpr std::array kEngines = {
    KnownEngine{"duckdb", OpenDuckDb, "games_all"},
    KnownEngine{"trino", OpenTrino, "archive"},
    KnownEngine{"athena", OpenAthena, "archive"},
};

}  // namespace

std::string EngineNames() {
  std::string names;
  for (const KnownEngine& known : kEngines) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  return names;
}

Made OpenEngine(const OpContext& ctx, const Config& config, const EngineRequest& request) {
  for (const KnownEngine& known : kEngines) {
    if (known.name == request.name) return known.open(ctx, config, request);
  }
  return {Code::kInvalidArgument,
          "there is no engine '" + request.name + "'; write " + EngineNames()};
}

std::string GamesTable(const std::string& engine) {
  const auto* found = std::find_if(kEngines.begin(), kEngines.end(),
                                   [&](const KnownEngine& known) { return known.name == engine; });
  return found == kEngines.end() ? "archive" : std::string(found->games_table);
}

}  // namespace pgattic::service
