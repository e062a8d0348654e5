// Connect: the unary half of the Connect protocol (connectrpc.com/docs/protocol) over the methods
// of ArchiveApi.
#pragma once

#include <string>

#include "api/archive_api.h"
#include "api/route.h"
#include "http_server/message.h"

namespace pgattic::api {

/// Answers a route of kConnect: POST with application/json or application/proto, and GET with
/// the message in the query. Blocks as ArchiveApi does, at most for Connect-Timeout-Ms.
http_server::Response AnswerConnect(const OpContext& ctx, ArchiveApi& api, const Route& route,
                                    const http_server::Request& request);

/// Words a refusal before any method was called as an error of the protocol.
http_server::Response ConnectRefusal(int status, const std::string& message);

}  // namespace pgattic::api
