// Errors as the Connect protocol writes them: a code, a message, details; a status by the code.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "http_server/message.h"

namespace pgattic::api {

/// A code of the protocol and the HTTP status that goes with it.
struct ConnectCode {
  std::string_view name;
  int status;
};

/// Returns the code for one of ours.
ConnectCode ConnectCodeOf(Code code);

/// Returns the error; `detail` may be null.
http_server::Response ConnectError(const ConnectCode& code, const std::string& message,
                                   const google::protobuf::Message* detail);

}  // namespace pgattic::api
