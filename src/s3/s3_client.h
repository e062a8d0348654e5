// S3Client: signed HTTP requests to one bucket, one at a time or several at once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "s3/s3_location.h"
#include "s3/s3_options.h"

namespace pgattic::s3 {

/// One request of the S3 API. Exactly one HTTP request unless it is repeated after a failure.
struct S3Request {
  std::string operation;  ///< "GetObject"; the runtime treats some operations specially.
  std::string method;
  std::string path;  ///< Encoded path and query, from S3Location.
  std::vector<std::pair<std::string, std::string>> headers;  ///< But Host, Content-Length.
  std::string body;
  bool add_checksum = false;    ///< Send the CRC64NVME of the body as a header.
  bool check_checksum = false;  ///< Ask for the object's checksum and compare it.
};

/// What came of a request.
struct S3Reply {
  int status = 0;     ///< HTTP status of the last answer; 0: there was none.
  int aws_error = 0;  ///< Error of the runtime; 0: success.
  std::map<std::string, std::string> headers;  ///< Lower-case names.
  std::string body;
  /// Some try was sent and its effect is not known: no answer, or a 5xx other than 503.
  bool is_effect_unknown = false;
  int tries = 0;

  bool ok() const { return aws_error == 0; }
  /// Returns the header, or "".
  std::string Header(const std::string& lower_case_name) const;
};

/// A request under way. Thread-safe. Lives as long as the runtime works on it, also when its
/// caller gave up: hence shared.
class S3Call;

/// Thread-safe. Its destructor cancels nothing: it waits for the calls under way, each of
/// which ends at the latest with its time-outs.
class S3Client {
 public:
  /// REQUIRES: options.Validate().ok(). FailedPrecondition: no usable TLS or CA file.
  static Result<std::unique_ptr<S3Client>> Open(const S3Options& options);
  virtual ~S3Client() = default;

  virtual const S3Location& location() const = 0;
  /// Begins a request. Does not block.
  virtual std::shared_ptr<S3Call> Start(S3Request request) = 0;
  /// Waits for the end of `call`. Cancelled, DeadlineExceeded or, after
  /// S3Options::request_timeout, Unavailable: the call was cancelled, its effect is unknown.
  virtual Result<S3Reply> Await(const OpContext& ctx, S3Call& call) = 0;

  /// Start and Await. Sends nothing when `ctx` is over.
  Result<S3Reply> Send(const OpContext& ctx, S3Request request);
};

}  // namespace pgattic::s3
