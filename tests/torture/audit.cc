#include "tests/torture/audit.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "columnar/part_reader.h"
#include "model/metadata.h"

namespace pgattic::torture {
namespace {

using catalog::JournalPart;
using catalog::PartState;

/// PostgreSQL's text of a whole second in UTC as RowValue writes it.
std::string AsRowValueWritesIt(std::string text) {
  if (text.size() == 22) text.replace(10, 12, "T" + text.substr(11, 8) + "Z");
  return text;
}

/// The value of a named column of a stored row; "" for NULL.
std::string Cell(const model::TableSchema& schema, const columnar::Row& row,
                 const std::string& name) {
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    if (schema.columns[i].name == name) return row[i].value_or("");
  }
  return "";
}

}  // namespace

Result<std::vector<std::string>> Audit::Run() {
  PGATTIC_ASSIGN_OR_RETURN(connection_, arena_.Connect("audit"));
  PGATTIC_ASSIGN_OR_RETURN(store_, arena_.OpenStore());
  PGATTIC_RETURN_IF_ERROR(ReadDatabase());
  PGATTIC_RETURN_IF_ERROR(ReadArchives());
  CompareRows();
  PGATTIC_RETURN_IF_ERROR(CompareStore());
  if (arena_.table().is_games()) PGATTIC_RETURN_IF_ERROR(CompareStatuses());
  return faults_;
}

void Audit::Take(const std::string& id, const std::string& at, const std::string& value,
                 const std::string& payload, const std::string& place) {
  found_[id].push_back(value);
  const RowValue parsed = RowValue::Parse(value);
  const bool is_whole = parsed.month < kMonths.size() && parsed.Payload() == payload &&
                        parsed.At() == AsRowValueWritesIt(at);
  if (!is_whole) faults_.push_back("row " + id + " in " + place + " is mixed: " + value);
}

Status Audit::ReadDatabase() {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           arena_.table().SelectAll(ctx_, *connection_));
  for (int i = 0; i < rows.rows(); ++i) {
    Take(rows.Text(i, 0), rows.Text(i, 2), rows.Text(i, 1), rows.Text(i, 3), "the database");
  }
  return Status::Ok();
}

Status Audit::ReadArchives() {
  catalog::Journal journal(*connection_);
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::ArchiveRecord> records, journal.List(ctx_));
  for (const catalog::ArchiveRecord& record : records) {
    const model::ObjectKeys keys(record.source, record.bounds, arena_.table().is_games());
    keys_.insert(keys.Owner());
    const bool is_swapped = record.state.phase == model::Phase::kDetached ||
                            record.state.phase == model::Phase::kArchived;
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts, journal.Parts(ctx_, record.id));
    for (const JournalPart& part : parts) {
      // What was restored stays until the next generation.
      if (part.state == PartState::kObsolete && !part.published) {
        faults_.push_back("the journal still has the obsolete part " + part.record.key);
      }
      keys_.insert({part.record.key, part.record.filter_key});
      if (part.record.narrow) keys_.insert(model::ObjectKeys::Narrow(part.record.key));
      if (!part.published) continue;
      if (is_swapped || part.record.round < record.state.round) {
        PGATTIC_RETURN_IF_ERROR(ReadPart(part));
      }
    }
    PGATTIC_RETURN_IF_ERROR(CompareSidecars(keys, parts));
  }
  return Status::Ok();
}

/// The sidecars name the published parts, no other and none less.
Status Audit::CompareSidecars(const model::ObjectKeys& keys,
                              const std::vector<JournalPart>& parts) {
  std::vector<model::PartRecord> published;
  for (const JournalPart& part : parts) {
    if (part.published) published.push_back(part.record);
  }
  if (published.empty()) return Status::Ok();
  keys_.insert({keys.Metadata(), keys.Checksums()});
  const Result<std::string> checksums = store_->Get(ctx_, keys.Checksums(), {});
  const Result<std::string> text = store_->Get(ctx_, keys.Metadata(), {});
  if (!checksums.ok() || !text.ok()) return Status::Ok();  // CompareStore tells.
  PGATTIC_ASSIGN_OR_RETURN(const model::Metadata metadata, model::ParseMetadata(*text));
  if (*checksums != model::SerializeChecksums(published)) {
    faults_.push_back("wrong checksums in " + keys.Checksums());
  }
  const bool same =
      std::equal(published.begin(), published.end(), metadata.parts.begin(), metadata.parts.end(),
                 [](const model::PartRecord& a, const model::PartRecord& b) {
                   return a.key == b.key && a.sha256 == b.sha256 && a.etag == b.etag;
                 });
  if (!same) faults_.push_back("wrong parts in " + keys.Metadata());
  return Status::Ok();
}

Status Audit::ReadPart(const JournalPart& part) {
  const model::PartRecord& record = part.record;
  const columnar::ReadRange read = [&](std::int64_t offset, std::int64_t length) {
    store::ReadOptions options;
    options.range = store::ByteRange{offset, length};
    options.if_match = record.etag;
    return store_->Get(ctx_, record.key, options);
  };
  PGATTIC_ASSIGN_OR_RETURN(std::string tail,
                           read(record.bytes - record.footer_bytes, record.footer_bytes));
  PGATTIC_ASSIGN_OR_RETURN(const auto footer,
                           columnar::Footer::Parse(std::move(tail), record.bytes));
  const model::TableSchema& schema = footer->schema();
  columnar::SampleOptions every_row;
  every_row.by_hash = -1;
  const auto take = [&](const columnar::Row& row) {
    const std::string id = Cell(schema, row, arena_.table().id_column());
    if (arena_.table().is_games()) {
      const nlohmann::json document =
          nlohmann::json::parse(Cell(schema, row, "game_document"), nullptr, false);
      Take(id, Cell(schema, row, "created_at"), document.value("v", ""),
           document.value("payload", ""), record.key);
    } else {
      Take(id, Cell(schema, row, "at"), Cell(schema, row, "v"), Cell(schema, row, "payload"),
           record.key);
    }
    archived_.insert(id);
    return Status::Ok();
  };
  return columnar::ReadPart(ctx_, read, record.bytes, every_row, take)
      .status()
      .While("auditing " + record.key);
}

void Audit::CompareRows() {
  for (const auto& [id, value] : history_.Rows()) {
    const auto found = found_.find(id);
    if (found == found_.end()) {
      faults_.push_back("row " + id + " (" + value + ") is lost");
    } else if (found->second.size() > 1) {
      faults_.push_back("row " + id + " (" + value + ") is there " +
                        std::to_string(found->second.size()) + " times");
    } else if (found->second.front() != value) {
      faults_.push_back("row " + id + " is " + found->second.front() + ", committed was " + value);
    }
  }
  for (const auto& [id, values] : found_) {
    if (!history_.Current(id)) faults_.push_back("row " + id + " was deleted, yet it is there");
  }
}

Status Audit::CompareStore() {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> keys, store_->List(ctx_, ""));
  for (const std::string& key : keys) {
    // Made anew by the next run where it is not current.
    if (key.ends_with("athena_schemas/game_partitions.sql")) continue;
    if (!keys_.contains(key)) faults_.push_back("left over in the store: " + key);
    keys_.erase(key);
  }
  for (const std::string& key : keys_) {
    if (!key.empty()) faults_.push_back("not in the store: " + key);
  }
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> uploads, store_->ListUploads(ctx_, ""));
  for (const std::string& key : uploads) faults_.push_back("an unfinished upload of " + key);
  return Status::Ok();
}

Status Audit::CompareStatuses() {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult games,
      connection_->Exec(ctx_,
                        "SELECT uuid, migration_status FROM public.games WHERE uuid IS NOT "
                        "NULL AND created_at IS NOT NULL"));
  for (int i = 0; i < games.rows(); ++i) {
    const std::string id = games.Text(i, 0);
    const bool is_archived = archived_.contains(id);
    if (is_archived != (games.Int(i, 1) == 3)) {
      faults_.push_back("game " + id + (is_archived ? " is archived" : " is in the database") +
                        ", its status is " + games.Text(i, 1));
    }
  }
  return Status::Ok();
}

}  // namespace pgattic::torture
