#include "tests/torture/usurper.h"

#include "archive/archiver.h"
#include "archive/cleanup.h"
#include "archive/export_step.h"
#include "archive/lost_table.h"
#include "archive/proof_step.h"
#include "archive/publish_step.h"
#include "archive/restore_step.h"
#include "archive/swap_step.h"

namespace pgattic::torture {

using catalog::ArchiveRecord;
using model::Phase;

Result<std::unique_ptr<Usurper>> Usurper::Open(const Arena& arena) {
  std::unique_ptr<Usurper> usurper(new Usurper(arena));
  const OpContext& ctx = usurper->ctx_;
  usurper->connect_ = {usurper->config_.database_url, "usurper"};
  PGATTIC_ASSIGN_OR_RETURN(usurper->connection_, pg::Connection::Open(ctx, usurper->connect_));
  usurper->journal_ = std::make_unique<catalog::Journal>(*usurper->connection_);
  PGATTIC_ASSIGN_OR_RETURN(usurper->store_, arena.OpenStore());
  const archive::SourceOptions& options = usurper->config_.sources.front();
  PGATTIC_ASSIGN_OR_RETURN(usurper->source_, catalog::LoadSource(ctx, *usurper->connection_,
                                                                 options.table, options.id_column));
  PGATTIC_ASSIGN_OR_RETURN(usurper->server_,
                           catalog::LoadServerIdentity(ctx, *usurper->connection_));
  return usurper;
}

archive::RunContext Usurper::Context() const {
  return {ctx_,    connect_, *connection_, *journal_,   *store_, config_.sources.front(),
          source_, server_,  config_.run,  no_progress_};
}

Result<ArchiveRecord> Usurper::Find(const std::string& partition) {
  const archive::RunContext run = Context();
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<ArchiveRecord> records, journal_->List(ctx_));
  std::optional<ArchiveRecord> at_rest;
  for (const ArchiveRecord& record : records) {
    if (record.partition != partition || record.state.phase == Phase::kPlanned) continue;
    if (record.state.phase != Phase::kArchived) return record;
    at_rest = record;
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const std::vector<archive::PlanEntry> entries,
      archive::PlanSource({ctx_, *connection_, journal_.get(), source_, run.source_options}));
  for (const archive::PlanEntry& entry : entries) {
    const bool is_late = entry.eligible && entry.record && entry.record->partition == partition;
    if (is_late || entry.partition.name.name == partition) return archive::Enrol(run, entry);
  }
  if (at_rest) return *at_rest;
  return {Code::kNotFound, "no partition " + partition};
}

Status Usurper::Step(const archive::RunContext& run, ArchiveRecord& record) {
  switch (record.state.phase) {
    case Phase::kPlanned:
      PGATTIC_RETURN_IF_ERROR(archive::ClaimPrefix(run, record));
      return archive::StartExport(run, record);
    case Phase::kExporting:
      PGATTIC_RETURN_IF_ERROR(archive::StartExport(run, record));
      return archive::ExportParts(run, record).status();
    case Phase::kUploaded:
      return archive::ProveParts(run, record);
    case Phase::kVerified: {
      PGATTIC_ASSIGN_OR_RETURN(const bool is_published, archive::IsPublished(run, record));
      if (!is_published) PGATTIC_RETURN_IF_ERROR(archive::Publish(run, record));
      return archive::Mark(run, record);
    }
    case Phase::kMarked:
      return archive::Swap(run, record);
    case Phase::kDetached:
      return archive::Drop(run, record);
    case Phase::kArchived:
      break;
  }
  return Status::Ok();
}

Status Usurper::Advance(const std::string& partition, Phase until) {
  const archive::RunContext run = Context();
  PGATTIC_ASSIGN_OR_RETURN(ArchiveRecord record, Find(partition));
  PGATTIC_RETURN_IF_ERROR(archive::CheckTableIsThere(run, record));
  PGATTIC_RETURN_IF_ERROR(archive::Tidy(run, record));
  while (record.state.phase < until) {
    PGATTIC_RETURN_IF_ERROR(Step(run, record));
    PGATTIC_ASSIGN_OR_RETURN(record, journal_->Load(ctx_, record.id));
  }
  return archive::CleanUp(run, record);
}

Status Usurper::RollBack(const std::string& partition) {
  PGATTIC_ASSIGN_OR_RETURN(ArchiveRecord record, Find(partition));
  return archive::RollBack(Context(), record);
}

Status Usurper::Restore(const std::string& partition) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<ArchiveRecord> records, journal_->List(ctx_));
  for (ArchiveRecord record : records) {
    if (record.partition == partition) return archive::Restore(Context(), record);
  }
  return {Code::kNotFound, "no archive of " + partition};
}

}  // namespace pgattic::torture
