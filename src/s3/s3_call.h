// S3Call: one request under way in the AWS runtime, and the callbacks that fill its reply.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "s3/s3_client.h"

struct aws_http_headers;
struct aws_s3_client;
struct aws_s3_meta_request;
struct aws_s3_request_metrics;
struct aws_s3_meta_request_result;
struct aws_byte_cursor;

namespace pgattic::s3 {

class S3Call {
 public:
  explicit S3Call(S3Request request) : request_(std::move(request)) {}
  S3Call(const S3Call&) = delete;
  S3Call& operator=(const S3Call&) = delete;

  /// Hands the request to the runtime. `self` is kept until the runtime has let go of it.
  void Start(aws_s3_client* client, const S3Location& location, std::shared_ptr<S3Call> self);
  void Cancel();
  /// Waits at most `patience`; false when it was not enough or a stop was requested.
  bool Wait(std::chrono::milliseconds patience, const std::stop_token& stop);
  /// Takes the reply away. REQUIRES: Wait() returned true.
  S3Reply TakeReply();

 private:
  aws_s3_meta_request* Make(aws_s3_client* client, const S3Location& location);
  void Finish(const aws_s3_meta_request_result* result, int aws_error);
  void NoteTry(aws_s3_request_metrics* metrics);
  static int OnHeaders(aws_s3_meta_request* meta, const aws_http_headers* headers, int status,
                       void* call);
  static int OnBody(aws_s3_meta_request* meta, const aws_byte_cursor* body,
                    std::uint64_t range_start, void* call);
  static void OnTelemetry(aws_s3_meta_request* meta, aws_s3_request_metrics* metrics, void* call);
  static void OnFinish(aws_s3_meta_request* meta, const aws_s3_meta_request_result* result,
                       void* call);
  static void OnShutdown(void* call);

  S3Request request_;  // Its body is sent from here: unchanged until the runtime lets go.
  std::mutex mutex_;   // Guards everything below.
  std::condition_variable_any finished_;
  bool is_finished_ = false;
  S3Reply reply_;
  aws_s3_meta_request* meta_ = nullptr;  // Our reference, released when finished.
  std::shared_ptr<S3Call> self_;         // The runtime's share, dropped by OnShutdown.
};

}  // namespace pgattic::s3
