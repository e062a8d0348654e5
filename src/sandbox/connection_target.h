// ConnectionTarget: generated rows straight into a database.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pg/connection.h"
#include "sandbox/copy_target.h"

namespace pgattic::sandbox {

/// Sends each COPY over a connection when it ends; holds the rows of one COPY in memory
/// until then. Not thread-safe.
class ConnectionTarget final : public CopyTarget {
 public:
  ConnectionTarget(const OpContext& ctx, pg::Connection& connection)
      : ctx_(ctx), connection_(connection) {}

  Status BeginCopy(const std::string& table, const std::vector<std::string>& columns) override {
    statement_ = CopyStatement(table, columns);
    pieces_.clear();
    return Status::Ok();
  }
  Status Write(ByteView lines) override {
    pieces_.emplace_back(AsText(lines));
    return Status::Ok();
  }
  Status EndCopy() override {
    std::size_t next = 0;
    return connection_.CopyIn(ctx_, statement_, [&]() -> Result<std::optional<std::string>> {
      if (next == pieces_.size()) return std::optional<std::string>();
      return std::optional<std::string>(std::move(pieces_[next++]));
    });
  }

 private:
  const OpContext& ctx_;
  pg::Connection& connection_;
  std::string statement_;
  std::vector<std::string> pieces_;
};

}  // namespace pgattic::sandbox
