#include "service/engine_tier.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "model/metadata.h"
#include "model/table_ddl.h"
#include "pg/identifier.h"
#include "service/engines.h"

namespace pgattic::service {
namespace {

using lookup::EngineTable;

constexpr std::chrono::minutes kFreshFor{10};
constexpr std::string_view kMetadata = "_partition_metadata.json";

/// Whether all months have the column's values alike. Where a type was widened the engine writes
/// an older month's values as the wider type, which PostgreSQL did not.
bool IsAlike(const model::Column& column, const std::vector<model::UnitedColumn>& united) {
  return std::any_of(united.begin(), united.end(), [&](const model::UnitedColumn& one) {
    if (one.name != column.name || one.transport != column.transport) return false;
    if (column.transport != model::Transport::kDecimal) return true;
    const model::DecimalShape own = model::DecimalShapeOf(column.type.typmod);
    return one.decimal.precision == own.precision && one.decimal.scale == own.scale;
  });
}

/// What an engine knows of one part, or why it is not to be asked for it. A plain value.
struct KnownPart {
  EngineTable table;
  std::string why_not;
};
using Known = std::map<std::string, KnownPart>;  ///< By the part's key.

/// Returns why no engine is to be asked, or "".
std::string WhyNot(const model::Metadata& archive, const model::TableShape& shape) {
  for (const model::Column& column : archive.columns) {
    if (IsAlike(column, shape.columns)) continue;
    return "the column " + column.name +
           " has another type in other months, so that a SQL engine does not write its values as "
           "PostgreSQL did";
  }
  const bool has_id =
      std::any_of(archive.columns.begin(), archive.columns.end(),
                  [&](const model::Column& column) { return column.name == archive.id_column; });
  return has_id ? "" : "the metadata of " + archive.partition_name + " name no id column";
}

EngineTable TableFor(const model::Metadata& archive, const model::TableShape& shape) {
  EngineTable table;
  table.from = pg::Identifier(shape.files_name).Quoted();
  table.path_column = "\"$path\"";
  table.year_column = pg::Identifier(shape.year_column).Quoted();
  table.month_column = pg::Identifier(shape.month_column).Quoted();
  const model::YearMonth month = model::MonthOf(archive.bounds);
  table.year = month.year;
  table.month = month.month;
  table.schema.columns = archive.columns;
  const auto id =
      std::find_if(archive.columns.begin(), archive.columns.end(),
                   [&](const model::Column& column) { return column.name == archive.id_column; });
  table.schema.id_index = static_cast<std::size_t>(id - archive.columns.begin());
  table.time_column = archive.partition_column;
  table.pads_fractions = true;
  return table;
}

void AddSource(const std::vector<model::Metadata>& archives, const std::string& url, Known& known) {
  const model::TableShape shape = model::ShapeOf(archives, {url, "", "", false});
  for (const model::Metadata& archive : archives) {
    KnownPart part{TableFor(archive, shape), WhyNot(archive, shape)};
    for (const model::PartRecord& record : archive.parts) {
      part.table.path = url + "/" + record.key;
      known.insert_or_assign(record.key, part);
    }
  }
}

/// Reads the metadata of everything that lies in a store.
Result<std::map<std::string, std::vector<model::Metadata>>> ReadAll(const OpContext& ctx,
                                                                    store::ObjectStore& store) {
  std::map<std::string, std::vector<model::Metadata>> of_source;
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> keys, store.List(ctx, ""));
  for (const std::string& key : keys) {
    if (!key.ends_with(kMetadata)) continue;
    const Result<std::string> text = store.Get(ctx, key, {});
    if (text.Is(Code::kNotFound)) continue;
    if (!text.ok()) return text.status().While("reading " + key);
    Result<model::Metadata> metadata = model::ParseMetadata(*text);
    if (!metadata.ok()) return std::move(metadata).status().While("reading " + key);
    of_source[metadata->source.database + "." + metadata->source.Name()].push_back(
        std::move(*metadata));
  }
  return of_source;
}

class Catalog final : public lookup::EngineCatalog {
 public:
  Catalog(EngineStores stores, bool keeps_ready) : stores_(stores) {
    if (keeps_ready)
      reader_ = std::jthread([this](const std::stop_token& stop) { KeepReady(stop); });
  }

  Result<EngineTable> TableOf(const OpContext& ctx, const model::PartRecord& part) override {
    std::optional<KnownPart> known = Find(part.key);
    if (!known) {
      PGATTIC_RETURN_IF_ERROR(Read(ctx));
      known = Find(part.key);
    }
    if (!known) return {Code::kUnavailable, "no metadata name " + part.key + " yet; ask again"};
    if (!known->why_not.empty()) return {Code::kUnsupported, known->why_not};
    return std::move(known->table);
  }

 private:
  std::optional<KnownPart> Find(const std::string& key) {
    const std::shared_lock lock(mutex_);
    const auto found = known_.find(key);
    if (found == known_.end()) return std::nullopt;
    return found->second;
  }

  Status Read(const OpContext& ctx) {
    // The copy gets its share where the archive hangs.
    const bool has_copy = stores_.copy != nullptr;
    const OpContext share =
        has_copy ? ctx.WithDeadline(ctx.Remaining(std::chrono::minutes(1)) / 2) : ctx;
    auto archives = ReadAll(share, stores_.archive);
    if (!archives.ok() && has_copy) archives = ReadAll(ctx, *stores_.copy);
    if (!archives.ok()) return std::move(archives).status();
    Known known;
    for (const auto& [source, of_source] : *archives) {
      AddSource(of_source, stores_.archive.Describe(), known);
    }
    const std::unique_lock lock(mutex_);
    // A key is used once: what was read before, and is not listed now, is still true.
    known.merge(known_);
    known_ = std::move(known);
    return Status::Ok();
  }

  void KeepReady(const std::stop_token& stop) {
    const OpContext ctx(SystemClock(), stop);
    do {
      const Status read = Read(ctx.WithDeadline(kFreshFor));
      if (!read.ok() && !read.Is(Code::kCancelled)) {
        log::Write(log::Level::kWarn, "engine-tier-metadata", {{"error", read.ToString()}});
      }
    } while (ctx.SleepFor(kFreshFor).ok());
  }

  const EngineStores stores_;
  std::shared_mutex mutex_;
  Known known_;  ///< Guarded by mutex_.
  std::jthread reader_;
};

}  // namespace

std::unique_ptr<lookup::EngineCatalog> MakeEngineCatalog(EngineStores stores, bool keeps_ready) {
  return std::make_unique<Catalog>(stores, keeps_ready);
}

Result<EngineTier> OpenEngineTier(const Config& config, EngineStores stores, bool keeps_ready) {
  EngineTier tier;
  const std::vector<lookup::Tier>& tiers = config.lookup.tiers;
  const bool is_wanted =
      std::find(tiers.begin(), tiers.end(), lookup::Tier::kEngine) != tiers.end();
  const bool is_trino = !config.engine.trino.url.empty();
  if (!is_wanted || (!is_trino && config.engine.athena.database.empty())) return tier;
  PGATTIC_ASSIGN_OR_RETURN(tier.engine,
                           OpenEngine({}, config, {is_trino ? "trino" : "athena", {}}));
  tier.catalog = MakeEngineCatalog(stores, keeps_ready);
  tier.kind = is_trino ? metrics::Engine::kTrino : metrics::Engine::kAthena;
  return tier;
}

}  // namespace pgattic::service
