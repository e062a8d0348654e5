// The one place where answers of S3 and errors of the AWS runtime become a Status.
#pragma once

#include <string>

#include "base/result.h"
#include "s3/s3_client.h"

namespace pgattic::s3 {

/// Returns S3's own code of a failed reply: "NoSuchKey"; for an answer without a body the
/// HTTP status, for no answer the name of the runtime's error.
std::string ErrorCodeOf(const S3Reply& reply);

/// Translates a failed reply. `what` names store, key and what was not done; `endpoint` goes
/// into messages about the network. 412 is Conflict: a caller that asked for if_absent
/// makes AlreadyExists of it. REQUIRES: !reply.ok().
Status ErrorOf(const S3Reply& reply, const std::string& what, const std::string& endpoint);

}  // namespace pgattic::s3
