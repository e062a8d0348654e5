// TrinoServer: a real Trino with the Hive connector, over an S3 server, as a child process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "sandbox/scratch_folder.h"
#include "sandbox/subprocess.h"
#include "tests/support/s3/s3_server.h"

namespace pgattic::test {

/// Starts in Start(), a coordinator that is its own worker, catalog `hive` with the file metastore,
/// partition projection on. Plain http for whoever names a user; https asks for a JWT. Takes about
/// 12 s and 600 MB; one for a whole test program. Ended by the destructor, also when the program
/// dies. Thread-safe after Start().
class TrinoServer {
 public:
  /// True when tools/fetch_deps.sh trino was run.
  static bool IsInstalled();
  static constexpr const char* kNotInstalled =
      "Trino is not installed; run: tools/fetch_deps.sh trino";

  /// Waits until a query of a table is answered. REQUIRES: called by a thread that outlives it.
  static Result<std::unique_ptr<TrinoServer>> Start(const S3Server& s3);

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string https_url() const { return "https://127.0.0.1:" + std::to_string(https_port_); }
  std::string ca_file() const { return folder_->path() + "/cert.pem"; }
  /// A token that https takes, for `user`.
  std::string TokenFor(const std::string& user) const;
  /// Where the file metastore keeps a table: <schema>/<table>/.trinoSchema.
  std::string metastore_folder() const { return folder_->path() + "/metastore"; }
  void Freeze() const;
  void Wake() const;

 private:
  TrinoServer() = default;
  Status WriteConfig(const S3Server& s3) const;
  Status MakeCertificate() const;
  Status Spawn();
  Status AwaitReady(const S3Server& s3);

  std::uint16_t port_ = 0;
  std::uint16_t https_port_ = 0;
  std::string secret_;
  std::unique_ptr<sandbox::ScratchFolder> folder_;
  std::unique_ptr<sandbox::Subprocess> process_;
};

}  // namespace pgattic::test
