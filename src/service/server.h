// Server: from the configuration to a service that answers.
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "archive/run_context.h"
#include "base/result.h"
#include "catalog/source_table.h"
#include "pg/connection.h"
#include "service/config.h"
#include "service/scheduler.h"

namespace pgattic::service {

/// A source of the configuration with what the catalog says of it.
struct ServedSource {
  archive::SourceOptions options;
  catalog::SourceTable table;
};

/// Everything that `pgattic serve` runs. Start, then Run, once, in one thread.
class Server {
 public:
  /// Looks at what the configuration alone can tell: settings that do not go together, such as an
  /// address beyond this machine without tokens, and files that cannot be read. InvalidArgument.
  static Status Check(const Config& config);
  /// Opens the stores and listens. InvalidArgument as Check() says, and for a time zone that
  /// PostgreSQL does not know; else the errors of what is opened. `archive` is what
  /// schedule.archive runs.
  static Result<std::unique_ptr<Server>> Start(const Config& config, pg::ConnectOptions connect,
                                               const std::vector<ServedSource>& sources,
                                               Job archive);
  virtual ~Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Returns "http://127.0.0.1:8080".
  virtual std::string url() const = 0;
  /// Blocks until `stop` is requested, serve.drain_delay is over, requests under way have ended, at
  /// most for serve.drain_timeout, and a scheduled run has come to its next safe point. Unavailable
  /// when it ends without a request, since the system takes no more connections for it.
  virtual Status Run(const std::stop_token& stop) = 0;

 protected:
  Server() = default;
};

}  // namespace pgattic::service
