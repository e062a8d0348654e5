// AwsRuntime: what all S3 clients of the process share of the AWS Common Runtime.
#pragma once

struct aws_allocator;
struct aws_client_bootstrap;

namespace pgattic::s3 {

/// A share of the process-wide event loop, host resolver and client bootstrap. The first
/// share starts them, the destructor of the last ends them and joins their threads. The
/// library itself is initialised once and for all. Thread-safe.
class AwsRuntime {
 public:
  AwsRuntime();
  ~AwsRuntime();
  AwsRuntime(const AwsRuntime&) = delete;
  AwsRuntime& operator=(const AwsRuntime&) = delete;

  static aws_allocator* allocator();
  aws_client_bootstrap* bootstrap() const { return bootstrap_; }

 private:
  aws_client_bootstrap* bootstrap_;
};

}  // namespace pgattic::s3
