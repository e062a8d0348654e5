#include "metrics/journal_probe.h"

namespace pgattic::metrics {

JournalProbe::JournalProbe(Registry& registry)
    : archives_(registry, {"pgattic_journal_archives", "Archives in the journal, by phase."}, {}),
      rows_(registry, {"pgattic_journal_rows", "Rows of their parts."}, {}),
      raw_bytes_(registry,
                 {"pgattic_journal_raw_bytes", "Bytes of those rows as PostgreSQL sent them."}, {}),
      stored_bytes_(registry, {"pgattic_journal_stored_bytes", "Bytes of their parts."}, {}),
      freed_bytes_(registry.AddGauge(
          {"pgattic_journal_freed_bytes", "Room that dropped partitions took."}, {})),
      failed_(registry.AddGauge(
          {"pgattic_journal_failed_archives", "Archives whose last run ended with an error."}, {})),
      database_bytes_(
          registry.AddGauge({"pgattic_journal_database_bytes", "Size of the whole database."}, {})),
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

void JournalProbe::WasRead(bool could_be) { up_.Set(could_be ? 1 : 0); }

}  // namespace pgattic::metrics
