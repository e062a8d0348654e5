#include "archive/erased_again.h"

#include <algorithm>
#include <set>

#include "base/failpoint.h"
#include "catalog/erasing.h"
#include "catalog/erasures.h"
#include "columnar/copy_decoder.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;

/// Collects the ids of a COPY of (id, fingerprint) that are on a list.
class ListedIds final : private columnar::TupleSink {
 public:
  explicit ListedIds(const catalog::ErasureList& list) : list_(list), decoder_(2, *this) {}

  Status Append(ByteView copy_data) { return decoder_.Append(copy_data); }
  Result<std::vector<std::string>> Finish() const {
    PGATTIC_RETURN_IF_ERROR(decoder_.Finish());
    return std::vector<std::string>(ids_.begin(), ids_.end());
  }

 private:
  Status OnTuple(const columnar::CopyTuple& tuple) override {
    const columnar::CopyField& field = tuple.fields.front();
    if (field.is_null()) return Status::Ok();
    const ByteView bytes = field.bytes();
    std::string id(bytes.begin(), bytes.end());
    if (list_.Contains(id)) ids_.insert(std::move(id));
    return Status::Ok();
  }

  const catalog::ErasureList& list_;
  columnar::CopyDecoder decoder_;
  std::set<std::string> ids_;
};

Result<std::vector<std::string>> FindListed(const RunContext& run,
                                            const catalog::RelationRef& table,
                                            const catalog::ErasureList& list) {
  PGATTIC_ASSIGN_OR_RETURN(model::TableSchema schema,
                           catalog::LoadColumns(run.ctx, run.connection, table.oid,
                                                run.source.id_column, {run.source.id_column}));
  std::erase_if(schema.columns,
                [&](const model::Column& column) { return column.name != run.source.id_column; });
  ListedIds ids(list);
  PGATTIC_RETURN_IF_ERROR(catalog::CopyBlocks(run.ctx, run.connection, table, schema, {},
                                              [&](ByteView data) { return ids.Append(data); }));
  return ids.Finish();
}

}  // namespace

Status EraseAgain(const RunContext& run, ArchiveRecord& record,
                  const std::vector<std::string>& hashes,
                  const std::vector<catalog::RelationRef>& tables) {
  PGATTIC_ASSIGN_OR_RETURN(const catalog::ErasureList known,
                           catalog::LoadErasures(run.ctx, run.connection, run.source.id));
  const catalog::ErasureList list = known.Of(hashes);
  std::vector<std::vector<std::string>> ids;
  for (const catalog::RelationRef& table : tables) {
    PGATTIC_ASSIGN_OR_RETURN(ids.emplace_back(), FindListed(run, table, list));
  }
  PGATTIC_FAILPOINT("reconcile.before_erasures");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(
      run.ctx, record, std::to_string(hashes.size()) + " ids that the metadata names are erased"));
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (ids[i].empty()) continue;
    PGATTIC_ASSIGN_OR_RETURN(
        const catalog::Fingerprint gone,
        catalog::DeleteRowsIn(run.ctx, run.connection, run.source, tables[i], ids[i]));
    rows += gone.rows;
    if (!record.fingerprint || !(tables[i].name == record.relation.name)) continue;
    PGATTIC_ASSIGN_OR_RETURN(record.fingerprint,
                             catalog::Subtract(run.ctx, run.connection, *record.fingerprint, gone));
  }
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(catalog::AdoptErasures(run.ctx, run.connection, record, hashes, rows));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("reconcile.after_erasures");
  return Status::Ok();
}

}  // namespace pgattic::archive
