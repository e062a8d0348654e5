// Engines: from the configuration to a SQL engine. The one place that knows all of them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/op_context.h"
#include "base/result.h"
#include "engine/query_engine.h"
#include "service/config.h"

namespace pgattic::service {

/// What an engine is made with, beside the configuration. A plain value.
struct EngineRequest {
  std::string name = "duckdb";
  /// Told what a reader of an answer should know. May be empty. Outlives the engine.
  std::function<void(const std::string&)> on_note;
};

/// Returns "duckdb, trino, athena": those that this program has.
std::string EngineNames();

/// Makes an engine; nothing is run yet. InvalidArgument for an unknown name, or where the
/// configuration lacks something; PermissionDenied where no credentials are found. May block while
/// credentials are asked for.
Result<std::unique_ptr<engine::QueryEngine>> OpenEngine(const OpContext& ctx, const Config& config,
                                                        const EngineRequest& request);

/// Returns the name of the view or table of games that reports ask with this engine.
std::string GamesTable(const std::string& engine);

}  // namespace pgattic::service
