#include "lookup/point_reader.h"

namespace pgattic::lookup {
namespace {

Result<std::string> GetRange(const OpContext& ctx, store::ObjectStore& store,
                             const model::PartRecord& part, std::int64_t offset,
                             std::int64_t length) {
  store::ReadOptions options;
  options.range = store::ByteRange{offset, length};
  options.if_match = part.etag;
  options.version_id = part.version_id;
  return store.Get(ctx, part.key, options);
}

}  // namespace

const PointReader::Entry* PointReader::Find(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &entries_.front();
}

void PointReader::Keep(Entry entry) {
  kept_bytes_ += entry.bytes;
  entries_.push_front(std::move(entry));
  by_key_[entries_.front().key] = entries_.begin();
  while (kept_bytes_ > cache_bytes_ && entries_.size() > 1) {
    kept_bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

Result<std::shared_ptr<const columnar::Footer>> PointReader::FooterOf(
    const OpContext& ctx, const model::PartRecord& part) {
  const std::string key = part.key + "\n" + part.etag;
  if (const Entry* entry = Find(key)) return entry->footer;
  PGATTIC_ASSIGN_OR_RETURN(
      std::string tail,
      GetRange(ctx, store_, part, part.bytes - part.footer_bytes, part.footer_bytes));
  Result<std::shared_ptr<const columnar::Footer>> footer =
      columnar::Footer::Parse(std::move(tail), part.bytes);
  if (!footer.ok()) return std::move(footer).status().While("reading the footer of " + part.key);
  Keep({key, (*footer)->memory_bytes(), *footer, nullptr});
  return *footer;
}

Result<StoredRows> PointReader::Read(const OpContext& ctx, const model::PartRecord& part,
                                     const std::string& id) {
  StoredRows found;
  PGATTIC_ASSIGN_OR_RETURN(found.footer, FooterOf(ctx, part));
  for (const columnar::RowGroupSpan& span : found.footer->Find(id)) {
    PGATTIC_ASSIGN_OR_RETURN(std::string bytes,
                             GetRange(ctx, store_, part, span.offset, span.length));
    Result<std::vector<columnar::Row>> rows = found.footer->ReadRows(span, std::move(bytes), id);
    if (!rows.ok()) return std::move(rows).status().While("reading " + part.key);
    for (columnar::Row& row : *rows) found.rows.push_back(std::move(row));
  }
  return found;
}

Result<bool> PointReader::MayHold(const OpContext& ctx, const model::PartRecord& part,
                                  const std::string& id) {
  if (part.filter_key.empty() || part.filter_etag.empty()) return true;
  const std::string key = part.filter_key + "\n" + part.filter_etag;
  if (const Entry* entry = Find(key)) return entry->filter->MayContain(id);
  store::ReadOptions options;
  options.if_match = part.filter_etag;
  Result<std::string> bytes = store_.Get(ctx, part.filter_key, options);
  // A filter only spares work: without it the part itself is asked.
  if (!bytes.ok()) return true;
  Result<columnar::IdFilter> filter = columnar::IdFilter::Parse(*bytes);
  if (!filter.ok()) return true;
  const auto shared = std::make_shared<const columnar::IdFilter>(std::move(*filter));
  Keep({key, static_cast<std::int64_t>(bytes->size()), nullptr, shared});
  return shared->MayContain(id);
}

}  // namespace pgattic::lookup
