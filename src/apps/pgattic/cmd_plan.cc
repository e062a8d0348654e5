#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app.h"
#include "archive/planner.h"
#include "catalog/checkup.h"
#include "service/stores.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

struct PlannedSource {
  const OpenSource* source;
  std::vector<archive::PlanEntry> entries;
};

// Measured on generated games; an order of magnitude, not a promise.
constexpr double kBytesPerSecond = 12e6;
constexpr double kStoredShare = 0.4;

// A brief plan shows so many partitions at either end of a row of eligible ones.
constexpr std::size_t kBriefEnd = 2;

/// What archiving everything eligible moves. A plain value.
struct Expected {
  std::int64_t bytes = 0;  ///< Of the tables.
  std::int64_t stored_bytes = 0;
  double seconds = 0;
};

Expected ExpectedOf(const std::vector<archive::PlanEntry>& entries) {
  Expected expected;
  for (const archive::PlanEntry& entry : entries) {
    if (entry.eligible) expected.bytes += entry.partition.bytes;
  }
  const auto bytes = static_cast<double>(expected.bytes);
  expected.stored_bytes = static_cast<std::int64_t>(bytes * kStoredShare);
  expected.seconds = bytes / kBytesPerSecond;
  return expected;
}

/// Free bytes of the archive's folder; nullopt for a bucket, or where it cannot be told.
std::optional<std::int64_t> FreeBytes(const Invocation& invocation) {
  const std::optional<std::string> folder = service::FolderOf(invocation.config);
  if (!folder) return std::nullopt;
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(*folder, error);
  if (error) return std::nullopt;
  return static_cast<std::int64_t>(space.available);
}

Json HazardsJson(const std::vector<catalog::Hazard>& hazards) {
  Json list = Json::array();
  for (const catalog::Hazard& hazard : hazards) {
    list.push_back(
        {{"code", hazard.code}, {"message", hazard.message}, {"refuses", hazard.refuses}});
  }
  return list;
}

Json EntryJson(const PlannedSource& planned, const archive::PlanEntry& entry) {
  const auto bytes = static_cast<double>(entry.partition.bytes);
  return {
      {"source", planned.source->table.id.Name()},
      {"partition", entry.partition.name.name},
      {"from", entry.partition.bounds.from},
      {"to", entry.partition.bounds.to},
      {"rows", entry.partition.rows},
      {"bytes", entry.partition.bytes},
      {"eligible", entry.eligible},
      {"reasons", entry.reasons},
      {"phase", entry.record ? Json(model::PhaseName(entry.record->state.phase)) : Json(nullptr)},
      {"key", entry.first_key},
      {"locks",
       "SHARE on the partition, then for milliseconds ACCESS EXCLUSIVE on it, the parent, a "
       "DEFAULT partition and the tables its foreign keys refer to"},
      {"expected_seconds", bytes / kBytesPerSecond},
      {"expected_stored_bytes", static_cast<std::int64_t>(bytes * kStoredShare)},
      {"expected_saving_bytes", entry.partition.bytes},
      {"hazards", HazardsJson(entry.hazards)}};
}

std::vector<std::string> RowOf(const archive::PlanEntry& entry) {
  std::string verdict = entry.eligible ? "yes" : "no: ";
  for (std::size_t i = 0; i < entry.reasons.size(); ++i) {
    verdict += (i > 0 ? "; " : "") + entry.reasons[i];
  }
  return {entry.partition.name.name,
          entry.partition.bounds.from.substr(0, 10),
          entry.partition.bounds.to.substr(0, 10),
          HumanCount(entry.partition.rows),
          HumanBytes(entry.partition.bytes),
          verdict};
}

std::size_t EligibleFrom(const std::vector<archive::PlanEntry>& entries, std::size_t first) {
  std::size_t count = 0;
  while (first + count < entries.size() && entries[first + count].eligible) ++count;
  return count;
}

std::string TableOf(const std::vector<archive::PlanEntry>& entries, bool brief) {
  TextTable table({{"partition"},
                   {"from"},
                   {"to"},
                   {"rows", Align::kRight},
                   {"size", Align::kRight},
                   {"archive?"}});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::size_t run = EligibleFrom(entries, i);
    if (brief && run > 2 * kBriefEnd + 1) {
      for (std::size_t j = 0; j < kBriefEnd; ++j) table.Add(RowOf(entries[i + j]));
      table.Add({"… " + std::to_string(run - 2 * kBriefEnd) + " more", "", "", "", "", "yes"});
      for (std::size_t j = run - kBriefEnd; j < run; ++j) table.Add(RowOf(entries[i + j]));
      i += run - 1;
      continue;
    }
    table.Add(RowOf(entries[i]));
  }
  return table.ToString();
}

void PrintRoom(const PlannedSource& planned, const Expected& expected,
               const std::optional<std::int64_t>& free_bytes) {
  const std::int64_t days = planned.source->options->grace / std::chrono::days(1);
  std::printf("Archiving frees %s of the database and stores about %s, in about %s.\n",
              HumanBytes(expected.bytes).c_str(), HumanBytes(expected.stored_bytes).c_str(),
              HumanSeconds(expected.seconds).c_str());
  if (planned.source->options->grace.count() > 0) {
    std::printf("Until the drop, %s after each swap, the old tables stay on disk.\n",
                days > 0 ? (std::to_string(days) + " d").c_str() : "less than a day");
  }
  if (!free_bytes) return;
  std::printf(
      "The folder has room for %s%s.\n", HumanBytes(*free_bytes).c_str(),
      *free_bytes < expected.stored_bytes ? ": NOT ENOUGH; a run would stop on a full disk" : "");
}

/// Each note once, with the partitions it is about.
void PrintNotes(const std::vector<archive::PlanEntry>& entries) {
  std::vector<std::pair<std::string, std::vector<std::string>>> notes;
  for (const archive::PlanEntry& entry : entries) {
    for (const catalog::Hazard& hazard : entry.hazards) {
      if (hazard.refuses || !entry.eligible) continue;
      auto note = std::find_if(notes.begin(), notes.end(),
                               [&](const auto& known) { return known.first == hazard.message; });
      if (note == notes.end()) note = notes.insert(notes.end(), {hazard.message, {}});
      note->second.push_back(entry.partition.name.name);
    }
  }
  for (const auto& [message, partitions] : notes) {
    std::printf("note: %s%s: %s\n", partitions.front().c_str(),
                partitions.size() == 1
                    ? ""
                    : (" and " + std::to_string(partitions.size() - 1) + " more").c_str(),
                message.c_str());
  }
}

void PrintPlan(const Invocation& invocation, const std::vector<PlannedSource>& sources,
               bool brief) {
  const std::optional<std::int64_t> free_bytes = FreeBytes(invocation);
  for (const PlannedSource& planned : sources) {
    std::printf("%s, older than %d months:\n\n%s\n", planned.source->table.id.Name().c_str(),
                planned.source->options->retention_months, TableOf(planned.entries, brief).c_str());
    PrintRoom(planned, ExpectedOf(planned.entries), brief ? std::nullopt : free_bytes);
    if (!brief) PrintNotes(planned.entries);
  }
}

void PrintAsJson(const Invocation& invocation, const std::vector<PlannedSource>& sources) {
  Json list = Json::array();
  Expected all;
  for (const PlannedSource& source : sources) {
    for (const archive::PlanEntry& entry : source.entries) {
      list.push_back(EntryJson(source, entry));
    }
    const Expected expected = ExpectedOf(source.entries);
    all.bytes += expected.bytes;
    all.stored_bytes += expected.stored_bytes;
  }
  const std::optional<std::int64_t> free_bytes = FreeBytes(invocation);
  PrintJson({{"partitions", list},
             {"expected_saving_bytes", all.bytes},
             {"expected_stored_bytes", all.stored_bytes},
             {"free_bytes", free_bytes ? Json(*free_bytes) : Json(nullptr)}});
}

/// A run defers the first export of a partition whose rows change; that is worth knowing.
Status AddChanges(const Invocation& invocation, Session& session,
                  std::vector<archive::PlanEntry>& entries, bool allowed) {
  for (archive::PlanEntry& entry : entries) {
    const bool is_under_way = entry.record && entry.record->state.phase != model::Phase::kPlanned;
    if (!entry.eligible || is_under_way || allowed) continue;
    PGATTIC_ASSIGN_OR_RETURN(const bool changed,
                             catalog::WouldBeDeferredForChanges(invocation.ctx, *session.connection,
                                                                entry.partition.oid));
    if (!changed) continue;
    entry.hazards.push_back({"changes",
                             "rows were updated or deleted since the last look: the next run "
                             "defers it; set allow_changes = true to archive it all the same",
                             false});
  }
  return Status::Ok();
}

Result<std::vector<PlannedSource>> PlanAll(const Invocation& invocation, Session& session,
                                           const std::vector<OpenSource>& sources) {
  PGATTIC_ASSIGN_OR_RETURN(const bool has_journal, HasJournal(invocation, session));
  std::vector<PlannedSource> planned;
  for (const OpenSource& source : sources) {
    PGATTIC_ASSIGN_OR_RETURN(std::vector<archive::PlanEntry> entries,
                             archive::PlanSource({invocation.ctx, *session.connection,
                                                  has_journal ? session.journal.get() : nullptr,
                                                  source.table, *source.options}));
    if (has_journal) {
      PGATTIC_RETURN_IF_ERROR(
          AddChanges(invocation, session, entries, source.options->allow_changes));
    }
    planned.push_back({&source, std::move(entries)});
  }
  return planned;
}

Status Plan(const Invocation& invocation, bool brief) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, false));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<OpenSource> sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<PlannedSource> planned,
                           PlanAll(invocation, session, sources));
  if (invocation.json) {
    PrintAsJson(invocation, planned);
  } else {
    PrintPlan(invocation, planned, brief);
  }
  return Status::Ok();
}

}  // namespace

int RunPlan(const Invocation& invocation, bool brief) {
  Status status = Plan(invocation, brief);
  return status.ok() ? kDone : Report(status, invocation.json);
}

}  // namespace pgattic::app
