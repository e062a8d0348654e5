// The tier "engine": Trino or Athena, where one is configured, in the words of `pgattic ddl`.
#pragma once

#include <memory>
#include <string>

#include "engine/query_engine.h"
#include "lookup/engine_parts.h"
#include "metrics/probes.h"
#include "service/config.h"
#include "store/object_store.h"

namespace pgattic::service {

/// The engine of the tier "engine" and how it names what lies in parts. Both or none are null.
/// The catalog ends before the stores that it was made with.
struct EngineTier {
  std::unique_ptr<engine::QueryEngine> engine;
  std::unique_ptr<lookup::EngineCatalog> catalog;
  metrics::Engine kind = metrics::Engine::kTrino;
};

/// Where metadata are read from. They outlive the tier.
struct EngineStores {
  store::ObjectStore& archive;
  store::ObjectStore* copy = nullptr;  ///< Asked where the archive does not answer; may be null.
};

/// Makes the tier of [trino] (where it has a url), else of [athena] (a database); null members
/// where neither is configured, or `lookup.tiers` does not name the engine. `keeps_ready`: the
/// metadata of all archives are read in a thread of its own, now and every few minutes, so that
/// they are there once a store fails; else only when the tier is asked. Does not block. Errors:
/// those of OpenEngine.
Result<EngineTier> OpenEngineTier(const Config& config, EngineStores stores, bool keeps_ready);

/// Returns the catalog alone: `"<table>_files"` of the engine's own schema, as `pgattic ddl`
/// defines it, and parts by their URL in the archive. Reads metadata within TableOf where it knows
/// none of the part; its errors are those of the stores, Unsupported for a part that no engine
/// writes as PostgreSQL did.
std::unique_ptr<lookup::EngineCatalog> MakeEngineCatalog(EngineStores stores, bool keeps_ready);

}  // namespace pgattic::service
