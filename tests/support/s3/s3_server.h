// S3Server: a real S3 server (versitygw on a temporary folder) as a child process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "s3/s3_options.h"

namespace pgattic::test {

struct S3ServerOptions {
  bool versioned_buckets = false;  ///< MakeBucket() switches versions on.
  std::string certificate_file;    ///< With key_file: speaks TLS. PEM.
  std::string key_file;
};

/// Starts in Start(), listens on a free port of 127.0.0.1, is killed and its folder removed
/// by the destructor, also when the test program dies. Thread-safe after Start().
/// The program is $PGATTIC_VERSITYGW, else third_party/bin/versitygw (tools/fetch_deps.sh test).
class S3Server {
 public:
  static Result<std::unique_ptr<S3Server>> Start(const S3ServerOptions& options = {});
  ~S3Server();
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;

  /// Returns options of a store in `bucket` on this server; few and quick repetitions.
  s3::S3Options OptionsFor(const std::string& bucket) const;
  /// Makes a bucket.
  Status MakeBucket(const std::string& bucket) const;
  /// Makes a bucket of a new name and returns it.
  Result<std::string> MakeBucket() const;

  std::string endpoint() const;
  /// Where it keeps objects and versions, for tests that damage bytes or look for them.
  const std::string& folder() const { return folder_; }
  std::uint16_t port() const { return port_; }
  std::string access_key() const { return "pgattic-test"; }
  std::string secret_key() const { return "pgattic-test-secret"; }
  /// Freezes (SIGSTOP) or wakes the server: a store that hangs.
  void Freeze() const;
  void Wake() const;
  /// Kills the server (SIGKILL).
  void Kill();
  /// Kills the server (SIGKILL) and starts it again on the same objects and port.
  Status KillAndRestart();

 private:
  S3Server() = default;
  Status Spawn(const std::string& program);
  Status AwaitReady();

  S3ServerOptions options_;
  std::string folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace pgattic::test
