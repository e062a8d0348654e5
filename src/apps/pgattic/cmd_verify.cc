#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app.h"
#include "archive/verify_step.h"
#include "service/stores.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

/// The games profile has the bucket's root to itself.
bool IsAtRoot(const service::Config& config, const model::SourceId& source) {
  return std::any_of(config.sources.begin(), config.sources.end(), [&](const auto& options) {
    return options.is_games && options.table.schema == source.schema &&
           options.table.name == source.table;
  });
}

Status Verify(const Invocation& invocation, const std::vector<std::string>& partitions,
              std::vector<archive::Verdict>& verdicts) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto store, service::OpenStore(invocation.config));
  std::vector<catalog::ArchiveRecord> records;
  for (const std::string& partition : partitions) {
    PGATTIC_ASSIGN_OR_RETURN(catalog::ArchiveRecord record,
                             FindArchive(invocation, session, partition));
    records.push_back(std::move(record));
  }
  if (partitions.empty()) {
    PGATTIC_ASSIGN_OR_RETURN(records, session.journal->List(invocation.ctx));
  }
  for (const catalog::ArchiveRecord& record : records) {
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::JournalPart> parts,
                             session.journal->Parts(invocation.ctx, record.id));
    const model::ObjectKeys keys(record.source, record.bounds,
                                 IsAtRoot(invocation.config, record.source));
    for (archive::Verdict& verdict :
         archive::VerifyArchive(invocation.ctx, *store, keys, record, parts)) {
      verdicts.push_back(std::move(verdict));
    }
  }
  return Status::Ok();
}

}  // namespace

int RunVerify(const Invocation& invocation, const std::vector<std::string>& partitions) {
  std::vector<archive::Verdict> verdicts;
  Status status = Verify(invocation, partitions, verdicts);
  if (!status.ok()) return Report(status, invocation.json);
  Json parts = Json::array();
  Json sidecars = Json::array();
  bool all_good = true;
  for (const archive::Verdict& verdict : verdicts) {
    const bool good = verdict.status.ok();
    all_good = all_good && good;
    if (invocation.json) {
      Json& list = verdict.is_part ? parts : sidecars;
      list.push_back({{"partition", verdict.partition},
                      {"key", verdict.key},
                      {"rows", verdict.rows},
                      {"ok", good},
                      {"error", good ? Json(nullptr) : Json(verdict.status.ToString())}});
    } else {
      const std::string rows = verdict.rows > 0 ? "  " + HumanCount(verdict.rows) + " rows" : "";
      std::printf("%s  %s%s%s\n", good ? "ok    " : "FAILED", verdict.key.c_str(), rows.c_str(),
                  good ? "" : ("  " + verdict.status.ToString()).c_str());
    }
  }
  if (invocation.json) PrintJson({{"parts", parts}, {"sidecars", sidecars}});
  return all_good ? kDone : kFailed;
}

}  // namespace pgattic::app
