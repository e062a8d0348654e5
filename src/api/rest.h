// REST: paths and statuses over the methods of ArchiveApi.
#pragma once

#include "api/archive_api.h"
#include "api/route.h"
#include "http_server/message.h"

namespace pgattic::api {

/// Answers a route of kGame, kGames, kRow or kArchives: 200; 404 absent; 410 erased; 503 when
/// nothing can be told now; 400 when the request is wrong; 405. Blocks as ArchiveApi does.
http_server::Response AnswerRest(const OpContext& ctx, ArchiveApi& api, const Route& route,
                                 const http_server::Request& request);

/// Returns an error as JSON with the status of its code.
http_server::Response RestError(const Status& status);

}  // namespace pgattic::api
