// AwsIdentity: as whom the AWS services are asked.
#pragma once

#include <memory>
#include <string>

#include "base/op_context.h"
#include "base/result.h"
#include "s3/credentials.h"

struct aws_credentials_provider;
struct aws_tls_ctx;

namespace pgattic::s3 {

/// Where credentials come from. A plain value.
struct AwsIdentityOptions {
  std::string what;     ///< For messages: "s3://bucket".
  Credentials fixed;    ///< Empty: the AWS chain (environment, profile, container, instance, web
                        ///< identity), which renews them.
  std::string ca_file;  ///< PEM certificates to trust instead of the system's.
  std::string remedy;   ///< What to configure where there are none.
};

/// Thread-safe. Whoever borrows the provider or TLS context releases its own use of it first.
class AwsIdentity {
 public:
  /// FailedPrecondition: no usable TLS or CA file. Does not ask for credentials yet.
  static Result<std::unique_ptr<AwsIdentity>> Open(const AwsIdentityOptions& options);
  virtual ~AwsIdentity() = default;
  AwsIdentity(const AwsIdentity&) = delete;
  AwsIdentity& operator=(const AwsIdentity&) = delete;

  /// Lent.
  virtual aws_credentials_provider* provider() const = 0;
  virtual aws_tls_ctx* tls() const = 0;
  /// Returns the credentials of this moment; the chain keeps them until they expire. Blocks while
  /// it asks. PermissionDenied: there are none.
  virtual Result<Credentials> Keys(const OpContext& ctx) = 0;

 protected:
  AwsIdentity() = default;
};

}  // namespace pgattic::s3
