// Reconciliation: one archive compared and made whole; the inside of reconcile_step.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "archive/evidence.h"
#include "archive/reconcile_step.h"

namespace pgattic::archive {

/// True when both are the same object.
bool IsSame(const catalog::JournalPart& a, const catalog::JournalPart& b);
/// True when one of the parts is the same object.
bool Holds(const std::vector<catalog::JournalPart>& parts, const catalog::JournalPart& part);

/// Compares one archive, and repairs it. Lives for one call of Reconcile.
class Reconciliation {
 public:
  Reconciliation(const RunContext& run, Evidence evidence)
      : run_(run), evidence_(std::move(evidence)) {
    if (evidence_.record) record_ = *evidence_.record;
  }

  /// Returns what differs; changes nothing. FailedPrecondition when only a person can tell.
  Result<std::vector<Difference>> Compare();
  /// Makes it whole. REQUIRES: Compare.
  Status Repair();

 private:
  void Say(std::string what, std::string repair) {
    differences_.push_back({std::move(what), std::move(repair)});
  }
  void CompareServer();
  void CompareMetadata();
  Status CompareRows();
  Status CompareSettled();
  Status CompareStatuses();
  Status CompareErasures();
  bool IsSettled(const catalog::JournalPart& part) const;

  Status Enrol();
  Status PutBack();
  Status EraseUndone();
  Status Record();
  Status RecordParts();
  Status RecordOrphans();
  catalog::ArchiveRecord After() const;
  Status ClaimOwner(store::ObjectStore& store);
  Status ProveDetached(catalog::ArchiveRecord& after);
  Status Unmark();

  const RunContext& run_;
  Evidence evidence_;
  catalog::ArchiveRecord record_;
  std::vector<catalog::JournalPart>
      loose_;                        ///< Of the bucket: their rows belong into the database.
  std::set<std::string> missing_;    ///< Ids that only those parts have.
  std::vector<std::string> erased_;  ///< Hashes of the metadata that the journal does not know.
  bool has_marks_ = false;           ///< Statuses that the round set are to be put back.
  std::vector<Difference> differences_;
};

}  // namespace pgattic::archive
