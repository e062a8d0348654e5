// Config: what a configuration file, the environment and flags say.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "archive/run_context.h"
#include "base/result.h"
#include "base/secret.h"

namespace pgattic::service {

/// Options of s3://, DESIGN 10. Empty strings: the AWS chain or its defaults. A plain value.
struct S3Settings {
  std::string endpoint;
  std::string region;
  bool path_style = false;
  std::string access_key;
  Secret secret_key;
  Secret session_token;
  std::string ca_file;
  std::string storage_class;
  std::string sse_kms_key_id;
  std::string tags;  ///< "key=value&key=value", URL-encoded as x-amz-tagging.
};

/// Everything configurable. A plain value.
struct Config {
  std::string database_url;
  std::string archive_url;
  S3Settings s3;
  archive::RunOptions run;
  std::int64_t footer_cache_bytes = 64 << 20;
  std::vector<archive::SourceOptions> sources;
};

/// Reads a TOML file, then lays PGATTIC_… variables and `overrides` (flags, keys as in the
/// file: "database.url") over it. `file` empty: no file. InvalidArgument names file, line,
/// the key and the nearest known one, or the unit that was expected.
Result<Config> LoadConfig(const std::string& file, const std::map<std::string, std::string>& env,
                          const std::map<std::string, std::string>& overrides);

/// Returns the table of all keys as text: key, environment variable, default, help.
std::string DescribeConfig();

/// "7d", "12h", "30m", "10s", "200ms" or "0". InvalidArgument without a unit.
Result<std::chrono::milliseconds> ParseDuration(const std::string& text);
/// "256MiB", "1GiB", "64KiB" or plain bytes.
Result<std::int64_t> ParseSize(const std::string& text);

}  // namespace pgattic::service
