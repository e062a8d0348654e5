#include "lookup/source_reader.h"

#include <functional>
#include <utility>

#include "lookup/point_reader.h"

namespace pgattic::lookup {
namespace {

SearchOptions SearchOptionsOf(const catalog::SourceTable& source,
                              const SourceReaderOptions& options) {
  SearchOptions search;
  search.source = source.id.Name();
  search.id_kind = source.id_kind;
  search.by_day = source.partition_type == "date";
  search.ttl = options.cache_ttl;
  search.parallel = options.parallel_parts;
  return search;
}

PgDatabaseOptions DatabaseOptionsOf(const SourceReaderOptions& options) {
  PgDatabaseOptions database = options.database;
  database.is_games = options.is_games;
  return database;
}

metrics::Tier ProbeTier(Tier tier) {
  switch (tier) {
    case Tier::kNone:
      return metrics::Tier::kNone;
    case Tier::kDatabase:
      return metrics::Tier::kDatabase;
    case Tier::kCache:
      return metrics::Tier::kCache;
    case Tier::kArchive:
      return metrics::Tier::kArchive;
    case Tier::kCopy:
      return metrics::Tier::kCopy;
    case Tier::kEngine:
      return metrics::Tier::kEngine;
  }
  return metrics::Tier::kNone;
}

metrics::Outcome ProbeOutcome(Availability availability) {
  switch (availability) {
    case Availability::kAvailable:
      return {};
    case Availability::kAbsent:
      return Code::kNotFound;
    case Availability::kErased:
      return Code::kFailedPrecondition;
    case Availability::kTemporarilyUnavailable:
      return Code::kUnavailable;
  }
  return {};
}

resilience::CircuitBreaker::Listener Watched(const Backends& backends, metrics::Backend backend) {
  if (backends.breakers == nullptr) return {};
  return backends.breakers->Watch(backend);
}

double SecondsSince(const Clock& clock, std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(clock.SteadyNow() - start).count();
}

}  // namespace

struct SourceReader::PartTier {
  Tier tier = Tier::kArchive;
  std::unique_ptr<SteadyReads> reads;  ///< Null of an engine.
  std::unique_ptr<Parts> parts;
};

std::unique_ptr<SourceReader::PartTier> SourceReader::MakeTier(Tier tier, const Backends& backends,
                                                               const catalog::SourceTable& source,
                                                               const SourceReaderOptions& options) {
  auto made = std::make_unique<PartTier>();
  made->tier = tier;
  if (tier == Tier::kEngine) {
    if (backends.engine == nullptr || backends.engine_catalog == nullptr) return nullptr;
    made->parts = std::make_unique<EngineParts>(
        *backends.engine, *backends.engine_catalog, SystemClock(), options.engine,
        EngineParts::Watchers{backends.engine_probe, Watched(backends, metrics::Backend::kEngine)});
    return made;
  }
  const bool is_copy = tier == Tier::kCopy;
  store::ObjectStore* const store = is_copy ? backends.copy : &backends.store;
  if (store == nullptr) return nullptr;
  made->reads = std::make_unique<SteadyReads>(
      *store, SystemClock(), options.reads,
      SteadyReads::Watchers{
          backends.probe, is_copy ? backends.copy_probe : backends.store_probe,
          Watched(backends, is_copy ? metrics::Backend::kCopy : metrics::Backend::kArchive)});
  made->parts = std::make_unique<PointReader>(
      *made->reads, options.footer_cache_bytes, source.partition_column,
      is_copy ? PointReader::Check::kRows : PointReader::Check::kETag,
      is_copy ? nullptr : backends.disk);
  return made;
}

std::vector<TieredParts::One> SourceReader::TiersOf(
    const std::vector<std::unique_ptr<PartTier>>& tiers) {
  std::vector<TieredParts::One> all;
  for (const auto& tier : tiers) all.push_back({tier->tier, tier->parts.get()});
  return all;
}

SourceReader::SourceReader(const Backends& backends, const catalog::SourceTable& source,
                           const SourceReaderOptions& options)
    : probe_(backends.probe),
      database_(backends.pool, source, DatabaseOptionsOf(options),
                Watched(backends, metrics::Backend::kDatabase)),
      tiers_([&] {
        std::vector<std::unique_ptr<PartTier>> tiers;
        for (const Tier tier : options.tiers) {
          auto made = MakeTier(tier, backends, source, options);
          if (made) tiers.push_back(std::move(made));
        }
        return tiers;
      }()),
      parts_(TiersOf(tiers_), backends.probe),
      search_(parts_, backends.cache, SearchOptionsOf(source, options), backends.probe),
      ahead_(options.filters_ahead && !tiers_.empty() && tiers_.front()->tier != Tier::kEngine
                 ? std::make_unique<FiltersAhead>(*tiers_.front()->parts,
                                                  options.footer_cache_bytes / 2)
                 : nullptr),
      beside_(options.side_threads),
      reader_(
          database_, search_, backends.probe,
          [this](std::function<void()> call) { return beside_.TryStart(std::move(call)); },
          [this](const std::shared_ptr<const catalog::Picture>& picture) {
            if (ahead_) ahead_->Load(picture);
          }) {}

SourceReader::~SourceReader() = default;

void SourceReader::Tell(const Answer& answer, double seconds) const {
  probe_->Answered(ProbeTier(answer.tier), ProbeOutcome(answer.availability), seconds);
  if (answer.duplicates > 0) probe_->FoundDuplicates(answer.duplicates);
}

template <typename Call>
Result<Answer> SourceReader::Told(const OpContext& ctx, const Call& call) const {
  const auto start = ctx.clock().SteadyNow();
  Result<Answer> answer = call();
  if (probe_ != nullptr && answer.ok()) Tell(*answer, SecondsSince(ctx.clock(), start));
  return answer;
}

Result<Answer> SourceReader::Get(const OpContext& ctx, const std::string& id,
                                 const std::optional<std::string>& created_at) {
  return Told(ctx, [&] { return reader_.Get(ctx, id, created_at); });
}

Result<Answer> SourceReader::GetLikely(const OpContext& ctx, const std::string& id,
                                       const std::optional<std::string>& likely) {
  return Told(ctx, [&] { return reader_.GetLikely(ctx, id, likely); });
}

Result<std::vector<Answer>> SourceReader::GetMany(const OpContext& ctx,
                                                  const std::vector<std::string>& ids) {
  const auto start = ctx.clock().SteadyNow();
  Result<std::vector<Answer>> answers = reader_.GetMany(ctx, ids);
  if (probe_ == nullptr || !answers.ok()) return answers;
  const double seconds = SecondsSince(ctx.clock(), start);
  for (const Answer& answer : *answers) Tell(answer, seconds);
  return answers;
}

}  // namespace pgattic::lookup
