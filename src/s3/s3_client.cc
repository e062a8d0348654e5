#include "s3/s3_client.h"

#include <aws/auth/credentials.h>
#include <aws/auth/signing_config.h>
#include <aws/common/error.h>
#include <aws/io/tls_channel_handler.h>
#include <aws/s3/s3_client.h>

#include <condition_variable>
#include <mutex>

#include "s3/aws_runtime.h"
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

/// One thing in the runtime whose end is told by a callback.
class Ending {
 public:
  static void Tell(void* ending) {
    auto* self = static_cast<Ending*>(ending);
    const std::lock_guard lock(self->mutex_);
    self->is_over_ = true;
    self->over_.notify_all();
  }
  void Await() {
    std::unique_lock lock(mutex_);
    over_.wait(lock, [this] { return is_over_; });
  }

 private:
  std::mutex mutex_;  // Guards is_over_.
  std::condition_variable over_;
  bool is_over_ = false;
};

class AwsS3Client final : public S3Client {
 public:
  explicit AwsS3Client(const S3Options& options) : options_(options), location_(options) {}
  ~AwsS3Client() override;

  Status Init();
  const S3Location& location() const override { return location_; }
  std::shared_ptr<S3Call> Start(S3Request request) override;
  Result<S3Reply> Await(const OpContext& ctx, S3Call& call) override;

 private:
  Status InitTls();
  Status InitCredentials();
  Status InitClient();

  const S3Options options_;
  const S3Location location_;
  AwsRuntime runtime_;
  aws_tls_ctx* tls_ = nullptr;
  aws_credentials_provider* credentials_ = nullptr;
  Ending credentials_end_;
  aws_s3_client* client_ = nullptr;
  Ending client_end_;
};

AwsS3Client::~AwsS3Client() {
  if (client_ != nullptr) {
    aws_s3_client_release(client_);
    client_end_.Await();
  }
  if (credentials_ != nullptr) {
    aws_credentials_provider_release(credentials_);
    credentials_end_.Await();
  }
  aws_tls_ctx_release(tls_);
}

Status AwsS3Client::Init() {
  PGATTIC_RETURN_IF_ERROR(InitTls());
  PGATTIC_RETURN_IF_ERROR(InitCredentials());
  return InitClient();
}

// Also for the credential chain, which may ask web services.
Status AwsS3Client::InitTls() {
  aws_tls_ctx_options tls{};
  aws_tls_ctx_options_init_default_client(&tls, AwsRuntime::allocator());
  bool is_good = true;
  if (!options_.ca_file.empty()) {
    is_good = aws_tls_ctx_options_override_default_trust_store_from_path(
                  &tls, nullptr, options_.ca_file.c_str()) == AWS_OP_SUCCESS;
  }
  if (is_good) tls_ = aws_tls_client_ctx_new(AwsRuntime::allocator(), &tls);
  aws_tls_ctx_options_clean_up(&tls);
  if (tls_ != nullptr) return Status::Ok();
  return {Code::kFailedPrecondition,
          location_.Describe() + ": TLS cannot be set up (" + aws_error_str(aws_last_error()) +
              "); check s3.ca_file" + (options_.ca_file.empty() ? "" : " = " + options_.ca_file),
          {"s3", aws_error_name(aws_last_error())}};
}

Status AwsS3Client::InitCredentials() {
  aws_credentials_provider_shutdown_options shutdown{};
  shutdown.shutdown_callback = Ending::Tell;
  shutdown.shutdown_user_data = &credentials_end_;
  if (!options_.access_key.empty()) {
    aws_credentials_provider_static_options fixed{};
    fixed.shutdown_options = shutdown;
    fixed.access_key_id = CursorOf(options_.access_key.Reveal());
    fixed.secret_access_key = CursorOf(options_.secret_key.Reveal());
    fixed.session_token = CursorOf(options_.session_token.Reveal());
    credentials_ = aws_credentials_provider_new_static(AwsRuntime::allocator(), &fixed);
  } else {
    aws_credentials_provider_chain_default_options chain{};
    chain.shutdown_options = shutdown;
    chain.bootstrap = runtime_.bootstrap();
    chain.tls_ctx = tls_;
    credentials_ = aws_credentials_provider_new_chain_default(AwsRuntime::allocator(), &chain);
  }
  if (credentials_ != nullptr) return Status::Ok();
  return {Code::kFailedPrecondition,
          location_.Describe() + ": no source of credentials (" + aws_error_str(aws_last_error()) +
              "); set s3.access_key and s3.secret_key",
          {"s3", aws_error_name(aws_last_error())}};
}

Status AwsS3Client::InitClient() {
  aws_signing_config_aws signing{};
  aws_s3_init_default_signing_config(&signing, CursorOf(options_.region), credentials_);
  aws_tls_connection_options connection{};
  aws_tls_connection_options_init_from_ctx(&connection, tls_);
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
