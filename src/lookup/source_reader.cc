#include "lookup/source_reader.h"

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

double SecondsSince(const Clock& clock, std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(clock.SteadyNow() - start).count();
}

}  // namespace

struct SourceReader::StoreTier {
  StoreTier(store::ObjectStore& store, Tier which, const catalog::SourceTable& source,
            const SourceReaderOptions& options, metrics::LookupProbe* probe)
      : tier(which),
        reads(store, SystemClock(), options.reads, probe),
        parts(reads, options.footer_cache_bytes, source.partition_column,
              which == Tier::kCopy ? PointReader::Check::kRows : PointReader::Check::kETag) {}
  const Tier tier;
  SteadyReads reads;
  PointReader parts;
};

std::vector<TieredParts::One> SourceReader::TiersOf(
    const std::vector<std::unique_ptr<StoreTier>>& stores) {
  std::vector<TieredParts::One> tiers;
  for (const auto& store : stores) tiers.push_back({store->tier, &store->parts});
  return tiers;
}

SourceReader::SourceReader(const Backends& backends, const catalog::SourceTable& source,
                           const SourceReaderOptions& options)
    : probe_(backends.probe),
      database_(backends.pool, source, DatabaseOptionsOf(options)),
      stores_([&] {
        std::vector<std::unique_ptr<StoreTier>> stores;
        for (const Tier tier : options.tiers) {
          store::ObjectStore* store = tier == Tier::kArchive ? &backends.store
                                      : tier == Tier::kCopy  ? backends.copy
                                                             : nullptr;
          if (store == nullptr) continue;
          stores.push_back(
              std::make_unique<StoreTier>(*store, tier, source, options, backends.probe));
        }
        return stores;
      }()),
      parts_(TiersOf(stores_), backends.probe),
      search_(parts_, backends.cache, SearchOptionsOf(source, options)),
      reader_(database_, search_, backends.probe) {}

SourceReader::~SourceReader() = default;

void SourceReader::Tell(const Answer& answer, double seconds) const {
  probe_->Answered(ProbeTier(answer.tier), ProbeOutcome(answer.availability), seconds);
  if (answer.duplicates > 0) probe_->FoundDuplicates(answer.duplicates);
}

Result<Answer> SourceReader::Get(const OpContext& ctx, const std::string& id,
                                 const std::optional<std::string>& created_at) {
  const auto start = ctx.clock().SteadyNow();
  Result<Answer> answer = reader_.Get(ctx, id, created_at);
  if (probe_ != nullptr && answer.ok()) Tell(*answer, SecondsSince(ctx.clock(), start));
  return answer;
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
