// AthenaEngine: queries by Amazon Athena's API.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/retry.h"
#include "base/secret.h"
#include "engine/query_engine.h"

namespace pgattic::engine {

/// As whom Athena is asked. A plain value.
struct AthenaKeys {
  std::string access_key;
  Secret secret_key;
  Secret session_token;
};
/// Gives the credentials of this moment; may block, at most as its context says. Thread-safe.
using AthenaKeySource = std::function<Result<AthenaKeys>(const OpContext&)>;

/// Which Athena. A plain value.
struct AthenaOptions {
  std::string region;    ///< Required: in the signature and in AWS's host name.
  std::string endpoint;  ///< "https://…"; "": AWS's of the region.
  std::string workgroup = "primary";
  std::string output;    ///< "s3://bucket/prefix/" for answers; "": the workgroup's.
  std::string database;  ///< "": tables have to be named with theirs.
  std::string catalog;   ///< "": AwsDataCatalog.
  /// Answers of the same statement up to that age are taken again; 0: never. At most 7 days.
  std::chrono::minutes result_reuse{0};
  std::string ca_file;  ///< PEM certificates to trust instead of the system's.
  std::chrono::milliseconds connect_timeout{5000};
  /// Between looks at a query that runs: the first pause, and the longest one.
  std::chrono::milliseconds first_poll{50};
  std::chrono::milliseconds longest_poll{1000};
  /// Repetitions of a request that was throttled, or had no answer.
  RetryPolicy retry{8, std::chrono::milliseconds(100), std::chrono::milliseconds(5000)};

  /// InvalidArgument for what cannot work.
  Status Validate() const;
};

/// Returns a client. Does not connect. Errors: those of Validate. A query that does not run to its
/// end is stopped in Athena. Parameters are text: where another type is wanted, the statement says
/// CAST(? AS integer). EXPLAIN takes none there: Unsupported.
Result<std::unique_ptr<QueryEngine>> OpenAthena(const AthenaOptions& options, AthenaKeySource keys);

}  // namespace pgattic::engine
