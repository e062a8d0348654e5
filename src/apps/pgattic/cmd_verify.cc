#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app.h"
#include "archive/proof_step.h"
#include "service/stores.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

struct Verdict {
  std::string partition;
  std::string key;
  std::int64_t rows = 0;
  Status status;
};

Status VerifyArchive(const Invocation& invocation, Session& session, store::ObjectStore& store,
                     const catalog::ArchiveRecord& record, std::vector<Verdict>& verdicts) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::JournalPart> parts,
                           session.journal->Parts(invocation.ctx, record.id));
  columnar::SampleOptions none;
  none.by_hash = 0;
  none.first_and_last = false;
  none.column_extremes = false;
  for (const catalog::JournalPart& part : parts) {
    if (!part.published) continue;
    Verdict verdict{record.partition, part.record.key, part.record.rows, Status::Ok()};
    verdict.status = archive::ReadBackPart(invocation.ctx, store, part.record, none,
                                           [](const columnar::Row&) { return Status::Ok(); });
    verdicts.push_back(std::move(verdict));
  }
  return Status::Ok();
}

Status Verify(const Invocation& invocation, const std::vector<std::string>& partitions,
              std::vector<Verdict>& verdicts) {
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
    PGATTIC_RETURN_IF_ERROR(VerifyArchive(invocation, session, *store, record, verdicts));
  }
  return Status::Ok();
}

}  // namespace

int RunVerify(const Invocation& invocation, const std::vector<std::string>& partitions) {
  std::vector<Verdict> verdicts;
  Status status = Verify(invocation, partitions, verdicts);
  if (!status.ok()) return Report(status, invocation.json);
  Json list = Json::array();
  bool all_good = true;
  for (const Verdict& verdict : verdicts) {
    const bool good = verdict.status.ok();
    all_good = all_good && good;
    if (invocation.json) {
      list.push_back({{"partition", verdict.partition},
                      {"key", verdict.key},
                      {"rows", verdict.rows},
                      {"ok", good},
                      {"error", good ? Json(nullptr) : Json(verdict.status.ToString())}});
    } else {
      std::printf("%s  %s  %s rows%s\n", good ? "ok    " : "FAILED", verdict.key.c_str(),
                  HumanCount(verdict.rows).c_str(),
                  good ? "" : ("  " + verdict.status.ToString()).c_str());
    }
  }
  if (invocation.json) std::printf("%s\n", Json{{"parts", list}}.dump(2).c_str());
  return all_good ? kDone : kFailed;
}

}  // namespace pgattic::app
