#include "analytics/live_export.h"

#include <fstream>
#include <memory>

#include "base/bytes.h"
#include "catalog/live_rows.h"
#include "columnar/part_writer.h"

namespace pgattic::analytics {
namespace {

constexpr std::uint32_t kInt4Oid = 23;

class FileSink final : public columnar::ByteSink {
 public:
  explicit FileSink(const std::string& path) : path_(path), file_(path, std::ios::binary) {}
  Status Write(ByteView bytes) override {
    const std::string_view text = AsText(bytes);
    file_.write(text.data(), static_cast<std::streamsize>(text.size()));
    return Good();
  }
  Status Close() {
    file_.close();
    return Good();
  }

 private:
  Status Good() const {
    if (file_.good()) return Status::Ok();
    return {Code::kResourceExhausted,
            "cannot write " + path_ + "; is the disk full? duckdb.scratch_folder may name another"};
  }
  std::string path_;
  std::ofstream file_;
};

model::TableSchema SchemaOf(const LiveExport& request) {
  model::TableSchema schema;
  for (std::size_t i = 0; i < request.schema.columns.size(); ++i) {
    const model::Column& column = request.schema.columns[i];
    const bool is_id = i == request.schema.id_index;
    if (!is_id && !request.columns.contains(column.name)) continue;
    if (is_id) schema.id_index = schema.columns.size();
    schema.columns.push_back(column);
    schema.columns.back().nullable = true;
  }
  return schema;
}

Result<std::int64_t> ExportOnce(const OpContext& ctx, pg::Connection& connection,
                                const LiveExport& request, const model::TableSchema& schema,
                                const std::string& path) {
  model::TableSchema stored = schema;
  if (request.with_month) {
    for (const char* name : {"year", "month"}) {
      stored.columns.push_back({name, {kInt4Oid, -1, "integer"}, true, model::Transport::kInt32});
    }
  }
  columnar::PartWriterOptions options;
  options.is_sorted = false;
  options.row_group_bytes = 8 << 20;
  options.page_bytes = 1 << 20;
  options.page_rows = 1 << 20;
  options.zstd_level = 1;
  options.block_bytes = 0;
  FileSink sink(path);
  PGATTIC_ASSIGN_OR_RETURN(const auto writer,
                           columnar::PartWriter::Make(stored, options, {}, sink));
  PGATTIC_RETURN_IF_ERROR(catalog::CopyLive(ctx, connection,
                                            {request.source, schema, request.with_month},
                                            [&](ByteView data) { return writer->Append(data); })
                              .While("fetching the live rows of " + request.source.id.Name()));
  PGATTIC_ASSIGN_OR_RETURN(const columnar::PartSummary summary, writer->Finish());
  PGATTIC_RETURN_IF_ERROR(sink.Close());
  return summary.digest.rows;
}

/// The column of an error that says that it has to travel as text; null for any other error.
model::Column* ColumnToBeText(const Status& failed, model::TableSchema& schema) {
  if (!failed.Is(Code::kUnsupported) || failed.error().origin.system != "column") return nullptr;
  for (model::Column& column : schema.columns) {
    const bool is_it = column.name == failed.error().origin.code;
    if (is_it && column.transport != model::Transport::kText) return &column;
  }
  return nullptr;
}

}  // namespace

Result<LiveExported> ExportLive(const OpContext& ctx, pg::Connection& connection,
                                const LiveExport& request, const std::string& path) {
  model::TableSchema schema = SchemaOf(request);
  LiveExported exported;
  for (;;) {
    const Result<std::int64_t> rows = ExportOnce(ctx, connection, request, schema, path);
    if (rows.ok()) {
      exported.rows = *rows;
      return exported;
    }
    model::Column* const column = ColumnToBeText(rows.status(), schema);
    if (column == nullptr) return rows.status().Clone();
    column->transport = model::Transport::kText;
    exported.text_columns.insert(column->name);
  }
}

}  // namespace pgattic::analytics
