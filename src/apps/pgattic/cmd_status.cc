#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "app.h"
#include "catalog/copies.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;
using catalog::ArchiveRecord;
using catalog::JournalPart;

struct Known {
  std::optional<catalog::CopyState> copy;  ///< Where a second store is configured.
  ArchiveRecord record;
  std::vector<JournalPart> parts;
  std::int64_t rows = 0;
  std::int64_t raw_bytes = 0;
  std::int64_t stored_bytes = 0;
};

Result<std::vector<Known>> LoadAll(const Invocation& invocation, Session& session) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<ArchiveRecord> records,
                           session.journal->List(invocation.ctx));
  std::map<std::int64_t, catalog::CopyState> copies;
  if (!invocation.config.lookup.copy_url.empty()) {
    PGATTIC_ASSIGN_OR_RETURN(copies, catalog::CopyStates(invocation.ctx, *session.connection));
  }
  std::vector<Known> all;
  for (const ArchiveRecord& record : records) {
    Known known;
    known.record = record;
    if (const auto copy = copies.find(record.id); copy != copies.end()) known.copy = copy->second;
    PGATTIC_ASSIGN_OR_RETURN(known.parts, session.journal->Parts(invocation.ctx, record.id));
    std::erase_if(known.parts, [](const JournalPart& part) {
      return part.state == catalog::PartState::kObsolete;
    });
    for (const JournalPart& part : known.parts) {
      known.rows += part.record.rows;
      known.raw_bytes += part.record.raw_bytes;
      known.stored_bytes += part.record.bytes;
    }
    all.push_back(std::move(known));
  }
  return all;
}

Json ToJson(const std::optional<catalog::CopyState>& copy) {
  if (!copy) return nullptr;
  return {{"whole", copy->is_whole},
          {"parts", copy->copied},
          {"of", copy->parts},
          {"copied_at", copy->copied_at.empty() ? Json(nullptr) : Json(copy->copied_at)}};
}

Json ToJson(const Known& known) {
  Json parts = Json::array();
  for (const JournalPart& part : known.parts) {
    parts.push_back({{"key", part.record.key},
                     {"rows", part.record.rows},
                     {"bytes", part.record.bytes},
                     {"sha256", part.record.sha256}});
  }
  const ArchiveRecord& record = known.record;
  return {{"source", record.source.Name()},
          {"partition", record.partition},
          {"from", record.bounds.from},
          {"to", record.bounds.to},
          {"phase", model::PhaseName(record.state.phase)},
          {"revision", record.state.revision},
          {"generation", record.state.generation},
          {"round", record.state.round},
          {"rows", known.rows},
          {"raw_bytes", known.raw_bytes},
          {"stored_bytes", known.stored_bytes},
          {"parts", parts},
          {"copy", ToJson(known.copy)},
          {"drop_after", record.drop_after.empty() ? Json(nullptr) : Json(record.drop_after)},
          {"updated_at", record.updated_at},
          {"error", record.error ? Json(*record.error) : Json(nullptr)}};
}

/// An error in a table; --json and the log of the run have all of it.
std::string FirstWords(const std::string& text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return text;
  std::size_t end = kMost - 3;
  while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // Whole characters.
  return text.substr(0, end) + "...";
}

void Print(const std::vector<Known>& all) {
  if (all.empty()) {
    std::printf("No archive yet; `pgattic plan` shows what could be archived.\n");
    return;
  }
  TextTable table({{"partition"},
                   {"phase"},
                   {"rows", Align::kRight},
                   {"raw", Align::kRight},
                   {"stored", Align::kRight},
                   {"parts", Align::kRight},
                   {"updated"},
                   {"note"}});
  Known sum;
  for (const Known& known : all) {
    std::string note;
    if (known.record.error) {
      note = FirstWords(*known.record.error);
    } else if (known.record.state.phase == model::Phase::kDetached) {
      note = "table kept until " + known.record.drop_after.substr(0, 16);
    }
    if (known.copy && !known.copy->is_whole && model::IsSwapped(known.record.state.phase)) {
      note += (note.empty() ? "" : "; ") + std::string("copy: ") +
              std::to_string(known.copy->copied) + " of " + std::to_string(known.copy->parts) +
              " parts";
    }
    table.Add({known.record.partition, std::string(model::PhaseName(known.record.state.phase)),
               HumanCount(known.rows), HumanBytes(known.raw_bytes), HumanBytes(known.stored_bytes),
               std::to_string(known.parts.size()), known.record.updated_at.substr(0, 16), note});
    sum.rows += known.rows;
    sum.raw_bytes += known.raw_bytes;
    sum.stored_bytes += known.stored_bytes;
  }
  table.Add({"total", "", HumanCount(sum.rows), HumanBytes(sum.raw_bytes),
             HumanBytes(sum.stored_bytes), "", "", ""});
  std::printf("%s", table.ToString().c_str());
}

Status ShowEvents(const Invocation& invocation, Session& session, const std::string& partition) {
  PGATTIC_ASSIGN_OR_RETURN(const ArchiveRecord record, FindArchive(invocation, session, partition));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::JournalEvent> events,
                           session.journal->Events(invocation.ctx, record.id));
  if (invocation.json) {
    Json list = Json::array();
    for (const catalog::JournalEvent& event : events) {
      list.push_back({{"at", event.at},
                      {"revision", event.revision},
                      {"phase", event.phase},
                      {"event", event.event},
                      {"detail", event.detail},
                      {"who", event.who}});
    }
    PrintJson({{"events", list}});
    return Status::Ok();
  }
  TextTable table(
      {{"at (UTC)"}, {"revision", Align::kRight}, {"phase"}, {"event"}, {"detail"}, {"who"}});
  for (const catalog::JournalEvent& event : events) {
    table.Add({event.at, std::to_string(event.revision), event.phase, event.event, event.detail,
               event.who});
  }
  std::printf("%s", table.ToString().c_str());
  return Status::Ok();
}

Status Show(const Invocation& invocation, const std::string& events_of) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  if (!events_of.empty()) return ShowEvents(invocation, session, events_of);
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<Known> all, LoadAll(invocation, session));
  if (!invocation.json) {
    Print(all);
    return Status::Ok();
  }
  Json list = Json::array();
  for (const Known& known : all) list.push_back(ToJson(known));
  PrintJson({{"archives", list}});
  return Status::Ok();
}

}  // namespace

int RunStatus(const Invocation& invocation, const std::string& events_of) {
  Status status = Show(invocation, events_of);
  return status.ok() ? kDone : Report(status, invocation.json);
}

}  // namespace pgattic::app
