#include "s3/s3_error.h"

#include <aws/auth/auth.h>
#include <aws/http/http.h>
#include <aws/io/io.h>
#include <aws/s3/s3.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>
#include <utility>
#include <vector>

#include "s3/aws_runtime.h"

namespace pgattic::s3 {
namespace {

class S3ErrorTest : public testing::Test {
 protected:
  static Status Of(const S3Reply& reply) {
    return ErrorOf(reply, "s3://bucket: key: not written", "http://store:9000");
  }
  static S3Reply Answer(int status, const std::string& code) {
    S3Reply reply;
    reply.status = status;
    reply.aws_error = AWS_ERROR_S3_INVALID_RESPONSE_STATUS;
    if (!code.empty()) {
      reply.body = "<?xml version=\"1.0\"?><Error><Code>" + code +
                   "</Code><Message>It says &quot;no&quot;.</Message></Error>";
    }
    return reply;
  }
  static S3Reply NoAnswer(int aws_error) {
    S3Reply reply;
    reply.aws_error = aws_error;
    return reply;
  }

  AwsRuntime runtime_;  // Registers the names of errors.
};

TEST_F(S3ErrorTest, TranslatesTheCodesOfS3) {
  const std::vector<std::tuple<int, std::string, Code>> table{
      {404, "NoSuchKey", Code::kNotFound},
      {404, "NoSuchVersion", Code::kNotFound},
      {404, "NoSuchBucket", Code::kFailedPrecondition},
      {403, "AccessDenied", Code::kPermissionDenied},
      {403, "InvalidAccessKeyId", Code::kPermissionDenied},
      {403, "SignatureDoesNotMatch", Code::kPermissionDenied},
      {403, "RequestTimeTooSkewed", Code::kFailedPrecondition},
      {403, "InvalidObjectState", Code::kUnavailable},
      {400, "ExpiredToken", Code::kPermissionDenied},
      {400, "AuthorizationHeaderMalformed", Code::kFailedPrecondition},
      {301, "PermanentRedirect", Code::kFailedPrecondition},
      {412, "PreconditionFailed", Code::kConflict},
      {409, "ConditionalRequestConflict", Code::kConflict},
      {503, "SlowDown", Code::kUnavailable},
      {501, "NotImplemented", Code::kUnsupported},
      {507, "XMinioStorageFull", Code::kResourceExhausted},
      {200, "InternalError", Code::kUnavailable},
  };
  for (const auto& [http, code, expected] : table) {
    const Status status = Of(Answer(http, code));
    EXPECT_EQ(status.code(), expected) << code;
    EXPECT_EQ(status.error().origin.system, "s3");
    EXPECT_EQ(status.error().origin.code, code);
    EXPECT_THAT(status.error().message, testing::HasSubstr("It says \"no\"."));
  }
}

TEST_F(S3ErrorTest, TranslatesStatusesWithoutABody) {
  const std::vector<std::pair<int, Code>> table{
      {301, Code::kFailedPrecondition}, {401, Code::kPermissionDenied},
      {403, Code::kPermissionDenied},   {404, Code::kNotFound},
      {409, Code::kConflict},           {412, Code::kConflict},
      {429, Code::kUnavailable},        {503, Code::kUnavailable},
      {507, Code::kResourceExhausted},  {418, Code::kInternal},
  };
  for (const auto& [http, expected] : table) {
    const Status status = Of(Answer(http, ""));
    EXPECT_EQ(status.code(), expected) << http;
    EXPECT_EQ(status.error().origin.code, std::to_string(http));
    EXPECT_THAT(status.error().message, testing::HasSubstr("HTTP " + std::to_string(http)));
  }
}

TEST_F(S3ErrorTest, TranslatesErrorsOfTheRuntime) {
  const std::vector<std::pair<int, Code>> table{
      {AWS_IO_SOCKET_CONNECTION_REFUSED, Code::kUnavailable},
      {AWS_IO_SOCKET_TIMEOUT, Code::kUnavailable},
      {AWS_IO_SOCKET_CLOSED, Code::kUnavailable},
      {AWS_ERROR_HTTP_CONNECTION_CLOSED, Code::kUnavailable},
      {AWS_ERROR_S3_SLOW_DOWN, Code::kUnavailable},
      {AWS_ERROR_S3_INTERNAL_ERROR, Code::kUnavailable},
      {AWS_IO_TLS_ERROR_NEGOTIATION_FAILURE, Code::kFailedPrecondition},
      {AWS_AUTH_SIGNING_NO_CREDENTIALS, Code::kPermissionDenied},
      {AWS_ERROR_S3_RESPONSE_CHECKSUM_MISMATCH, Code::kCorruption},
      {AWS_ERROR_S3_REQUEST_TIME_TOO_SKEWED, Code::kFailedPrecondition},
      {AWS_ERROR_INVALID_ARGUMENT, Code::kInternal},
  };
  for (const auto& [error, expected] : table) {
    const Status status = Of(NoAnswer(error));
    EXPECT_EQ(status.code(), expected) << status.ToString();
    EXPECT_THAT(status.error().message, testing::HasSubstr("http://store:9000"));
  }
}

TEST_F(S3ErrorTest, NamesStoreKeyAndRemedy) {
  const Status status = Of(Answer(404, "NoSuchBucket"));
  EXPECT_THAT(status.error().message, testing::StartsWith("s3://bucket: key: not written"));
  EXPECT_THAT(status.error().message, testing::HasSubstr("make the bucket"));
}

}  // namespace
}  // namespace pgattic::s3
