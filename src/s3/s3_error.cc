#include "s3/s3_error.h"

#include <aws/auth/auth.h>
#include <aws/common/error.h>
#include <aws/http/http.h>
#include <aws/io/io.h>
#include <aws/s3/s3.h>

#include <algorithm>
#include <string_view>

#include "s3/s3_xml.h"

namespace pgattic::s3 {
namespace {

struct CodeRow {
  std::string_view s3_code;
  Code code;
  std::string_view remedy;
};

// S3 API Reference, "Error responses"; further codes of MinIO, Ceph and versitygw.
constexpr CodeRow kCodeTable[] = {
    {"NoSuchKey", Code::kNotFound, ""},
    {"NoSuchVersion", Code::kNotFound, ""},
    {"NoSuchUpload", Code::kNotFound, ""},
    {"NoSuchBucket", Code::kFailedPrecondition, "make the bucket, or correct archive.url"},
    {"InvalidBucketName", Code::kFailedPrecondition, "correct archive.url"},
    {"AllAccessDisabled", Code::kPermissionDenied, "ask the owner of the bucket"},
    {"AccessDenied", Code::kPermissionDenied,
     "give this identity s3:GetObject, s3:PutObject and s3:DeleteObject on the bucket"},
    {"InvalidAccessKeyId", Code::kPermissionDenied, "correct s3.access_key"},
    {"XAdminUserNotFound", Code::kPermissionDenied, "correct s3.access_key"},
    {"SignatureDoesNotMatch", Code::kPermissionDenied, "correct s3.secret_key"},
    {"ExpiredToken", Code::kPermissionDenied, "renew the session token"},
    {"InvalidToken", Code::kPermissionDenied, "renew the session token"},
    {"RequestTimeTooSkewed", Code::kFailedPrecondition,
     "the clock of this machine is wrong: set it (NTP)"},
    {"AuthorizationHeaderMalformed", Code::kFailedPrecondition, "correct s3.region"},
    {"PermanentRedirect", Code::kFailedPrecondition, "correct s3.region or s3.endpoint"},
    {"IllegalLocationConstraintException", Code::kFailedPrecondition, "correct s3.region"},
    {"PreconditionFailed", Code::kConflict, "read the object again"},
    {"ConditionalRequestConflict", Code::kConflict, "read the object again"},
    {"OperationAborted", Code::kConflict, "read the object again"},
    {"InvalidObjectState", Code::kUnavailable,
     "the object lies in a frozen storage class: restore it first (s3:RestoreObject)"},
    {"SlowDown", Code::kUnavailable, "the store asks to slow down: try later"},
    {"ServiceUnavailable", Code::kUnavailable, "try later"},
    {"TooManyRequests", Code::kUnavailable, "try later"},
    {"InternalError", Code::kUnavailable, "try later"},
    {"RequestTimeout", Code::kUnavailable, "try later"},
    {"QuotaExceeded", Code::kResourceExhausted, "raise the quota of the bucket"},
    {"XMinioStorageFull", Code::kResourceExhausted, "free room in the store"},
    {"EntityTooLarge", Code::kInvalidArgument, "lower the size of a part"},
    {"KeyTooLongError", Code::kInvalidArgument, "shorten the prefix"},
    {"NotImplemented", Code::kUnsupported, "this store lacks the operation"},
    {"MethodNotAllowed", Code::kUnsupported, "this store lacks the operation"},
    {"BadDigest", Code::kCorruption, "the bytes changed on the way: try again"},
};

struct StatusRow {
  int status;
  Code code;
  std::string_view remedy;
};

constexpr StatusRow kStatusTable[] = {
    {301, Code::kFailedPrecondition, "correct s3.region or s3.endpoint"},
    {307, Code::kUnavailable, "try later"},
    {403, Code::kPermissionDenied, "check the credentials and their rights on the bucket"},
    {401, Code::kPermissionDenied, "check the credentials"},
    {404, Code::kNotFound, ""},
    {405, Code::kUnsupported, "this store lacks the operation"},
    {408, Code::kUnavailable, "try later"},
    {409, Code::kConflict, "read the object again"},
    {412, Code::kConflict, "read the object again"},
    {413, Code::kInvalidArgument, "lower the size of a part"},
    {429, Code::kUnavailable, "the store asks to slow down: try later"},
    {500, Code::kUnavailable, "try later"},
    {501, Code::kUnsupported, "this store lacks the operation"},
    {502, Code::kUnavailable, "try later"},
    {503, Code::kUnavailable, "the store asks to slow down: try later"},
    {504, Code::kUnavailable, "try later"},
    {507, Code::kResourceExhausted, "free room in the store"},
};

struct RuntimeRow {
  int error;
  Code code;
  std::string_view remedy;
};

constexpr RuntimeRow kRuntimeTable[] = {
    {AWS_IO_SOCKET_CONNECTION_REFUSED, Code::kUnavailable,
     "nobody listens there: start the store or correct s3.endpoint"},
    {AWS_IO_DNS_INVALID_NAME, Code::kUnavailable, "correct s3.endpoint or look at DNS"},
    {AWS_IO_DNS_QUERY_FAILED, Code::kUnavailable, "correct s3.endpoint or look at DNS"},
    {AWS_IO_SOCKET_TIMEOUT, Code::kUnavailable, "look at the network to the store"},
    {AWS_IO_TLS_ERROR_NEGOTIATION_FAILURE, Code::kFailedPrecondition,
     "the store's certificate is not trusted: set s3.ca_file, or use http://"},
    {AWS_AUTH_SIGNING_NO_CREDENTIALS, Code::kPermissionDenied,
     "no AWS credentials were found: set s3.access_key or AWS_ACCESS_KEY_ID, or a role"},
    {AWS_AUTH_CREDENTIALS_PROVIDER_INVALID_ENVIRONMENT, Code::kPermissionDenied,
     "no AWS credentials were found: set s3.access_key or AWS_ACCESS_KEY_ID, or a role"},
    {AWS_ERROR_S3_RESPONSE_CHECKSUM_MISMATCH, Code::kCorruption,
     "the bytes are not those that were stored: run pgattic verify"},
    {AWS_ERROR_S3_REQUEST_TIME_TOO_SKEWED, Code::kFailedPrecondition,
     "the clock of this machine is wrong: set it (NTP)"},
    {AWS_ERROR_OOM, Code::kResourceExhausted, "free memory and run again"},
};

// The runtime gives each of its packages 1024 numbers.
bool IsOfNetwork(int error) {
  const int package = error / 1024;
  return package == AWS_C_IO_PACKAGE_ID || package == AWS_C_HTTP_PACKAGE_ID ||
         error == AWS_ERROR_S3_INTERNAL_ERROR || error == AWS_ERROR_S3_SLOW_DOWN ||
         error == AWS_ERROR_S3_REQUEST_TIMEOUT;
}

Status Make(Code code, const std::string& what, const std::string& why, std::string_view remedy,
            const std::string& origin) {
  std::string message = what + ": " + why;
  if (!remedy.empty()) message += "; " + std::string(remedy);
  return {code, std::move(message), {"s3", origin}};
}

Status OfAnswer(const S3Reply& reply, const std::string& what) {
  const std::string code = ErrorCodeOf(reply);
  std::string why = "the store answers HTTP " + std::to_string(reply.status);
  const std::string text = XmlText(reply.body, "Message");
  if (!text.empty()) why += ", \"" + text + "\"";
  const auto by_code = std::ranges::find(kCodeTable, code, &CodeRow::s3_code);
  if (by_code != std::end(kCodeTable)) {
    return Make(by_code->code, what, why, by_code->remedy, code);
  }
  if (reply.status == 404 && !reply.body.empty()) {
    // Some other server's 404 is no answer about a key.
    return Make(Code::kFailedPrecondition, what, why,
                "that is no answer of S3: correct s3.endpoint", code);
  }
  const auto by_status = std::ranges::find(kStatusTable, reply.status, &StatusRow::status);
  if (by_status != std::end(kStatusTable)) {
    return Make(by_status->code, what, why, by_status->remedy, code);
  }
  return Make(Code::kInternal, what, why, "report this as a bug", code);
}

}  // namespace

std::string ErrorCodeOf(const S3Reply& reply) {
  std::string code = XmlText(reply.body, "Code");
  if (!code.empty()) return code;
  if (reply.status >= 300) return std::to_string(reply.status);
  return aws_error_name(reply.aws_error);
}

Status ErrorOf(const S3Reply& reply, const std::string& what, const std::string& endpoint) {
  const auto row = std::ranges::find(kRuntimeTable, reply.aws_error, &RuntimeRow::error);
  const bool is_answered = reply.status >= 300 || !XmlText(reply.body, "Code").empty();
  if (is_answered && row == std::end(kRuntimeTable)) return OfAnswer(reply, what);
  const std::string name = aws_error_name(reply.aws_error);
  const std::string why = endpoint + ": " + aws_error_str(reply.aws_error);
  if (row != std::end(kRuntimeTable)) return Make(row->code, what, why, row->remedy, name);
  if (IsOfNetwork(reply.aws_error)) {
    return Make(Code::kUnavailable, what, why, "look at the store and the network", name);
  }
  return Make(Code::kInternal, what, why, "report this as a bug", name);
}

}  // namespace pgattic::s3
