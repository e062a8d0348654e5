#include "metrics/journal_probe.h"

namespace pgattic::metrics {

JournalProbe::JournalProbe(Registry& registry)
    : archives_(registry, {"pgattic_journal_archives", "Archives in the journal, by phase."}, {}),
      rows_(registry, {"pgattic_journal_rows", "Rows of their parts."}, {}),
      raw_bytes_(registry,
                 {"pgattic_journal_raw_bytes", "Bytes of those rows as PostgreSQL sent them."}, {}),
      stored_bytes_(registry, {"pgattic_journal_stored_bytes", "Bytes of their parts."}, {}),
      step_seconds_(registry,
                    {"pgattic_journal_step_duration_seconds",
                     "Time from the event before a step's to its own, of all steps journalled."},
                    {}, StepSeconds()),
      freed_bytes_(registry.AddGauge(
          {"pgattic_journal_freed_bytes", "Room that dropped partitions took."}, {})),
      failed_(registry.AddGauge(
          {"pgattic_journal_failed_archives", "Archives whose last run ended with an error."}, {})),
      database_bytes_(
          registry.AddGauge({"pgattic_journal_database_bytes", "Size of the whole database."}, {})),
      oldest_(registry.AddGauge(
          {"pgattic_journal_oldest_unarchived_timestamp_seconds",
           "End of the oldest partition whose rows are only in the database; 0 without one."},
          {})),
      uncopied_(registry.AddGauge(
          {"pgattic_journal_uncopied_parts", "Published parts that the second store lacks."}, {})),
      copy_lag_(registry.AddGauge(
          {"pgattic_journal_copy_lag_seconds", "Age of the oldest part without a copy."}, {})),
      damaged_(registry.AddGauge(
          {"pgattic_journal_damaged_parts", "Parts that a scrub could not mend."}, {})),
      oldest_proof_(registry.AddGauge({"pgattic_journal_oldest_proof_seconds",
                                       "Since the part that was not read for longest was read."},
                                      {})),
      open_erasures_(registry.AddGauge(
          {"pgattic_journal_open_erasures", "Requests to erase that are not done."}, {})),
      up_(registry.AddGauge({"pgattic_journal_up", "1 when the journal could be read, else 0."},
                            {})) {}

void JournalProbe::InPhase(Phase phase, const PhaseSums& sums) {
  archives_.At(phase).Set(static_cast<double>(sums.archives));
  rows_.At(phase).Set(static_cast<double>(sums.rows));
  raw_bytes_.At(phase).Set(static_cast<double>(sums.raw_bytes));
  stored_bytes_.At(phase).Set(static_cast<double>(sums.stored_bytes));
}

void JournalProbe::Totals(std::int64_t freed_bytes, std::int64_t failed_archives,
                          std::int64_t database_bytes) {
  freed_bytes_.Set(static_cast<double>(freed_bytes));
  failed_.Set(static_cast<double>(failed_archives));
  database_bytes_.Set(static_cast<double>(database_bytes));
}

void JournalProbe::OldestUnarchived(std::int64_t end) { oldest_.Set(static_cast<double>(end)); }

void JournalProbe::Upkeep(const UpkeepNumbers& numbers) {
  uncopied_.Set(static_cast<double>(numbers.uncopied_parts));
  copy_lag_.Set(numbers.copy_lag_seconds);
  damaged_.Set(static_cast<double>(numbers.damaged_parts));
  oldest_proof_.Set(numbers.oldest_proof_seconds);
  open_erasures_.Set(static_cast<double>(numbers.open_erasures));
}

void JournalProbe::StepTook(Step step, double seconds) { step_seconds_.At(step).Observe(seconds); }

void JournalProbe::WasRead(bool could_be) { up_.Set(could_be ? 1 : 0); }

}  // namespace pgattic::metrics
