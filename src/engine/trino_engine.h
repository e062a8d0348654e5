// TrinoEngine: queries by Trino's REST protocol.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/retry.h"
#include "base/secret.h"
#include "engine/query_engine.h"

namespace pgattic::engine {

/// Which Trino, as whom. A plain value.
struct TrinoOptions {
  std::string url;  ///< "https://trino.example.org"; of the coordinator, or its proxy.
  std::string user = "pgattic";
  Secret password;      ///< Basic authentication as `user`.
  Secret token;         ///< A JWT, sent as a bearer token; goes before `password`.
  std::string catalog;  ///< Where tables without a catalog are.
  std::string schema;   ///< Where tables without a schema are.
  std::map<std::string, std::string> session;  ///< Session properties.
  std::string ca_file;  ///< PEM certificates to trust instead of the system's.
  std::chrono::milliseconds connect_timeout{5000};
  /// Repetitions of one request after 429, 502, 503, 504, or no answer.
  RetryPolicy retry{8, std::chrono::milliseconds(100), std::chrono::milliseconds(2000)};

  /// InvalidArgument for what cannot work, such as a password without TLS beyond this machine.
  Status Validate() const;
};

/// Returns a client. Does not connect. Errors: those of Validate. What it runs is cancelled in the
/// engine where it does not run to its end, and by the engine itself, by `query_max_run_time`,
/// where this process dies.
Result<std::unique_ptr<QueryEngine>> OpenTrino(const TrinoOptions& options);

}  // namespace pgattic::engine
