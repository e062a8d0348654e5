// ArchiveApi: the methods of proto/pgattic/v1/archive.proto, once, for every way they are asked.
#pragma once

#include <pgattic/v1/archive.pb.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "games/game_store.h"
#include "lookup/row_reader.h"
#include "pg/pool.h"

namespace pgattic::api {

/// A configured source. References that outlive the API.
struct ApiSource {
  std::string name;  ///< "schema.table"
  lookup::RowReader* rows = nullptr;
  games::GameStore* games = nullptr;  ///< Null where the source is not one of games.
};

/// Thread-safe. The pool outlives it. Each method blocks, at most until the deadline of `ctx`. A
/// response is given whenever something is known, be it that a row is absent; then its
/// availability says so. Errors: InvalidArgument of the request, NotFound of a source that is not
/// configured, Unavailable, Cancelled.
class ArchiveApi {
 public:
  /// `most_ids`: of one batch; at most games::GameStore::kMostIds.
  ArchiveApi(std::vector<ApiSource> sources, pg::Pool& pool, std::size_t most_ids)
      : sources_(std::move(sources)), pool_(pool), most_ids_(most_ids) {}

  Result<v1::GetGameResponse> GetGame(const OpContext& ctx, const v1::GetGameRequest& request);
  Result<v1::BatchGetGamesResponse> BatchGetGames(const OpContext& ctx,
                                                  const v1::BatchGetGamesRequest& request);
  Result<v1::GetRowResponse> GetRow(const OpContext& ctx, const v1::GetRowRequest& request);
  Result<v1::ListArchivesResponse> ListArchives(const OpContext& ctx,
                                                const v1::ListArchivesRequest& request);

  const std::vector<ApiSource>& sources() const { return sources_; }

 private:
  Result<games::GameStore*> Games() const;

  const std::vector<ApiSource> sources_;
  pg::Pool& pool_;
  const std::size_t most_ids_;
};

}  // namespace pgattic::api
