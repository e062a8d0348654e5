// Headers that say where an answer came from and how long it may be kept (RFC 9111).
#pragma once

#include <pgattic/v1/archive.pb.h>

#include <string>

#include "http_server/message.h"

namespace pgattic::api {

/// X-Pgattic-Source: the tier; nothing where no tier gave anything.
void AddSource(v1::Tier tier, http_server::Response& response);

/// Of a row that cannot change: an ETag of `content`, and leave to keep the answer for an hour
/// (no longer: rows may be erased). 304 when the client has it already.
http_server::Response Kept(const http_server::Request& request, const std::string& content,
                           http_server::Response response);

/// Of an answer whose row cannot change, but what stands beside it may: an ETag of `content`, to
/// be asked about each time. 304 when the client has it already.
http_server::Response Revalidated(const http_server::Request& request, const std::string& content,
                                  http_server::Response response);

}  // namespace pgattic::api
