#include <cstdio>
#include <nlohmann/json.hpp>

#include "app.h"
#include "archive/planner.h"
#include "catalog/journal_schema.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

struct PlannedSource {
  const OpenSource* source;
  std::vector<archive::PlanEntry> entries;
};

// Measured on the demo; prints an order of magnitude, not a promise.
constexpr double kBytesPerSecond = 12e6;
constexpr double kStoredShare = 0.4;

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
       "SHARE on the partition, then ACCESS EXCLUSIVE on the parent for "
       "milliseconds"},
      {"expected_seconds", bytes / kBytesPerSecond},
      {"expected_saving_bytes", entry.partition.bytes},
      {"hazards", HazardsJson(entry.hazards)}};
}

void PrintTable(const std::vector<PlannedSource>& sources) {
  for (const PlannedSource& planned : sources) {
    std::printf("%s, older than %d months:\n\n", planned.source->table.id.Name().c_str(),
                planned.source->options->retention_months);
    TextTable table({"partition", "from", "to", "rows", "size", "archive?"});
    std::int64_t bytes = 0;
    for (const archive::PlanEntry& entry : planned.entries) {
      std::string verdict = entry.eligible ? "yes" : "no: ";
      for (std::size_t i = 0; i < entry.reasons.size(); ++i) {
        verdict += (i > 0 ? "; " : "") + entry.reasons[i];
      }
      if (entry.eligible) bytes += entry.partition.bytes;
      table.Add({entry.partition.name.name, entry.partition.bounds.from.substr(0, 10) + " ",
                 entry.partition.bounds.to.substr(0, 10) + " ", HumanCount(entry.partition.rows),
                 HumanBytes(entry.partition.bytes), verdict});
    }
    std::printf(
        "%s\nArchiving frees %s and stores about %s, in about %.0f s.\n", table.ToString().c_str(),
        HumanBytes(bytes).c_str(),
        HumanBytes(static_cast<std::int64_t>(static_cast<double>(bytes) * kStoredShare)).c_str(),
        static_cast<double>(bytes) / kBytesPerSecond);
    for (const archive::PlanEntry& entry : planned.entries) {
      for (const catalog::Hazard& hazard : entry.hazards) {
        if (!hazard.refuses && entry.eligible) {
          std::printf("note: %s: %s\n", entry.partition.name.name.c_str(), hazard.message.c_str());
        }
      }
    }
  }
}

}  // namespace

int RunPlan(const Invocation& invocation) {
  Result<Session> session = Session::Open(invocation, false);
  if (!session.ok()) return Report(std::move(session).status(), invocation.json);
  Result<std::vector<OpenSource>> sources = OpenSources(invocation, *session);
  if (!sources.ok()) return Report(std::move(sources).status(), invocation.json);
  const bool installed = catalog::CheckJournal(invocation.ctx, *session->connection).ok();
  std::vector<PlannedSource> planned;
  for (const OpenSource& source : *sources) {
    Result<std::vector<archive::PlanEntry>> entries = archive::PlanSource(
        {invocation.ctx, *session->connection, installed ? session->journal.get() : nullptr,
         source.table, *source.options});
    if (!entries.ok()) return Report(std::move(entries).status(), invocation.json);
    planned.push_back({&source, std::move(*entries)});
  }
  if (!invocation.json) {
    PrintTable(planned);
    return kDone;
  }
  Json list = Json::array();
  for (const PlannedSource& source : planned) {
    for (const archive::PlanEntry& entry : source.entries) {
      list.push_back(EntryJson(source, entry));
    }
  }
  std::printf("%s\n", Json{{"partitions", list}}.dump(2).c_str());
  return kDone;
}

}  // namespace pgattic::app
