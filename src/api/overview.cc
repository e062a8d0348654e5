#include "api/overview.h"

#include <algorithm>

namespace pgattic::api {
namespace {

Month MonthOf(const catalog::ArchiveOverview& archive) {
  const catalog::ArchiveRecord& record = archive.record;
  Month month;
  month.source = record.source.Name();
  month.partition = record.partition;
  month.bounds = record.bounds;
  month.phase = record.state.phase;
  for (const model::PartRecord& part : archive.parts) {
    month.archive_rows += part.rows;
    month.raw_bytes += part.raw_bytes;
    month.stored_bytes += part.bytes;
  }
  if (record.fingerprint) month.expected_rows = record.fingerprint->rows;
  month.freed_bytes = catalog::FreedBytes(record);
  month.updated_at = record.updated_at;
  month.drop_after = record.drop_after;
  month.error = record.error.value_or("");
  return month;
}

}  // namespace

std::vector<Month> MonthsOf(const catalog::SourceTable& source,
                            const std::vector<catalog::Partition>& partitions,
                            const std::vector<catalog::ArchiveOverview>& archives,
                            const std::map<std::int64_t, catalog::RunProgress>& runs) {
  std::vector<Month> months;
  for (const catalog::ArchiveOverview& archive : archives) {
    if (archive.record.source != source.id) continue;
    months.push_back(MonthOf(archive));
    if (const auto run = runs.find(archive.record.id); run != runs.end()) {
      months.back().run = run->second;
    }
  }
  for (const catalog::Partition& partition : partitions) {
    if (!partition.unsupported_bounds.empty()) continue;
    auto same = std::find_if(months.begin(), months.end(), [&](const Month& month) {
      return month.bounds.from_us == partition.bounds.from_us &&
             month.bounds.to_us == partition.bounds.to_us;
    });
    if (same == months.end()) {
      Month month;
      month.source = source.id.Name();
      month.partition = partition.name.name;
      month.bounds = partition.bounds;
      same = months.insert(months.end(), std::move(month));
    }
    same->database_rows = partition.is_empty ? 0 : std::max<std::int64_t>(1, partition.rows);
    same->database_bytes = partition.bytes;
  }
  std::sort(months.begin(), months.end(),
            [](const Month& a, const Month& b) { return a.bounds.from_us < b.bounds.from_us; });
  return months;
}

Result<Picture> Overview::LookNow(const OpContext& ctx) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease session, pool_.Acquire(ctx));
  PGATTIC_ASSIGN_OR_RETURN(const auto archives, catalog::ListOverviews(ctx, *session));
  PGATTIC_ASSIGN_OR_RETURN(const auto runs, catalog::LookAtRuns(ctx, *session));
  Picture picture;
  picture.at = clock_.WallNow();
  PGATTIC_ASSIGN_OR_RETURN(picture.database_bytes, catalog::DatabaseSize(ctx, *session));
  PGATTIC_ASSIGN_OR_RETURN(picture.upkeep, catalog::LookAtUpkeep(ctx, *session));
  picture.has_copy = has_copy_;
  PGATTIC_ASSIGN_OR_RETURN(picture.last_run,
                           catalog::ScheduleJournal(*session, "archive").Last(ctx));
  for (const catalog::SourceTable& source : sources_) {
    PGATTIC_ASSIGN_OR_RETURN(catalog::RolloutRecord rollout,
                             catalog::RolloutJournal(*session).Load(ctx, source.id));
    if (rollout.revision > 0) picture.rollouts.push_back(std::move(rollout));
    PGATTIC_ASSIGN_OR_RETURN(const auto partitions, catalog::ListPartitions(ctx, *session, source));
    for (Month& month : MonthsOf(source, partitions, archives, runs)) {
      picture.months.push_back(std::move(month));
    }
  }
  return picture;
}

Result<std::shared_ptr<const Picture>> Overview::Look(const OpContext& ctx) {
  return last_look_.Get(ctx, [&] { return LookNow(ctx); });
}

}  // namespace pgattic::api
