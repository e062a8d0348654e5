#include <algorithm>

#include "archive/missing_rows.h"
#include "archive/reconciliation.h"
#include "catalog/erasures.h"
#include "catalog/restoring.h"

namespace pgattic::archive {

using catalog::JournalPart;
using model::Phase;

/// The parts of the bucket that are the archive's own rows, by what PostgreSQL says: of rounds
/// that are swapped. The rows of all others belong into the database.
bool Reconciliation::IsSettled(const JournalPart& part) const {
  return part.record.round < record_.state.round ||
         (part.record.round == record_.state.round && model::IsSwapped(record_.state.phase));
}

bool IsSame(const JournalPart& a, const JournalPart& b) {
  return a.record.key == b.record.key && a.record.etag == b.record.etag;
}

bool Holds(const std::vector<JournalPart>& parts, const JournalPart& part) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const JournalPart& other) { return IsSame(part, other); });
}

void Reconciliation::CompareServer() {
  const std::string now =
      run_.server.system_identifier + ", timeline " + std::to_string(run_.server.timeline);
  if (evidence_.is_other_server) {
    Say("the journal was written on server " + record_.system_identifier + ", timeline " +
            std::to_string(record_.timeline) + "; this is " + now,
        "the journal takes this server; what is under way begins anew, and a table that stands "
        "aside is compared with its parts");
  } else if (evidence_.is_other_timeline) {
    Say("the journal was written on timeline " + std::to_string(record_.timeline) + "; this is " +
            std::to_string(run_.server.timeline) +
            ": a standby was promoted, or PostgreSQL recovered",
        "the journal takes this timeline");
  }
  if (evidence_.is_wal_behind) {
    Say("the metadata was written at a WAL position that this server has not reached",
        "the metadata is written again, as the next generation");
  }
}

void Reconciliation::CompareMetadata() {
  const std::string anew =
      "the round begins anew: `archive` exports the partition, and takes what "
      "the bucket has for the generation before";
  const bool is_swapped = model::IsSwapped(record_.state.phase);
  if (evidence_.is_gone) {
    Say("the journal says generation " + std::to_string(record_.state.generation) +
            " is published; the bucket has no metadata of it",
        record_.state.phase == Phase::kDetached
            ? "the table that stands aside is attached again"
            : "the round begins anew: `archive` exports the partition");
    return;
  }
  if (evidence_.is_other_table) {
    Say("the journal's table is " + record_.relation.name.Plain() + ", the partition is " +
            evidence_.attached->name.Plain() + ", another",
        "the round begins anew with that");
  }
  if (evidence_.is_unrecorded) {
    Say("the journal does not know the metadata that was written last", "it is recorded");
  }
  const bool is_other = evidence_.is_foreign || evidence_.is_ahead || !evidence_.record;
  if (!evidence_.metadata || !is_other) return;
  const model::Metadata& metadata = *evidence_.metadata;
  const std::string stored = "the bucket has generation " + std::to_string(metadata.generation) +
                             " with " + std::to_string(metadata.rows()) + " rows";
  if (!evidence_.record) {
    Say(stored + ", the journal does not know the archive", "it is registered; " + anew);
    return;
  }
  Say(stored + ", revision " + std::to_string(metadata.revision) +
          (evidence_.is_foreign ? ", of another journal's archive" : "") +
          "; the journal is at generation " + std::to_string(record_.state.generation) +
          ", revision " + std::to_string(record_.state.revision) + ", phase " +
          std::string(model::PhaseName(record_.state.phase)),
      is_swapped ? "the journal takes generation and numbers of the bucket; parts of rounds that "
                   "it does not know are taken out of the next generation"
                 : "the journal takes generation and numbers of the bucket; " + anew);
  if (record_.state.phase == Phase::kDetached) {
    Say("the grace was " + record_.drop_after, "it begins anew");
  }
}

/// What the journal's own rounds consist of may have been rewritten meanwhile: by an erasure, or
/// by a restore and another archive.
Status Reconciliation::CompareSettled() {
  std::vector<JournalPart> rewritten;
  for (const JournalPart& part : evidence_.stored) {
    if (IsSettled(part) && !Holds(evidence_.parts, part)) rewritten.push_back(part);
  }
  if (rewritten.empty()) return Status::Ok();
  Say(std::to_string(rewritten.size()) +
          " parts of rounds that are swapped are others than the "
          "journal knows",
      "the journal takes those of the bucket");
  if (!evidence_.attached) return Status::Ok();
  const catalog::RelationRef live{evidence_.attached->name, evidence_.attached->oid};
  std::vector<JournalPart> formerly;
  for (const JournalPart& part : evidence_.parts) {
    if (part.published && IsSettled(part)) formerly.push_back(part);
  }
  PGATTIC_ASSIGN_OR_RETURN(const MissingRows not_live, RowsMissingIn(run_, live, rewritten));
  std::int64_t stored_rows = 0;
  std::int64_t known_rows = 0;
  for (const JournalPart& part : rewritten) stored_rows += part.record.rows;
  for (const JournalPart& part : formerly) known_rows += part.record.rows;
  if (stored_rows <= known_rows || not_live.rows >= stored_rows) return Status::Ok();
  return {Code::kFailedPrecondition,
          "rows that " + live.name.Plain() +
              " holds may lie in the rewritten parts as well: the month was restored and archived "
              "again before PostgreSQL was recovered. Nothing was changed. Move the rows of that "
              "partition that the archive has into another table, then run it again"};
}

/// Rows that no table of the recovered database has.
Status Reconciliation::CompareRows() {
  if (!evidence_.differs()) return Status::Ok();
  for (const JournalPart& part : evidence_.stored) {
    if (!IsSettled(part)) loose_.push_back(part);
  }
  for (const JournalPart& part : evidence_.parts) {
    // Proven while the table was there, and perhaps the only copy of its rows since.
    const bool is_proven = evidence_.is_other_table && part.state == catalog::PartState::kVerified;
    if (is_proven && !IsSettled(part) && !Holds(loose_, part)) loose_.push_back(part);
  }
  if (loose_.empty()) return Status::Ok();
  if (!evidence_.attached) {
    return {Code::kFailedPrecondition,
            "no partition of " + run_.source.id.Name() + " takes the rows of " +
                record_.bounds.from +
                " that only the bucket has; nothing was changed. Make one "
                "with these bounds, then run it again"};
  }
  const catalog::RelationRef live{evidence_.attached->name, evidence_.attached->oid};
  PGATTIC_ASSIGN_OR_RETURN(MissingRows found, RowsMissingIn(run_, live, loose_));
  if (!found.partly.empty()) {
    return {Code::kFailedPrecondition,
            "the bucket has more rows of id " + *found.partly.begin() + " than " +
                live.name.Plain() +
                ": which of them it lacks is for a person to say. Nothing was changed. Read the "
                "rows in " +
                loose_.front().record.key +
                " and its neighbours, insert those that are missing, then run it again"};
  }
  missing_ = std::move(found.ids);
  if (missing_.empty()) return Status::Ok();
  Say("the bucket has rows of " + std::to_string(missing_.size()) + " ids that " +
          live.name.Plain() + " has not, such as " + *missing_.begin(),
      "they are put back into the partition");
  return Status::Ok();
}

/// Marks of a round that begins anew; or of one that a repair made begin anew before it was killed.
Status Reconciliation::CompareStatuses() {
  if (!run_.source_options.is_games || record_.marked_xid.empty()) return Status::Ok();
  const model::ArchiveState& state = record_.state;
  const bool begins_anew =
      !model::IsSwapped(state.phase) && (evidence_.differs() || evidence_.is_other_server);
  const bool began_anew = state.phase == Phase::kPlanned && state.round == 1;
  if (!begins_anew && !began_anew) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<catalog::RestoreRecord> restore,
                           catalog::RestoreJournal(run_.connection).Find(run_.ctx, record_.id));
  has_marks_ = !restore || restore->stage == catalog::RestoreStage::kLoading;
  if (has_marks_) {
    Say("games of the month are marked as archived", "their statuses are put back as they were");
  }
  return Status::Ok();
}

/// Erasures of a time that was undone.
Status Reconciliation::CompareErasures() {
  if (!evidence_.metadata) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(
      erased_, catalog::UnknownErasures(run_.ctx, run_.connection, run_.source.id, record_.id,
                                        evidence_.metadata->erased));
  if (erased_.empty()) return Status::Ok();
  Say("the metadata names " + std::to_string(erased_.size()) +
          " erased ids that the journal does not know",
      "they are put on its list, and their rows are deleted again");
  return Status::Ok();
}

Result<std::vector<Difference>> Reconciliation::Compare() {
  CompareServer();
  CompareMetadata();
  if (evidence_.metadata && evidence_.record && evidence_.differs()) {
    PGATTIC_RETURN_IF_ERROR(CompareSettled());
  }
  PGATTIC_RETURN_IF_ERROR(CompareRows());
  PGATTIC_RETURN_IF_ERROR(CompareStatuses());
  PGATTIC_RETURN_IF_ERROR(CompareErasures());
  if (!evidence_.orphans.empty()) {
    Say(std::to_string(evidence_.orphans.size()) +
            " objects of parts lie in the bucket that nothing names, such as " +
            evidence_.orphans.front().record.key,
        "they are deleted");
  }
  return differences_;
}

}  // namespace pgattic::archive
