#include "s3/s3_call.h"

#include <aws/common/byte_buf.h>
#include <aws/common/uri.h>
#include <aws/http/request_response.h>
#include <aws/s3/s3_client.h>

#include <algorithm>

#include "base/ascii.h"
#include "s3/aws_runtime.h"

namespace pgattic::s3 {
namespace {

aws_byte_cursor CursorOf(const std::string& text) {
  return aws_byte_cursor_from_array(text.data(), text.size());
}

std::string TextOf(const aws_byte_cursor& cursor) {
  return {reinterpret_cast<const char*>(cursor.ptr), cursor.len};
}

struct MessageDeleter {
  void operator()(aws_http_message* message) const { aws_http_message_release(message); }
};
using Message = std::unique_ptr<aws_http_message, MessageDeleter>;

void AddHeader(aws_http_message* message, const std::string& name, const std::string& value) {
  aws_http_header header{};
  header.name = CursorOf(name);
  header.value = CursorOf(value);
  aws_http_message_add_header(message, header);
}

Message MakeMessage(const S3Request& request, const S3Location& location) {
  Message message(aws_http_message_new_request(AwsRuntime::allocator()));
  aws_http_message_set_request_method(message.get(), CursorOf(request.method));
  aws_http_message_set_request_path(message.get(), CursorOf(request.path));
  AddHeader(message.get(), "Host", location.host());
  if (request.method == "PUT" || request.method == "POST") {
    AddHeader(message.get(), "Content-Length", std::to_string(request.body.size()));
  }
  for (const auto& [name, value] : request.headers) AddHeader(message.get(), name, value);
  return message;
}

void CopyHeaders(const aws_http_headers* headers, std::map<std::string, std::string>& out) {
  for (std::size_t i = 0; i < aws_http_headers_count(headers); ++i) {
    aws_http_header header{};
    aws_http_headers_get_index(headers, i, &header);
    out[AsciiLower(TextOf(header.name))] = TextOf(header.value);
  }
}

}  // namespace

aws_s3_meta_request* S3Call::Make(aws_s3_client* client, const S3Location& location) {
  const Message message = MakeMessage(request_, location);
  aws_uri endpoint{};
  const aws_byte_cursor endpoint_text = CursorOf(location.endpoint());
  if (aws_uri_init_parse(&endpoint, AwsRuntime::allocator(), &endpoint_text) != 0) {
    return nullptr;
  }
  aws_s3_checksum_config checksum{};
  if (request_.add_checksum) {
    checksum.location = AWS_SCL_HEADER;
    checksum.checksum_algorithm = AWS_SCA_CRC64NVME;
  }
  checksum.validate_response_checksum = request_.check_checksum;
  aws_s3_meta_request_options options{};
  options.type = AWS_S3_META_REQUEST_TYPE_DEFAULT;
  options.operation_name = CursorOf(request_.operation);
  options.message = message.get();
  options.endpoint = &endpoint;
  options.request_body = CursorOf(request_.body);
  options.checksum_config = &checksum;
  options.user_data = this;
  options.headers_callback = OnHeaders;
  options.body_callback = OnBody;
  options.telemetry_callback = OnTelemetry;
  options.finish_callback = OnFinish;
  options.shutdown_callback = OnShutdown;
  aws_s3_meta_request* meta = aws_s3_client_make_meta_request(client, &options);
  aws_uri_clean_up(&endpoint);
  return meta;
}

void S3Call::Start(aws_s3_client* client, const S3Location& location,
                   std::shared_ptr<S3Call> self) {
  {
    const std::lock_guard lock(mutex_);
    self_ = std::move(self);
  }
  aws_s3_meta_request* meta = Make(client, location);
  if (meta == nullptr) {
    Finish(nullptr, aws_last_error());
    OnShutdown(this);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (!is_finished_) meta_ = std::exchange(meta, nullptr);
  }
  aws_s3_meta_request_release(meta);  // Only when it finished meanwhile.
}

void S3Call::Cancel() {
  aws_s3_meta_request* meta = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (meta_ == nullptr) return;
    meta = aws_s3_meta_request_acquire(meta_);
  }
  aws_s3_meta_request_cancel(meta);
  aws_s3_meta_request_release(meta);
}

bool S3Call::Wait(std::chrono::milliseconds patience, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return finished_.wait_for(lock, stop, patience, [this] { return is_finished_; });
}

S3Reply S3Call::TakeReply() {
  const std::lock_guard lock(mutex_);
  return std::move(reply_);
}

void S3Call::Finish(const aws_s3_meta_request_result* result, int aws_error) {
  aws_s3_meta_request* meta = nullptr;
  {
    const std::lock_guard lock(mutex_);
    reply_.aws_error = aws_error;
    if (result != nullptr && result->response_status != 0) {
      reply_.status = result->response_status;
    }
    if (result != nullptr && result->error_response_headers != nullptr) {
      CopyHeaders(result->error_response_headers, reply_.headers);
    }
    if (result != nullptr && result->error_response_body != nullptr) {
      reply_.body = TextOf(aws_byte_cursor_from_buf(result->error_response_body));
    }
    meta = std::exchange(meta_, nullptr);
    is_finished_ = true;
    finished_.notify_all();
  }
  aws_s3_meta_request_release(meta);
}

void S3Call::NoteTry(aws_s3_request_metrics* metrics) {
  int status = 0;
  std::uint64_t sent_ns = 0;
  const bool is_answered =
      aws_s3_request_metrics_get_response_status_code(metrics, &status) == AWS_OP_SUCCESS;
  const bool is_sent =
      aws_s3_request_metrics_get_send_start_timestamp_ns(metrics, &sent_ns) == AWS_OP_SUCCESS;
  const bool is_failed = aws_s3_request_metrics_get_error_code(metrics) != 0;
  const std::lock_guard lock(mutex_);
  ++reply_.tries;
  if (is_answered) reply_.status = status;
  // An error inside a 200 may have come after the effect.
  const bool is_vague =
      status == 0 || status == 200 || status == 500 || status == 502 || status == 504;
  if (is_failed && is_sent && is_vague) reply_.is_effect_unknown = true;
}

int S3Call::OnHeaders(aws_s3_meta_request* /*meta*/, const aws_http_headers* headers, int status,
                      void* call) {
  auto* self = static_cast<S3Call*>(call);
  const std::lock_guard lock(self->mutex_);
  self->reply_.status = status;
  CopyHeaders(headers, self->reply_.headers);
  return AWS_OP_SUCCESS;
}

int S3Call::OnBody(aws_s3_meta_request* /*meta*/, const aws_byte_cursor* body,
                   std::uint64_t /*range_start*/, void* call) {
  auto* self = static_cast<S3Call*>(call);
  const std::lock_guard lock(self->mutex_);
  self->reply_.body.append(reinterpret_cast<const char*>(body->ptr), body->len);
  return AWS_OP_SUCCESS;
}

void S3Call::OnTelemetry(aws_s3_meta_request* /*meta*/, aws_s3_request_metrics* metrics,
                         void* call) {
  static_cast<S3Call*>(call)->NoteTry(metrics);
}

void S3Call::OnFinish(aws_s3_meta_request* /*meta*/, const aws_s3_meta_request_result* result,
                      void* call) {
  static_cast<S3Call*>(call)->Finish(result, result->error_code);
}

void S3Call::OnShutdown(void* call) {
  auto* self = static_cast<S3Call*>(call);
  std::shared_ptr<S3Call> last;
  const std::lock_guard lock(self->mutex_);
  last = std::move(self->self_);
}

}  // namespace pgattic::s3
