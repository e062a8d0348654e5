// MotoAthena: Athena as moto knows its shapes, as a child process (moto_athena.py).
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "sandbox/subprocess.h"

namespace pgattic::test {

/// A second opinion on the shapes of Athena's API: moto runs no SQL and checks no signature, but
/// reads requests and writes answers by its own reading of the API. Starts in Start(), is killed
/// by the destructor, also when the test program dies. One thread.
class MotoAthena {
 public:
  /// REQUIRES: called by a thread that outlives it.
  static Result<std::unique_ptr<MotoAthena>> Start();

  const std::string& endpoint() const { return endpoint_; }
  static std::string region() { return "eu-west-1"; }
  /// The answer of the next query: `{"rows": […], "column_info": […]}` in Athena's words.
  void Answer(const nlohmann::json& result) const;
  /// Each query goes on to its next state after it was looked at so often.
  void SlowDown(int looks) const;
  /// What moto says of a query, by GetQueryExecution.
  nlohmann::json Execution(const std::string& id) const;
  /// Ids of all queries.
  nlohmann::json Executions() const;

 private:
  MotoAthena() = default;
  nlohmann::json Post(const std::string& path, const std::string& action,
                      const nlohmann::json& body) const;

  std::string endpoint_;
  std::unique_ptr<sandbox::Subprocess> process_;
};

}  // namespace pgattic::test
