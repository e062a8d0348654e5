#include "api/rest.h"

#include <nlohmann/json.hpp>

#include "api/caching.h"
#include "api/rest_json.h"

namespace pgattic::api {
namespace {

using http_server::Request;
using http_server::Response;
using metrics::HttpRoute;

Response JsonResponse(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body) + "\n";
  return response;
}

int StatusOf(v1::Availability availability, bool has_info) {
  if (availability == v1::AVAILABILITY_AVAILABLE) return 200;
  if (availability == v1::AVAILABILITY_ABSENT) return 404;
  if (availability == v1::AVAILABILITY_ERASED) return 410;
  return has_info ? 200 : 503;
}

Response Respond(const Request& request, const v1::GetGameResponse& game) {
  Response response = JsonResponse(StatusOf(game.availability(), game.has_game()), ToJson(game));
  AddSource(game.tier(), response);
  if (!game.is_immutable()) return response;
  // What the table games says may change; the row may not.
  return Revalidated(request, game.row_json() + (game.has_game() ? ToJson(game.game()) : ""),
                     std::move(response));
}

Response Respond(const Request& request, const v1::GetRowResponse& row) {
  Response response = JsonResponse(StatusOf(row.availability(), false), ToJson(row));
  AddSource(row.tier(), response);
  if (!row.is_immutable()) return response;
  return Kept(request, row.row_json(), std::move(response));
}

template <typename Message>
Response Respond(const Request&, const Message& message) {
  return JsonResponse(200, ToJson(message));
}

template <typename Message>
Response RespondOrError(const Request& request, const Result<Message>& result) {
  return result.ok() ? Respond(request, *result) : RestError(result.status());
}

Response NotAllowed(const char* allowed) {
  Response response =
      JsonResponse(405, ErrorJson("InvalidArgument", std::string("this path takes ") + allowed));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

Result<v1::BatchGetGamesRequest> ParseBatch(const std::string& body) {
  const nlohmann::json json = nlohmann::json::parse(body, nullptr, false);
  v1::BatchGetGamesRequest request;
  const Status bad(Code::kInvalidArgument, "write a body of {\"ids\": [\"…\", …]}");
  if (!json.is_object() || !json.contains("ids") || !json["ids"].is_array()) return bad.Clone();
  for (const nlohmann::json& id : json["ids"]) {
    if (!id.is_string()) return bad.Clone();
    request.add_ids(id.get<std::string>());
  }
  return request;
}

}  // namespace

Response RestError(const Status& status) {
  const CodeTraits& traits = TraitsOf(status.code());
  return JsonResponse(traits.http_status, ErrorJson(traits.name, status.ToString()));
}

Response AnswerRest(const OpContext& ctx, ArchiveApi& api, const Route& route,
                    const Request& request) {
  const bool is_post = request.method == "POST";
  if (route.name == HttpRoute::kGames) {
    if (!is_post) return NotAllowed("POST");
    const Result<v1::BatchGetGamesRequest> batch = ParseBatch(request.body);
    if (!batch.ok()) return RestError(batch.status());
    return RespondOrError(request, api.BatchGetGames(ctx, *batch));
  }
  if (is_post) return NotAllowed("GET, HEAD");
  if (route.name == HttpRoute::kArchives) {
    return RespondOrError(request, api.ListArchives(ctx, {}));
  }
  if (route.name == HttpRoute::kGame) {
    v1::GetGameRequest message;
    message.set_id(route.arguments.at(0));
    return RespondOrError(request, api.GetGame(ctx, message));
  }
  v1::GetRowRequest message;
  message.set_source(route.arguments.at(0));
  message.set_id(route.arguments.at(1));
  const auto created_at = route.query.find("created_at");
  if (created_at != route.query.end()) message.set_created_at(created_at->second);
  return RespondOrError(request, api.GetRow(ctx, message));
}

}  // namespace pgattic::api
