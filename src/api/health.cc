#include "api/health.h"

#include <limits>
#include <utility>

#include "catalog/archive_overview.h"
#include "lookup/point_reader.h"
#include "lookup/steady_reads.h"

namespace pgattic::api {
namespace {

/// A breaker would tell what was, not what is; a second request would hide a slow store.
lookup::SteadyReadsOptions Plain(std::chrono::milliseconds deadline) {
  lookup::SteadyReadsOptions options;
  options.deadline = deadline;
  options.hedge_quantile = 2;
  options.hedge_threads = 0;
  options.breaker.failures_to_open = std::numeric_limits<int>::max();
  return options;
}

}  // namespace

struct Health::Way {
  Way(store::ObjectStore& store, Clock& clock, std::string name, const catalog::SourceTable& source,
      lookup::PointReader::Check check, std::chrono::milliseconds deadline)
      : backend(std::move(name)),
        reads(store, clock, Plain(deadline)),
        rows(reads, 0, source.partition_column, check) {}
  const std::string backend;
  lookup::SteadyReads reads;
  lookup::PointReader rows;
};

struct Health::Canary {
  catalog::SourceTable source;
  std::vector<std::unique_ptr<Way>> ways;
  std::optional<model::PartRecord> part;
};

Health::Health(pg::Pool& pool, Stores stores, std::vector<catalog::SourceTable> sources,
               Clock& clock, const HealthOptions& options)
    : pool_(pool), clock_(clock), options_(options), last_look_(clock, options.good_for) {
  using Check = lookup::PointReader::Check;
  for (catalog::SourceTable& source : sources) {
    Canary canary;
    canary.ways.push_back(std::make_unique<Way>(stores.archive, clock, "archive", source,
                                                Check::kETag, options.slow));
    if (stores.copy != nullptr) {
      canary.ways.push_back(
          std::make_unique<Way>(*stores.copy, clock, "copy", source, Check::kRows, options.slow));
    }
    canary.source = std::move(source);
    canaries_.push_back(std::move(canary));
  }
}

Health::~Health() = default;

Status Health::FindCanaries(const OpContext& ctx) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease session, pool_.Acquire(ctx));
  for (Canary& canary : canaries_) {
    PGATTIC_ASSIGN_OR_RETURN(canary.part,
                             catalog::LastPublishedPart(ctx, *session, canary.source.name()));
  }
  return Status::Ok();
}

Finding Health::LookAtDatabase(const OpContext& ctx) {
  Finding finding;
  finding.backend = "database";
  const auto began = clock_.SteadyNow();
  const Status found = FindCanaries(ctx);
  finding.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.SteadyNow() - began);
  finding.ok = found.ok() && finding.took <= options_.slow;
  finding.message = found.ok() ? "the journal was read" : found.ToString();
  return finding;
}

Finding Health::LookAtStore(const OpContext& ctx, Way& way, const Canary& canary) const {
  Finding finding;
  finding.backend = way.backend;
  finding.source = canary.source.id.Name();
  if (!canary.part) {
    finding.ok = true;
    finding.message = "nothing is archived yet";
    return finding;
  }
  const auto began = clock_.SteadyNow();
  const Result<lookup::RowsOfIds> rows = way.rows.Read(ctx, *canary.part, {canary.part->min_id});
  finding.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.SteadyNow() - began);
  const bool is_there = rows.ok() && rows->size() == 1 && !rows->front().empty();
  finding.ok = is_there && finding.took <= options_.slow;
  finding.message = !rows.ok()   ? rows.error().ToString()
                    : !is_there  ? "the row with the least id is not in " + canary.part->key
                    : finding.ok ? "an archived row was read"
                                 : "an archived row was read, but slowly";
  return finding;
}

std::vector<Finding> Health::Look(const OpContext& ctx) {
  const auto seen = last_look_.Get(ctx, [&]() -> Result<Findings> { return LookNow(ctx); });
  return seen.ok() ? **seen : Late();
}

std::vector<Finding> Health::LookNow(const OpContext& ctx) {
  Findings findings = {LookAtDatabase(ctx.WithDeadline(options_.slow))};
  for (const Canary& canary : canaries_) {
    for (const std::unique_ptr<Way>& way : canary.ways) {
      findings.push_back(LookAtStore(ctx.WithDeadline(options_.slow), *way, canary));
    }
  }
  return findings;
}

std::vector<Finding> Health::Late() const {
  const auto last = last_look_.last();
  Findings late = last ? *last : Findings{Finding{.backend = "database"}};
  for (Finding& finding : late) {
    const std::string before = finding.message.empty() ? "" : "; before: " + finding.message;
    finding.ok = false;
    finding.message = "a look at all backends takes longer than may be waited" + before;
  }
  return late;
}

}  // namespace pgattic::api
