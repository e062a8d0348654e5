#include "archive/part_load.h"

#include <algorithm>
#include <iterator>

#include "archive/part_crew.h"
#include "archive/part_footer.h"
#include "archive/proof_step.h"
#include "base/failpoint.h"
#include "catalog/erasures.h"
#include "catalog/restoring.h"

namespace pgattic::archive {
namespace {

using catalog::JournalPart;

bool Holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool Holds(const std::vector<model::Column>& columns, const std::string& name) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const model::Column& column) { return column.name == name; });
}

/// Columns whose values lay outside Arrow's range in some part: they are compared as text.
std::vector<std::string> TextColumns(const std::vector<model::TableSchema>& schemas) {
  std::vector<std::string> names;
  for (const model::TableSchema& schema : schemas) {
    for (const model::Column& column : schema.columns) {
      const bool is_text = column.transport == model::Transport::kText;
      if (is_text && !Holds(names, column.name)) names.push_back(column.name);
    }
  }
  return names;
}

/// The columns that are compared, as the table has them.
model::TableSchema ComparedSchema(const columnar::LoadTarget& target) {
  model::TableSchema schema;
  std::copy_if(target.loaded.begin(), target.loaded.end(), std::back_inserter(schema.columns),
               [&](const model::Column& column) { return Holds(target.compared, column.name); });
  return schema;
}

TableContents ContentsOf(const columnar::TableDigest& digest) {
  return {digest.digest(), {digest.digest().rows, digest.fingerprint_sum()}};
}

}  // namespace

Result<WantsRow> NotErased(const RunContext& run) {
  PGATTIC_ASSIGN_OR_RETURN(catalog::ErasureList erased,
                           catalog::LoadErasures(run.ctx, run.connection, run.source.id));
  const auto list = std::make_shared<const catalog::ErasureList>(std::move(erased));
  return WantsRow([list](const std::string& id) { return !list->Contains(id); });
}

Result<columnar::LoadTarget> LoadTargetOf(const RunContext& run, std::uint32_t relation,
                                          const std::vector<JournalPart>& parts) {
  std::vector<model::TableSchema> schemas;
  for (const JournalPart& part : parts) {
    PGATTIC_ASSIGN_OR_RETURN(const auto footer, FooterOf(run.ctx, run.store, part.record));
    schemas.push_back(footer->schema());
  }
  PGATTIC_ASSIGN_OR_RETURN(model::TableSchema now,
                           catalog::LoadColumns(run.ctx, run.connection, relation,
                                                run.source.id_column, TextColumns(schemas)));
  columnar::LoadTarget target;
  PGATTIC_ASSIGN_OR_RETURN(target.computed,
                           catalog::GeneratedColumns(run.ctx, run.connection, relation));
  for (model::Column& column : now.columns) {
    if (Holds(target.computed, column.name)) continue;
    const bool is_everywhere = std::all_of(
        schemas.begin(), schemas.end(),
        [&](const model::TableSchema& schema) { return Holds(schema.columns, column.name); });
    if (is_everywhere) target.compared.push_back(column.name);
    target.loaded.push_back(std::move(column));
  }
  for (const model::TableSchema& schema : schemas) {
    PGATTIC_RETURN_IF_ERROR(columnar::CheckLoadable(schema, target));
  }
  return target;
}

namespace {

/// Collects rows and hands them over in pieces.
class RowPieces {
 public:
  RowPieces(const PartLoad& load, columnar::CopyRows& rows, const pg::Connection::CopySink& sink)
      : load_(load), rows_(rows), sink_(sink) {
    rows_.Begin(buffer_);
  }

  Status Add(const columnar::RowView& row) {
    if (!load_.wants(row.id())) return Status::Ok();
    PGATTIC_RETURN_IF_ERROR(rows_.Append(row, buffer_));
    ++count_;
    return buffer_.size() < columnar::CopyRows::kFlushBytes ? Status::Ok() : Flush();
  }
  Status Finish() {
    rows_.End(buffer_);
    return Flush();
  }

 private:
  Status Flush() {
    PGATTIC_FAILPOINT("restore.in_load");
    PGATTIC_RETURN_IF_ERROR(sink_(buffer_));
    load_.on_rows(count_, static_cast<std::int64_t>(buffer_.size()));
    count_ = 0;
    buffer_.clear();
    return Status::Ok();
  }

  const PartLoad& load_;
  columnar::CopyRows& rows_;
  const pg::Connection::CopySink& sink_;
  std::string buffer_;
  std::int64_t count_ = 0;
};

}  // namespace

Result<RowDigest> PartLoad::Load(pg::Connection& connection, const JournalPart& part) const {
  PGATTIC_ASSIGN_OR_RETURN(const auto footer, FooterOf(run.ctx, run.store, part.record));
  columnar::CopyRows rows(footer->schema(), target);
  const auto produce = [&](const pg::Connection::CopySink& sink) -> Status {
    RowPieces pieces(*this, rows, sink);
    PGATTIC_RETURN_IF_ERROR(
        ReadProvenRows(run.ctx, run.store, part.record,
                       [&](const columnar::RowView& row) { return pieces.Add(row); }));
    return pieces.Finish();
  };
  PGATTIC_RETURN_IF_ERROR(
      catalog::LoadRows(run.ctx, connection, table, rows.column_names(), rows.is_binary(), produce)
          .While("loading " + part.record.key + " into " + table.Plain()));
  return rows.digest();
}

Result<TableContents> ReadTable(const RunContext& run, pg::Connection& connection,
                                const catalog::RelationRef& relation,
                                const columnar::LoadTarget& target) {
  const model::TableSchema schema = ComparedSchema(target);
  columnar::TableDigest digest(schema.columns.size());
  PGATTIC_RETURN_IF_ERROR(catalog::CopyBlocks(run.ctx, connection, relation, schema, {},
                                              [&](ByteView data) { return digest.Append(data); }));
  PGATTIC_RETURN_IF_ERROR(digest.Finish());
  return ContentsOf(digest);
}

Result<RowDigest> ReadWrittenRows(const RunContext& run, pg::Connection& connection,
                                  const catalog::RelationRef& relation,
                                  const columnar::LoadTarget& target) {
  const model::TableSchema schema = ComparedSchema(target);
  columnar::TableDigest digest(schema.columns.size());
  PGATTIC_RETURN_IF_ERROR(catalog::CopyWritten(run.ctx, connection, relation, schema,
                                               [&](ByteView data) { return digest.Append(data); }));
  PGATTIC_RETURN_IF_ERROR(digest.Finish());
  return digest.digest();
}

Result<TableContents> ReadTableInCrew(const RunContext& run, const catalog::RelationRef& relation,
                                      const columnar::LoadTarget& target, int workers) {
  const model::TableSchema schema = ComparedSchema(target);
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t blocks,
                           catalog::BlockCount(run.ctx, run.connection, relation.oid));
  const auto ranges = static_cast<std::size_t>(std::max(1, workers));
  std::vector<std::unique_ptr<columnar::TableDigest>> digests;
  for (std::size_t i = 0; i < ranges; ++i) {
    digests.push_back(std::make_unique<columnar::TableDigest>(schema.columns.size()));
  }
  const auto border = [&](std::size_t i) {
    return blocks * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(ranges);
  };
  const auto read = [&](pg::Connection& connection, std::size_t i) -> Status {
    std::optional<std::int64_t> end;
    if (i + 1 < ranges) end = border(i + 1);
    PGATTIC_RETURN_IF_ERROR(
        catalog::CopyBlocks(run.ctx, connection, relation, schema, {border(i), end},
                            [&](ByteView data) { return digests[i]->Append(data); }));
    return digests[i]->Finish();
  };
  PGATTIC_RETURN_IF_ERROR(WorkInCrew(run, workers, ranges, read));
  for (std::size_t i = 1; i < ranges; ++i) digests[0]->Add(*digests[i]);
  return ContentsOf(*digests[0]);
}

}  // namespace pgattic::archive
