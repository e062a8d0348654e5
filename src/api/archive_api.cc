#include "api/archive_api.h"

#include <algorithm>

#include "api/to_message.h"
#include "base/utf8.h"
#include "catalog/archive_overview.h"

namespace pgattic::api {
namespace {

/// Longer ones are nobody's id; an index entry of PostgreSQL ends at about 2,700 bytes.
constexpr std::size_t kMostIdBytes = 2048;

Status CheckId(const std::string& id) {
  if (id.empty()) return {Code::kInvalidArgument, "the id is empty; write the id of a row"};
  if (id.size() > kMostIdBytes) {
    return {Code::kInvalidArgument, "the id has " + std::to_string(id.size()) +
                                        " bytes; the most is " + std::to_string(kMostIdBytes)};
  }
  if (!IsText(id)) return {Code::kInvalidArgument, "the id is not UTF-8 text; no row has it"};
  return Status::Ok();
}

}  // namespace

Result<games::GameStore*> ArchiveApi::Games() const {
  for (const ApiSource& source : sources_) {
    if (source.games != nullptr) return source.games;
  }
  return {Code::kUnsupported,
          "no source has profile = \"games\"; rows of other sources are under /v1/rows"};
}

Result<v1::GetGameResponse> ArchiveApi::GetGame(const OpContext& ctx,
                                                const v1::GetGameRequest& request) {
  PGATTIC_RETURN_IF_ERROR(CheckId(request.id()));
  PGATTIC_ASSIGN_OR_RETURN(games::GameStore * games, Games());
  PGATTIC_ASSIGN_OR_RETURN(const games::Game game, games->GetWithFallback(ctx, request.id()));
  return ToMessage(game);
}

Result<v1::BatchGetGamesResponse> ArchiveApi::BatchGetGames(
    const OpContext& ctx, const v1::BatchGetGamesRequest& request) {
  const std::vector<std::string> ids(request.ids().begin(), request.ids().end());
  if (ids.size() > most_ids_) {
    return {Code::kInvalidArgument, std::to_string(ids.size()) + " ids are too many; ask for " +
                                        std::to_string(most_ids_) + " at a time"};
  }
  for (const std::string& id : ids) PGATTIC_RETURN_IF_ERROR(CheckId(id));
  PGATTIC_ASSIGN_OR_RETURN(games::GameStore * games, Games());
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<games::Game> found, games->GetMultiple(ctx, ids));
  v1::BatchGetGamesResponse response;
  for (const games::Game& game : found) *response.add_games() = ToMessage(game);
  return response;
}

Result<v1::GetRowResponse> ArchiveApi::GetRow(const OpContext& ctx,
                                              const v1::GetRowRequest& request) {
  PGATTIC_RETURN_IF_ERROR(CheckId(request.id()));
  const auto source = std::find_if(sources_.begin(), sources_.end(), [&](const ApiSource& one) {
    return one.name == request.source();
  });
  if (source == sources_.end()) {
    return {Code::kNotFound, "no such source is configured; write schema.table of a [[source]]"};
  }
  std::optional<std::string> created_at;
  if (!request.created_at().empty()) created_at = request.created_at();
  PGATTIC_ASSIGN_OR_RETURN(const lookup::Answer answer,
                           source->rows->Get(ctx, request.id(), created_at));
  return ToMessage(answer, source->name);
}

Result<v1::ListArchivesResponse> ArchiveApi::ListArchives(const OpContext& ctx,
                                                          const v1::ListArchivesRequest&) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease session, pool_.Acquire(ctx));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::ArchiveOverview> all,
                           catalog::ListOverviews(ctx, *session));
  v1::ListArchivesResponse response;
  for (const catalog::ArchiveOverview& archive : all) *response.add_archives() = ToMessage(archive);
  return response;
}

}  // namespace pgattic::api
