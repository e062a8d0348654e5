// Config: what a configuration file, the environment and flags say.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "archive/rollout.h"
#include "archive/run_context.h"
#include "base/result.h"
#include "base/secret.h"
#include "lookup/row_reader.h"
#include "service/cron.h"
#include "service/window.h"

namespace pgattic::service {

/// Options of s3://. What is empty is left to s3::S3Options. A plain value.
struct S3Settings {
  std::string endpoint;
  std::string region;
  std::optional<bool> path_style;
  std::string access_key;
  Secret secret_key;
  Secret session_token;
  std::string ca_file;
  std::string storage_class;
  std::string sse_kms_key_id;
  std::map<std::string, std::string> tags;
  std::optional<std::int64_t> part_size_bytes;
  std::optional<int> parts_in_flight;
  std::optional<int> max_connections;
  std::optional<int> max_retries;
  std::optional<std::chrono::milliseconds> connect_timeout;
  std::optional<std::chrono::milliseconds> request_timeout;
  std::optional<bool> checksums;
};

/// How rows are read. A plain value.
struct LookupSettings {
  /// One that has no backend is left out.
  std::vector<lookup::Tier> tiers = {lookup::Tier::kArchive, lookup::Tier::kCopy,
                                     lookup::Tier::kEngine};
  std::int64_t footer_cache_bytes = 64 << 20;
  bool filters_ahead = true;        ///< By `serve`, before they are wanted.
  std::string footer_cache_folder;  ///< Where they outlive the process; "": nowhere.
  std::int64_t footer_cache_disk_bytes = std::int64_t{1} << 30;
  std::chrono::milliseconds engine_deadline{30'000};
  std::chrono::milliseconds store_deadline{10'000};
  std::chrono::milliseconds database_deadline{10'000};
  std::string copy_url;        ///< Of a store with the same keys; "": none.
  Secret cache_url{"memory"};  ///< Or "none", or of a Redis; may hold a password.
  std::int64_t cache_bytes = 64 << 20;
  std::chrono::milliseconds cache_ttl{3'600'000};
};

/// Of `pgattic scrub`. A plain value.
struct ScrubSettings {
  std::int64_t bytes_a_day = 0;            ///< 0: no limit.
  std::int64_t max_read_rate = 2'097'152;  ///< Bytes a second, both stores together; 0: no limit.
};

/// Of `pgattic serve`. A plain value.
struct ServeSettings {
  std::string host = "127.0.0.1";
  int port = 8080;
  std::string tokens_file;       ///< "": whoever reaches the port may read.
  bool allow_anonymous = false;  ///< To listen beyond this machine without tokens.
  std::string certificate_file;  ///< PEM, with key_file: TLS.
  std::string key_file;
  std::int64_t max_body_bytes = 1 << 20;
  int max_ids = 1000;
  int max_requests = 64;
  int max_connections = 256;
  int requests_per_second = 0;            ///< 0: no limit.
  int requests_per_second_of_client = 0;  ///< 0: no limit.
  int sessions = 8;                       ///< With PostgreSQL, at most.
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds drain_delay{0};
  std::chrono::milliseconds drain_timeout{30'000};
  std::chrono::milliseconds canary_limit{10'000};
  std::chrono::milliseconds canary_interval{30'000};
};

/// Which Trino, as whom. What is empty is left to engine::TrinoOptions. A plain value.
struct TrinoSettings {
  std::string url;
  std::string user;
  Secret password;
  Secret token;
  std::string catalog = "hive";
  std::string schema;
  std::map<std::string, std::string> session;
  std::string ca_file;
};

/// Which Athena, as whom. What is empty is left to engine::AthenaOptions. A plain value.
struct AthenaSettings {
  std::string endpoint;
  std::string region;      ///< "": the one that the AWS tools would take.
  std::string access_key;  ///< With secret_key; "": the AWS chain.
  Secret secret_key;
  Secret session_token;
  std::string workgroup;
  std::string output;
  std::string database;
  std::string catalog;
  std::chrono::milliseconds result_reuse{0};  ///< Answers up to that age are taken again.
  std::string ca_file;
};

/// Of SQL engines. A plain value.
struct EngineSettings {
  std::string default_engine = "duckdb";
  TrinoSettings trino;
  AthenaSettings athena;
};

/// Of DuckDB, which answers queries within this process. A plain value.
struct DuckDbSettings {
  std::int64_t memory_bytes = 1 << 30;
  int threads = 0;               ///< 0: one a core.
  std::string scratch_folder;    ///< "": the system's.
  std::string extension_folder;  ///< "": beside libduckdb.
};

/// When work is done. A plain value.
struct ScheduleSettings {
  std::optional<Cron> archive;  ///< Of runs that `pgattic serve` begins; nullopt: none.
  std::string time_zone = "UTC";
  Window window;  ///< Of every run, whoever begins it.
  std::chrono::milliseconds jitter{0};
  std::chrono::milliseconds retry{900'000};
};

/// Everything configurable. A plain value.
struct Config {
  std::string database_url;
  std::string archive_url;
  S3Settings s3;
  S3Settings copy_s3;  ///< Of copy.url; what is empty is taken from s3.
  archive::RunOptions run;
  LookupSettings lookup;
  ServeSettings serve;
  EngineSettings engine;
  DuckDbSettings duckdb;
  ScheduleSettings schedule;
  archive::RolloutLimits rollout;
  ScrubSettings scrub;
  std::vector<archive::SourceOptions> sources;
};

/// A key set on the command line, and the words of the message if it is wrong: "--set" or
/// "--run-workers". A plain value.
struct Override {
  std::string key;  ///< As in the file: "database.url"; "source.table" for the one source.
  std::string text;
  std::string where;
};

/// Reads a TOML file, then lays PGATTIC_… variables and `overrides` over it, the later one
/// wins. `file` empty: no file. InvalidArgument names file and line (or the variable, or the
/// flag), the key and, where one is near, the known one; or the unit that was expected. A
/// PGATTIC_ variable that is no key is an error. Blocks while the file is read.
Result<Config> LoadConfig(const std::string& file, const std::map<std::string, std::string>& env,
                          const std::vector<Override>& overrides);

/// Returns the table of all keys as text: key, default, help.
std::string DescribeConfig();

}  // namespace pgattic::service
