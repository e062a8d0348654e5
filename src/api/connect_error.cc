#include "api/connect_error.h"

#include "lookup/row_json.h"

namespace pgattic::api {
namespace {

/// RFC 4648 without padding, as the protocol wants details.
std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned pending = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    pending = pending << 8U | static_cast<unsigned char>(c);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += kDigits[pending >> bits & 0x3FU];
    }
  }
  if (bits > 0) text += kDigits[pending << (6 - bits) & 0x3FU];
  return text;
}

}  // namespace

ConnectCode ConnectCodeOf(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return {"invalid_argument", 400};
    case Code::kNotFound:
      return {"not_found", 404};
    case Code::kAlreadyExists:
      return {"already_exists", 409};
    case Code::kFailedPrecondition:
      return {"failed_precondition", 400};
    case Code::kConflict:
    case Code::kInDoubt:
      return {"aborted", 409};
    case Code::kDeferred:
    case Code::kUnavailable:
    case Code::kPermissionDenied:  // Ours to the store or the server, not the caller's.
      return {"unavailable", 503};
    case Code::kDeadlineExceeded:
      return {"deadline_exceeded", 504};
    case Code::kResourceExhausted:
      return {"resource_exhausted", 429};
    case Code::kCorruption:
      return {"data_loss", 500};
    case Code::kUnsupported:
      return {"unimplemented", 501};
    case Code::kCancelled:
      return {"canceled", 499};
    case Code::kInternal:
      break;
  }
  return {"internal", 500};
}

http_server::Response ConnectError(const ConnectCode& code, const std::string& message,
                                   const google::protobuf::Message* detail) {
  http_server::Response response;
  response.status = code.status;
  response.body =
      "{\"code\":\"" + std::string(code.name) + "\",\"message\":" + lookup::JsonString(message);
  if (detail != nullptr) {
    response.body += ",\"details\":[{\"type\":\"" + std::string(detail->GetTypeName()) +
                     "\",\"value\":\"" + Base64(detail->SerializeAsString()) + "\"}]";
  }
  response.body += "}";
  return response;
}

}  // namespace pgattic::api
