// AthenaApi: signed calls of Athena's actions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/athena_engine.h"
#include "http/client.h"

namespace pgattic::engine {

/// Where a query stands. A plain value. Source: Athena API Reference, QueryExecution.
struct AthenaExecution {
  std::string state;   ///< "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED".
  std::string reason;  ///< Of the last two.
  int error_category = 0;
  std::int64_t bytes_scanned = 0;
};

/// A page of an answer. A plain value.
struct AthenaResults {
  std::vector<AnswerColumn> columns;
  std::vector<std::vector<AnswerValue>> rows;
  std::string next_token;  ///< "": this was the last one.
};

/// Each call blocks, is signed with the credentials of its moment, and is repeated after throttling
/// or without an answer, inside the context. Errors: those of athena_error.h and http::Client.
/// Thread-safe.
class AthenaApi {
 public:
  AthenaApi(const AthenaOptions& options, std::string url, AthenaKeySource keys);

  /// Returns the request that begins a query, with a token of its own. InvalidArgument for what is
  /// not UTF-8. Does not block.
  Result<std::string> Compose(const Query& query) const;
  /// Begins a query and returns its id. The same request begins it once, however often it is sent.
  Result<std::string> Start(const OpContext& ctx, const std::string& request);
  Result<AthenaExecution> Look(const OpContext& ctx, const std::string& id);
  Result<AthenaResults> Results(const OpContext& ctx, const std::string& id,
                                const std::string& token);
  /// Ends a query; OK where it has ended already.
  Status Stop(const OpContext& ctx, const std::string& id);

 private:
  Result<std::string> Call(const OpContext& ctx, const std::string& action,
                           const std::string& body);
  Result<std::string> CallOnce(const OpContext& ctx, const std::string& action,
                               const std::string& body);

  const AthenaOptions options_;
  const std::string url_;
  const AthenaKeySource keys_;
  http::Client client_;
};

}  // namespace pgattic::engine
