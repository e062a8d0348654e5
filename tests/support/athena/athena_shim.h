// AthenaShim: Athena's API in front of a Trino, as a child process (athena_shim.py).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/subprocess.h"

namespace pgattic::test {

/// Starts in Start(), is killed by the destructor, also when the test program dies. One thread.
class AthenaShim {
 public:
  /// In front of the Trino at `trino_url`. REQUIRES: called by a thread that outlives it.
  static Result<std::unique_ptr<AthenaShim>> Start(const std::string& trino_url);

  const std::string& endpoint() const { return endpoint_; }
  static std::string access_key() { return "AKIDTEST"; }
  static std::string secret_key() { return "secret/test+key"; }
  static std::string session_token() { return "session/token=="; }
  static std::string region() { return "eu-west-1"; }
  /// The next n requests are "throttle"d, an "error", or "drop"ped after they had their effect.
  void Fail(const std::string& how, int n) const;
  /// How often each action was called since the last time.
  std::map<std::string, int> TakeCalls() const;
  /// Prints what boto3 gets: see drive_boto3.py, whose arguments follow the endpoint. Without a
  /// session token.
  static Result<std::string> DriveByBoto3(const std::string& trino_url,
                                          const std::vector<std::string>& arguments);

 private:
  AthenaShim() = default;
  static Result<std::unique_ptr<AthenaShim>> StartWith(const std::string& trino_url,
                                                       const std::string& session_token);

  std::string endpoint_;
  std::unique_ptr<sandbox::Subprocess> process_;
};

}  // namespace pgattic::test
