// Credentials: who signs, for clients of AWS's services that are not of the AWS runtime.
#pragma once

#include "base/op_context.h"
#include "base/result.h"
#include "base/secret.h"
#include "s3/s3_options.h"

namespace pgattic::s3 {

/// Keys as they are valid now; those of a role expire. A plain value.
struct Credentials {
  Secret access_key;
  Secret secret_key;
  Secret session_token;  ///< Empty where they are not temporary.
};

/// Returns those of the options, else what the AWS chain finds (environment, profile, container,
/// instance, web identity). Blocks while that asks, as long as its own time-outs let it.
/// PermissionDenied where it finds none.
Result<Credentials> FindCredentials(const OpContext& ctx, const S3Options& options);

}  // namespace pgattic::s3
