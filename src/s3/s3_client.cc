#include "s3/s3_client.h"

#include <aws/auth/credentials.h>
#include <aws/auth/signing_config.h>
#include <aws/common/error.h>
#include <aws/io/tls_channel_handler.h>
#include <aws/s3/s3_client.h>

#include "s3/aws_identity.h"
#include "s3/aws_runtime.h"
#include "s3/ending.h"
#include "s3/s3_call.h"

namespace pgattic::s3 {
namespace {

// The least that the runtime accepts. It takes from it only what single requests need, since
// bodies are lent to it and no object is cut by it.
constexpr std::uint64_t kRuntimeMemoryLimit = std::uint64_t{1} << 30;
constexpr double kThroughputTargetGbps = 1.0;

aws_byte_cursor CursorOf(const std::string& text) {
  return aws_byte_cursor_from_array(text.data(), text.size());
}

class AwsS3Client final : public S3Client {
 public:
  explicit AwsS3Client(const S3Options& options) : options_(options), location_(options) {}
  ~AwsS3Client() override;

  Status Init();
  const S3Location& location() const override { return location_; }
  std::shared_ptr<S3Call> Start(S3Request request) override;
  Result<S3Reply> Await(const OpContext& ctx, S3Call& call) override;

 private:
  Status InitIdentity();
  Status InitClient();

  const S3Options options_;
  const S3Location location_;
  AwsRuntime runtime_;
  std::unique_ptr<AwsIdentity> identity_;
  aws_s3_client* client_ = nullptr;
  Ending client_end_;
};

AwsS3Client::~AwsS3Client() {
  if (client_ != nullptr) {
    aws_s3_client_release(client_);
    client_end_.Await();
  }
}

Status AwsS3Client::Init() {
  PGATTIC_RETURN_IF_ERROR(InitIdentity());
  return InitClient();
}

Status AwsS3Client::InitIdentity() {
  PGATTIC_ASSIGN_OR_RETURN(
      identity_,
      AwsIdentity::Open({location_.Describe(),
                         {options_.access_key, options_.secret_key, options_.session_token},
                         options_.ca_file,
                         "set s3.access_key and s3.secret_key"}));
  return Status::Ok();
}

Status AwsS3Client::InitClient() {
  aws_signing_config_aws signing{};
  aws_s3_init_default_signing_config(&signing, CursorOf(options_.region), identity_->provider());
  aws_tls_connection_options connection{};
  aws_tls_connection_options_init_from_ctx(&connection, identity_->tls());
  aws_s3_client_config config{};
  config.client_bootstrap = runtime_.bootstrap();
  config.region = CursorOf(options_.region);
  config.signing_config = &signing;
  config.tls_mode = location_.is_tls() ? AWS_MR_TLS_ENABLED : AWS_MR_TLS_DISABLED;
  if (location_.is_tls()) config.tls_connection_options = &connection;
  config.max_active_connections_override = static_cast<std::uint32_t>(options_.max_connections);
  config.throughput_target_gbps = kThroughputTargetGbps;
  config.memory_limit_in_bytes = kRuntimeMemoryLimit;
  config.connect_timeout_ms = static_cast<std::uint32_t>(options_.connect_timeout.count());
  config.retry_config.max_retries = static_cast<std::size_t>(options_.max_retries);
  config.retry_config.backoff_scale_factor_ms =
      static_cast<std::uint32_t>(options_.retry_scale.count());
  config.retry_config.retry_mode =
      options_.max_retries > 0 ? AWS_S3_RETRY_MODE_STANDARD : AWS_S3_RETRY_MODE_NONE;
  config.shutdown_callback = Ending::Tell;
  config.shutdown_callback_user_data = &client_end_;
  client_ = aws_s3_client_new(AwsRuntime::allocator(), &config);
  aws_tls_connection_options_clean_up(&connection);
  if (client_ != nullptr) return Status::Ok();
  return {Code::kFailedPrecondition,
          location_.Describe() + ": no S3 client: " + aws_error_str(aws_last_error()),
          {"s3", aws_error_name(aws_last_error())}};
}

std::shared_ptr<S3Call> AwsS3Client::Start(S3Request request) {
  auto call = std::make_shared<S3Call>(std::move(request));
  call->Start(client_, location_, call);
  return call;
}

Result<S3Reply> AwsS3Client::Await(const OpContext& ctx, S3Call& call) {
  const std::chrono::milliseconds patience = ctx.Remaining(options_.request_timeout);
  if (call.Wait(patience, ctx.stop())) return call.TakeReply();
  call.Cancel();
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const std::string what = location_.Describe() + ": no answer within ";
  if (patience < options_.request_timeout) {
    return {Code::kDeadlineExceeded, what + "the time given for this operation"};
  }
  return {Code::kUnavailable,
          what + "s3.request_timeout of " + std::to_string(patience.count()) + " ms",
          {"s3", "RequestTimeout"}};
}

}  // namespace

std::string S3Reply::Header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::string() : found->second;
}

Result<std::unique_ptr<S3Client>> S3Client::Open(const S3Options& options) {
  auto client = std::make_unique<AwsS3Client>(options);
  PGATTIC_RETURN_IF_ERROR(client->Init());
  return std::unique_ptr<S3Client>(std::move(client));
}

Result<S3Reply> S3Client::Send(const OpContext& ctx, S3Request request) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const std::shared_ptr<S3Call> call = Start(std::move(request));
  return Await(ctx, *call);
}

}  // namespace pgattic::s3
