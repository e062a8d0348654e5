#include "s3/aws_identity.h"

#include <aws/auth/credentials.h>
#include <aws/common/error.h>
#include <aws/io/tls_channel_handler.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "s3/aws_runtime.h"
#include "s3/ending.h"

namespace pgattic::s3 {
namespace {

aws_byte_cursor CursorOf(const std::string& text) {
  return aws_byte_cursor_from_array(text.data(), text.size());
}

std::string TextOf(aws_byte_cursor cursor) {
  return cursor.len == 0 ? std::string()
                         : std::string(reinterpret_cast<const char*>(cursor.ptr), cursor.len);
}

/// An answer of a provider. It may come after whoever asked has given up: hence shared.
struct Asked {
  std::mutex mutex;  // Guards what follows.
  std::condition_variable_any changed;
  bool is_over = false;
  int error = 0;
  Credentials keys;
};

void TakeAnswer(aws_credentials* credentials, int error, void* target) {
  // The one reference that the question holds.
  const std::unique_ptr<std::shared_ptr<Asked>> held(static_cast<std::shared_ptr<Asked>*>(target));
  Asked& asked = **held;
  const std::lock_guard lock(asked.mutex);
  asked.is_over = true;
  asked.error = credentials == nullptr && error == 0 ? AWS_ERROR_UNKNOWN : error;
  if (credentials != nullptr) {
    asked.keys = {Secret(TextOf(aws_credentials_get_access_key_id(credentials))),
                  Secret(TextOf(aws_credentials_get_secret_access_key(credentials))),
                  Secret(TextOf(aws_credentials_get_session_token(credentials)))};
  }
  asked.changed.notify_all();
}

class RuntimeIdentity final : public AwsIdentity {
 public:
  explicit RuntimeIdentity(const AwsIdentityOptions& options) : options_(options) {}
  ~RuntimeIdentity() override;

  Status Init();
  aws_credentials_provider* provider() const override { return provider_; }
  aws_tls_ctx* tls() const override { return tls_; }
  Result<Credentials> Keys(const OpContext& ctx) override;

 private:
  Status InitTls();
  Status InitProvider();
  Status None(int error) const;

  const AwsIdentityOptions options_;
  AwsRuntime runtime_;
  aws_tls_ctx* tls_ = nullptr;
  aws_credentials_provider* provider_ = nullptr;
  Ending end_;
};

RuntimeIdentity::~RuntimeIdentity() {
  if (provider_ != nullptr) {
    aws_credentials_provider_release(provider_);
    end_.Await();
  }
  aws_tls_ctx_release(tls_);
}

Status RuntimeIdentity::Init() {
  PGATTIC_RETURN_IF_ERROR(InitTls());
  return InitProvider();
}

// Also for the credential chain, which may ask web services.
Status RuntimeIdentity::InitTls() {
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
          options_.what + ": TLS cannot be set up (" + aws_error_str(aws_last_error()) +
              "); check s3.ca_file" + (options_.ca_file.empty() ? "" : " = " + options_.ca_file),
          {"s3", aws_error_name(aws_last_error())}};
}

Status RuntimeIdentity::InitProvider() {
  aws_credentials_provider_shutdown_options shutdown{};
  shutdown.shutdown_callback = Ending::Tell;
  shutdown.shutdown_user_data = &end_;
  if (!options_.fixed.access_key.empty()) {
    aws_credentials_provider_static_options fixed{};
    fixed.shutdown_options = shutdown;
    fixed.access_key_id = CursorOf(options_.fixed.access_key.Reveal());
    fixed.secret_access_key = CursorOf(options_.fixed.secret_key.Reveal());
    fixed.session_token = CursorOf(options_.fixed.session_token.Reveal());
    provider_ = aws_credentials_provider_new_static(AwsRuntime::allocator(), &fixed);
  } else {
    aws_credentials_provider_chain_default_options chain{};
    chain.shutdown_options = shutdown;
    chain.bootstrap = runtime_.bootstrap();
    chain.tls_ctx = tls_;
    provider_ = aws_credentials_provider_new_chain_default(AwsRuntime::allocator(), &chain);
  }
  if (provider_ != nullptr) return Status::Ok();
  return {Code::kFailedPrecondition,
          options_.what + ": no source of credentials (" + aws_error_str(aws_last_error()) + "); " +
              options_.remedy,
          {"s3", aws_error_name(aws_last_error())}};
}

Status RuntimeIdentity::None(int error) const {
  return {Code::kPermissionDenied,
          options_.what + ": no AWS credentials were found (" + aws_error_str(error) + "); " +
              options_.remedy + ", or AWS_ACCESS_KEY_ID, or a role",
          {"aws", aws_error_name(error)}};
}

Result<Credentials> RuntimeIdentity::Keys(const OpContext& ctx) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  constexpr std::chrono::milliseconds kPatience{30'000};
  const auto asked = std::make_shared<Asked>();
  auto held = std::make_unique<std::shared_ptr<Asked>>(asked);
  if (aws_credentials_provider_get_credentials(provider_, TakeAnswer, held.get()) !=
      AWS_OP_SUCCESS) {
    return None(aws_last_error());
  }
  static_cast<void>(held.release());
  std::unique_lock lock(asked->mutex);
  if (!asked->changed.wait_for(lock, ctx.stop(), ctx.Remaining(kPatience),
                               [&] { return asked->is_over; })) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    return {Code::kUnavailable,
            options_.what + ": no answer about AWS credentials; try later",
            {"aws", "timeout"}};
  }
  if (asked->error != 0) return None(asked->error);
  return std::move(asked->keys);
}

}  // namespace

Result<std::unique_ptr<AwsIdentity>> AwsIdentity::Open(const AwsIdentityOptions& options) {
  auto identity = std::make_unique<RuntimeIdentity>(options);
  PGATTIC_RETURN_IF_ERROR(identity->Init());
  return std::unique_ptr<AwsIdentity>(std::move(identity));
}

}  // namespace pgattic::s3
