#include "tests/types/round_trip.h"

#include <algorithm>
#include <map>
#include <utility>

#include "catalog/restoring.h"
#include "catalog/source_table.h"
#include "columnar/copy_rows.h"
#include "columnar/wire.h"
#include "store/file_object_store.h"
#include "tests/types/copy_fields.h"

namespace pgattic::test {
namespace {

using columnar::Row;

constexpr std::size_t kPointReads = 40;

class UploadSink final : public columnar::ByteSink {
 public:
  UploadSink(const OpContext& ctx, store::Upload& upload) : ctx_(ctx), upload_(upload) {}
  Status Write(ByteView bytes) override { return upload_.Write(ctx_, bytes); }

 private:
  const OpContext& ctx_;
  store::Upload& upload_;
};

Status Differ(const std::string& what) { return {Code::kCorruption, what}; }

std::string Shown(const std::optional<std::string>& text) {
  if (!text) return "NULL";
  return text->size() <= 300 ? "\"" + *text + "\"" : "\"" + text->substr(0, 300) + "\"…";
}

Status CompareRow(const model::TableSchema& schema, const Row& found, const Row& expected) {
  if (found == expected) return Status::Ok();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i < found.size() && found[i] == expected[i]) continue;
    const model::Column& column = schema.columns[i];
    return Differ("column '" + column.name + "' (" + column.type.formatted + ", as " +
                  std::string(TransportName(column.transport)) + ") holds " +
                  Shown(i < found.size() ? found[i] : std::nullopt) + " where PostgreSQL says " +
                  Shown(expected[i]));
  }
  return Differ("a row has further columns");
}

Status CompareRows(const model::TableSchema& schema, const std::vector<Row>& found,
                   const std::vector<Row>& expected) {
  if (found.size() != expected.size()) {
    return Differ(std::to_string(found.size()) + " rows instead of " +
                  std::to_string(expected.size()));
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    PGATTIC_RETURN_IF_ERROR(CompareRow(schema, found[i], expected[i]));
  }
  return Status::Ok();
}

/// money prints as "-$1,234.50" and travels as -123450.
std::string Cents(const std::string& printed) {
  std::string digits;
  for (const char c : printed) {
    if (c == '-' || (c >= '0' && c <= '9')) digits.push_back(c);
  }
  const std::size_t sign = digits.starts_with('-') ? 1 : 0;
  digits.erase(sign, std::min(digits.find_first_not_of('0', sign), digits.size() - 1) - sign);
  return digits == "-0" ? "0" : digits;
}

std::string FromCents(const std::string& cents) {
  const bool negative = cents.starts_with('-');
  std::string digits = cents.substr(negative ? 1 : 0);
  if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
  return (negative ? "-" : "") + digits.substr(0, digits.size() - 2) + "." +
         digits.substr(digits.size() - 2);
}

bool IsMoney(const model::Column& column) { return column.transport == model::Transport::kMoney; }

std::string ColumnNames(const model::TableSchema& schema) {
  std::string names;
  for (const model::Column& column : schema.columns) {
    names += (names.empty() ? "" : ", ") + pg::Identifier(column.name).Quoted();
  }
  return names;
}

Result<std::vector<Row>> SelectRows(pg::Connection& connection, const ArchivedTable& archived) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult result,
      connection.Exec(OpContext(), "SELECT " + ColumnNames(archived.schema) + " " + archived.from));
  std::vector<Row> rows;
  for (int r = 0; r < result.rows(); ++r) {
    Row row;
    for (std::size_t c = 0; c < archived.schema.columns.size(); ++c) {
      row.push_back(result.Optional(r, static_cast<int>(c)));
      if (row.back() && IsMoney(archived.schema.columns[c])) row.back() = Cents(*row.back());
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Appends a value in COPY's text format.
void AppendEscaped(const std::string& text, std::string& line) {
  static constexpr std::string_view kSpecial = "\\\t\n\r";
  static constexpr std::string_view kLetters = "\\tnr";
  for (const char c : text) {
    const std::size_t special = kSpecial.find(c);
    if (special == kSpecial.npos) {
      line.push_back(c);
    } else {
      line.append("\\").push_back(kLetters[special]);
    }
  }
}

/// One line of COPY's text format.
std::string CopyLine(const model::TableSchema& schema, const Row& row) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line.push_back('\t');
    if (row[i]) {
      AppendEscaped(IsMoney(schema.columns[i]) ? FromCents(*row[i]) : *row[i], line);
    } else {
      line += "\\N";
    }
  }
  return line + "\n";
}

}  // namespace

Result<std::unique_ptr<RoundTrip>> RoundTrip::Start() {
  const OpContext ctx;
  auto trip = std::unique_ptr<RoundTrip>(new RoundTrip());
  PGATTIC_ASSIGN_OR_RETURN(trip->scratch_, sandbox::ScratchFolder::Make({}));
  PGATTIC_ASSIGN_OR_RETURN(
      trip->store_, store::FileObjectStore::Open({.root = trip->scratch_->path(), .sync = false}));
  PGATTIC_ASSIGN_OR_RETURN(trip->cluster_, sandbox::PostgresCluster::Start(ctx, {}));
  PGATTIC_ASSIGN_OR_RETURN(trip->connection_,
                           pg::Connection::Open(ctx, {trip->cluster_->Url(), "types"}));
  PGATTIC_RETURN_IF_ERROR(trip->connection_->ExecScript(ctx, KindsPrelude()));
  return trip;
}

Status RoundTrip::Create(const RandomTable& table) {
  const OpContext ctx;
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(ctx, *connection_));
  for (const std::string& statement : table.Statements()) {
    auto done = connection_->Exec(ctx, statement);
    if (!done.ok()) return std::move(done).status().While(statement.substr(0, 2000));
  }
  return transaction->Commit(ctx);
}

Status RoundTrip::Drop(const RandomTable& table) {
  return connection_->ExecScript(OpContext(), "DROP TABLE " + table.parent.Quoted());
}

Result<columnar::PartSummary> RoundTrip::Export(const RandomTable& table,
                                                const ArchivedTable& archived) {
  const OpContext ctx;
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(ctx, *connection_));
  PGATTIC_RETURN_IF_ERROR(catalog::LockForReading(ctx, *connection_, archived.relation));
  PGATTIC_ASSIGN_OR_RETURN(auto upload, store_->StartUpload(ctx, archived.key, {}));
  UploadSink sink(ctx, *upload);
  PGATTIC_ASSIGN_OR_RETURN(auto writer, columnar::PartWriter::Make(archived.schema, table.layout,
                                                                   {{"made", "for a test"}}, sink));
  PGATTIC_RETURN_IF_ERROR(catalog::CopyRange(
      ctx, *connection_, {archived.source, archived.relation, archived.schema, catalog::IdRange{}},
      [&](ByteView data) { return writer->Append(data); }));
  PGATTIC_ASSIGN_OR_RETURN(columnar::PartSummary summary, writer->Finish());
  PGATTIC_RETURN_IF_ERROR(upload->Complete(ctx).status());
  return summary;
}

Result<ArchivedTable> RoundTrip::Archive(const RandomTable& table) {
  const OpContext ctx;
  ArchivedTable archived;
  PGATTIC_ASSIGN_OR_RETURN(archived.source,
                           catalog::LoadSource(ctx, *connection_, table.parent, table.id_column()));
  PGATTIC_ASSIGN_OR_RETURN(const auto partitions,
                           catalog::ListPartitions(ctx, *connection_, archived.source));
  archived.relation = {partitions.at(0).name, partitions.at(0).oid};
  std::vector<std::string> text_columns;
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> foreseen, OutOfRange(table, archived));
  while (true) {
    PGATTIC_ASSIGN_OR_RETURN(archived.schema,
                             catalog::LoadColumns(ctx, *connection_, archived.relation.oid,
                                                  table.id_column(), text_columns));
    archived.key = "part" + std::to_string(parts_++) + ".parquet";
    Result<columnar::PartSummary> summary = Export(table, archived);
    if (summary.ok()) {
      archived.summary = std::move(*summary);
      break;
    }
    if (!summary.Is(Code::kUnsupported)) return std::move(summary).status();
    text_columns.push_back(summary.error().origin.code);
  }
  std::sort(text_columns.begin(), text_columns.end());
  if (text_columns != foreseen) return Differ("OutOfRangeColumns finds other columns");
  archived.path = folder() + "/" + archived.key;
  archived.from = "FROM ONLY " + archived.relation.name.Quoted() + " AS t ORDER BY " +
                  archived.source.IdExpression("t") + ", t." +
                  pg::Identifier(archived.source.partition_column).Quoted() + ", t.ctid";
  PGATTIC_ASSIGN_OR_RETURN(archived.rows, SelectRows(*connection_, archived));
  return archived;
}

Result<std::vector<std::string>> RoundTrip::OutOfRange(const RandomTable& table,
                                                       const ArchivedTable& archived) {
  const OpContext ctx;
  PGATTIC_ASSIGN_OR_RETURN(
      const model::TableSchema schema,
      catalog::LoadColumns(ctx, *connection_, archived.relation.oid, table.id_column(), {}));
  PGATTIC_ASSIGN_OR_RETURN(
      std::vector<std::string> columns,
      catalog::OutOfRangeColumns(ctx, *connection_, archived.relation, schema));
  std::sort(columns.begin(), columns.end());
  return columns;
}

columnar::ReadRange RoundTrip::Reader(const std::string& key) {
  return [this, key](std::int64_t offset, std::int64_t length) {
    return store_->Get(OpContext(), key, {.range = store::ByteRange{offset, length}});
  };
}

Status RoundTrip::CompareWhole(const ArchivedTable& archived) {
  const OpContext ctx;
  std::vector<Row> rows;
  PGATTIC_ASSIGN_OR_RETURN(
      const columnar::ReadBack back,
      columnar::ReadPart(ctx, Reader(archived.key), archived.summary.file_bytes, {.by_hash = -1},
                         [&](const Row& row) {
                           rows.push_back(row);
                           return Status::Ok();
                         }));
  PGATTIC_RETURN_IF_ERROR(CompareRows(archived.schema, rows, archived.rows));
  if (!(back.digest == archived.summary.digest)) return Differ("the digests differ");
  if (back.min_id != archived.summary.min_id || back.max_id != archived.summary.max_id) {
    return Differ("the first or last ids differ");
  }
  PGATTIC_ASSIGN_OR_RETURN(const catalog::Fingerprint fingerprint,
                           catalog::TakeFingerprint(ctx, *connection_, archived.relation));
  const catalog::Fingerprint exported{archived.summary.digest.rows,
                                      archived.summary.fingerprint_sum};
  return fingerprint == exported ? Status::Ok() : Differ("the fingerprints differ");
}

Status RoundTrip::ComparePointReads(const ArchivedTable& archived) {
  const columnar::ReadRange read = Reader(archived.key);
  const std::int64_t bytes = archived.summary.file_bytes;
  const std::int64_t tail = archived.summary.footer_bytes;
  PGATTIC_ASSIGN_OR_RETURN(std::string end, read(bytes - tail, tail));
  PGATTIC_ASSIGN_OR_RETURN(const auto footer, columnar::Footer::Parse(std::move(end), bytes));
  const std::size_t id_index = archived.schema.id_index;
  std::map<std::string, std::vector<Row>> wanted = {{"32999", {}}, {"\x7fno such id", {}}};
  for (const Row& row : archived.rows) {
    if (wanted.size() < kPointReads || wanted.contains(*row[id_index])) {
      wanted[*row[id_index]].push_back(row);
    }
  }
  for (const auto& [id, expected] : wanted) {
    std::vector<Row> found;
    for (const columnar::RowGroupSpan& span : footer->Find(id)) {
      PGATTIC_ASSIGN_OR_RETURN(std::string group, read(span.offset, span.length));
      PGATTIC_ASSIGN_OR_RETURN(auto rows, footer->ReadRows(span, std::move(group), id));
      std::move(rows.begin(), rows.end(), std::back_inserter(found));
    }
    PGATTIC_RETURN_IF_ERROR(
        CompareRows(archived.schema, found, expected).While("point read of id '" + id + "'"));
  }
  return Status::Ok();
}

Status RoundTrip::CompareWithRowsById(const ArchivedTable& archived) {
  std::vector<std::string> ids;
  for (const Row& row : archived.rows) ids.push_back(*row[archived.schema.id_index]);
  PGATTIC_ASSIGN_OR_RETURN(std::vector<Row> asked,
                           catalog::RowsById(OpContext(), *connection_, archived.source,
                                             archived.relation, archived.schema, ids));
  std::vector<Row> expected = archived.rows;
  std::sort(expected.begin(), expected.end());
  std::sort(asked.begin(), asked.end());
  return CompareRows(archived.schema, asked, expected).While("asking for rows by id");
}

Result<std::string> RoundTrip::CopyBinary(const std::string& select) {
  std::string bytes;
  PGATTIC_RETURN_IF_ERROR(connection_->CopyOut(
      OpContext(), "COPY (" + select + ") TO STDOUT (FORMAT binary)", [&](ByteView data) {
        bytes.append(AsText(data));
        return Status::Ok();
      }));
  return bytes;
}

Status RoundTrip::CompareReloaded(const ArchivedTable& archived) {
  const OpContext ctx;
  const std::string names = ColumnNames(archived.schema);
  PGATTIC_RETURN_IF_ERROR(connection_->ExecScript(
      ctx, "DROP TABLE IF EXISTS types.reloaded; CREATE TABLE types.reloaded (LIKE " +
               archived.relation.name.Quoted() + ", row_of_the_file serial)"));
  std::size_t next = 0;
  PGATTIC_RETURN_IF_ERROR(connection_->CopyIn(ctx, "COPY types.reloaded (" + names + ") FROM STDIN",
                                              [&]() -> Result<std::optional<std::string>> {
                                                if (next == archived.rows.size())
                                                  return std::optional<std::string>();
                                                return std::optional<std::string>(CopyLine(
                                                    archived.schema, archived.rows[next++]));
                                              }));
  PGATTIC_ASSIGN_OR_RETURN(const std::string original,
                           CopyBinary("SELECT " + names + " " + archived.from));
  PGATTIC_ASSIGN_OR_RETURN(
      const std::string reloaded,
      CopyBinary("SELECT " + names + " FROM types.reloaded ORDER BY row_of_the_file"));
  return CompareCopies(archived.schema, original, reloaded).While("reloading the texts");
}

Status RoundTrip::CompareRestored(const ArchivedTable& archived) {
  const OpContext ctx;
  const pg::QualifiedName name{"types", "restored"};
  PGATTIC_RETURN_IF_ERROR(connection_->ExecScript(
      ctx, "DROP TABLE IF EXISTS types.restored; CREATE TABLE types.restored (LIKE " +
               archived.relation.name.Quoted() + ")"));
  columnar::LoadTarget target;
  target.loaded = archived.schema.columns;
  for (const model::Column& column : target.loaded) target.compared.push_back(column.name);
  columnar::CopyRows rows(archived.schema, target);
  const auto produce = [&](const pg::Connection::CopySink& sink) -> Status {
    std::string data;
    rows.Begin(data);
    const auto append = [&](const columnar::RowView& row) { return rows.Append(row, data); };
    const auto read =
        columnar::ReadPartRows(ctx, Reader(archived.key), archived.summary.file_bytes, append);
    if (!read.ok()) return read.status();
    rows.End(data);
    return sink(data);
  };
  PGATTIC_RETURN_IF_ERROR(
      catalog::LoadRows(ctx, *connection_, name, rows.column_names(), rows.is_binary(), produce));
  columnar::TableDigest digest(target.loaded.size());
  PGATTIC_RETURN_IF_ERROR(catalog::CopyBlocks(ctx, *connection_, {name, 0}, archived.schema, {},
                                              [&](ByteView data) { return digest.Append(data); }));
  PGATTIC_RETURN_IF_ERROR(digest.Finish());
  if (digest.digest() == rows.digest()) return Status::Ok();
  return Differ("the digest of what was restored is another");
}

Status RoundTrip::Check(const RandomTable& table, ArchivedTable& archived) {
  PGATTIC_RETURN_IF_ERROR(Create(table).While("creating the table"));
  PGATTIC_ASSIGN_OR_RETURN(archived, Archive(table));
  PGATTIC_RETURN_IF_ERROR(CompareWhole(archived));
  PGATTIC_RETURN_IF_ERROR(ComparePointReads(archived));
  PGATTIC_RETURN_IF_ERROR(CompareWithRowsById(archived));
  PGATTIC_RETURN_IF_ERROR(CompareReloaded(archived));
  return CompareRestored(archived);
}

}  // namespace pgattic::test
