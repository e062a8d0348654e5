#include "lookup/point_reader.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "lookup/in_parallel.h"
#include "lookup/row_json.h"

namespace pgattic::lookup {
namespace {

/// Of one GET that brings several row groups, and how many such a call has under way for one part:
/// their product bounds what it holds of a part.
constexpr std::int64_t kMostJoinedBytes = std::int64_t{4} << 20;
constexpr std::size_t kRunsAtATime = 4;

}  // namespace

struct PointReader::Wanted {
  std::int64_t offset = 0;
  std::int64_t length = 0;
  std::vector<std::pair<columnar::RowGroupSpan, std::vector<std::size_t>>> groups;
};

PointReader::Entry PointReader::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  entries_.splice(entries_.begin(), entries_, found->second);
  return entries_.front();
}

void PointReader::Keep(Entry entry) {
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(entry.key)) return;
  kept_bytes_ += entry.bytes;
  entries_.push_front(std::move(entry));
  by_key_[entries_.front().key] = entries_.begin();
  while (kept_bytes_ > cache_bytes_ && entries_.size() > 1) {
    kept_bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

store::ReadOptions PointReader::Conditions(const std::string& etag,
                                           const std::string& version_id) const {
  store::ReadOptions options;
  if (check_ == Check::kRows) return options;
  options.if_match = etag;
  options.version_id = version_id;
  return options;
}

Result<std::shared_ptr<const std::string>> PointReader::Range(const OpContext& ctx,
                                                              const model::PartRecord& part,
                                                              std::int64_t offset,
                                                              std::int64_t length) {
  const std::string key =
      part.key + "\n" + part.etag + "\n" + std::to_string(offset) + "\n" + std::to_string(length);
  PGATTIC_ASSIGN_OR_RETURN(auto got, ranges_.Do(ctx, key, [&] {
    store::ReadOptions options = Conditions(part.etag, part.version_id);
    options.range = store::ByteRange{offset, length};
    return store_.Get(ctx, part.key, options);
  }));
  return std::move(got.value);
}

std::optional<std::string> PointReader::FromDisk(const std::string& key) const {
  return disk_ == nullptr ? std::nullopt : disk_->Get(key);
}

void PointReader::ToDisk(const std::string& key, std::string_view bytes) const {
  if (disk_ != nullptr) disk_->Put(key, bytes);
}

Result<PointReader::FooterPtr> PointReader::FooterOf(const OpContext& ctx,
                                                     const model::PartRecord& part) {
  const std::string key = part.key + "\n" + part.etag;
  if (const Entry entry = Find(key); entry.footer) return entry.footer;
  PGATTIC_ASSIGN_OR_RETURN(const auto got,
                           footers_.Do(ctx, key, [&] { return FetchFooter(ctx, part, key); }));
  return *got.value;
}

Result<PointReader::FooterPtr> PointReader::FetchFooter(const OpContext& ctx,
                                                        const model::PartRecord& part,
                                                        const std::string& key) {
  // Who came a moment too late to follow finds what the leader has kept.
  if (const Entry entry = Find(key); entry.footer) return entry.footer;
  if (std::optional<std::string> tail = FromDisk(key)) {
    if (Result<FooterPtr> footer = ParseFooter(std::move(*tail), part); footer.ok()) {
      Keep({key, (*footer)->memory_bytes(), *footer, nullptr});
      return footer;
    }
  }
  PGATTIC_ASSIGN_OR_RETURN(const auto tail,
                           Range(ctx, part, part.bytes - part.footer_bytes, part.footer_bytes));
  PGATTIC_ASSIGN_OR_RETURN(const FooterPtr footer, ParseFooter(*tail, part));
  Keep({key, footer->memory_bytes(), footer, nullptr});
  ToDisk(key, *tail);
  return footer;
}

Result<PointReader::FooterPtr> PointReader::ParseFooter(std::string tail,
                                                        const model::PartRecord& part) {
  Result<FooterPtr> footer = columnar::Footer::Parse(std::move(tail), part.bytes);
  if (!footer.ok()) return std::move(footer).status().While("reading the footer of " + part.key);
  if ((*footer)->row_count() == part.rows) return footer;
  return {Code::kCorruption, part.key + " has another number of rows than the part"};
}

PointReader::FilterPtr PointReader::KnownFilterOf(const model::PartRecord& part) {
  if (part.filter_key.empty() || part.filter_etag.empty()) return nullptr;
  return Find(part.filter_key + "\n" + part.filter_etag).filter;
}

PointReader::FilterPtr PointReader::FilterOf(const OpContext& ctx, const model::PartRecord& part) {
  if (FilterPtr known = KnownFilterOf(part)) return known;
  if (part.filter_key.empty() || part.filter_etag.empty()) return nullptr;
  const std::string key = part.filter_key + "\n" + part.filter_etag;
  // A filter only spares work: without it the part itself is asked.
  const auto got = filters_.Do(ctx, key, [&] { return FetchFilter(ctx, part, key); });
  return got.ok() ? *got->value : nullptr;
}

Result<PointReader::FilterPtr> PointReader::FetchFilter(const OpContext& ctx,
                                                        const model::PartRecord& part,
                                                        const std::string& key) {
  if (FilterPtr known = KnownFilterOf(part)) return known;
  const auto parse = [&](std::string_view bytes) -> FilterPtr {
    Result<columnar::IdFilter> filter = columnar::IdFilter::Parse(bytes);
    if (!filter.ok() || !filter->IsOf(part.sha256)) return nullptr;
    auto shared = std::make_shared<const columnar::IdFilter>(std::move(*filter));
    Keep({key, shared->memory_bytes(), nullptr, shared});
    return shared;
  };
  if (const std::optional<std::string> bytes = FromDisk(key)) {
    if (FilterPtr filter = parse(*bytes)) return filter;
  }
  PGATTIC_ASSIGN_OR_RETURN(const std::string bytes,
                           store_.Get(ctx, part.filter_key, Conditions(part.filter_etag, "")));
  FilterPtr filter = parse(bytes);
  if (filter) ToDisk(key, bytes);
  return filter;
}

std::vector<std::string> PointReader::MayHold(const OpContext& ctx, const model::PartRecord& part,
                                              const std::vector<std::string>& ids) {
  const FilterPtr filter = FilterOf(ctx, part);
  if (!filter) return ids;
  std::vector<std::string> left;
  for (const std::string& id : ids) {
    if (filter->MayContain(id)) left.push_back(id);
  }
  return left;
}

std::optional<bool> PointReader::ProbablyHolds(const model::PartRecord& part,
                                               const std::string& id) {
  const FilterPtr filter = KnownFilterOf(part);
  if (!filter) return std::nullopt;
  return filter->MayContain(id);
}

std::size_t PointReader::TimeColumnOf(const columnar::Footer& footer) const {
  const auto said = footer.file_metadata().find(columnar::kPartitionColumnKey);
  const std::string& name = said == footer.file_metadata().end() ? time_column_ : said->second;
  const std::vector<model::Column>& columns = footer.schema().columns;
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const model::Column& c) { return c.name == name; });
  return static_cast<std::size_t>(found - columns.begin());
}

Status PointReader::ReadRun(const OpContext& ctx, const model::PartRecord& part,
                            const columnar::Footer& footer, const Wanted& run,
                            const std::vector<std::string>& ids, RowsOfIds& rows) {
  PGATTIC_ASSIGN_OR_RETURN(const auto bytes, Range(ctx, part, run.offset, run.length));
  if (std::cmp_not_equal(bytes->size(), run.length)) {
    return {Code::kCorruption, part.key + " is shorter than it was; verify the archive"};
  }
  const std::size_t time = TimeColumnOf(footer);
  for (const auto& [span, wanted] : run.groups) {
    const auto start = static_cast<std::size_t>(span.offset - run.offset);
    const auto length = static_cast<std::size_t>(span.length);
    const std::string_view group = std::string_view(*bytes).substr(start, length);
    for (const std::size_t i : wanted) {
      PGATTIC_ASSIGN_OR_RETURN(const std::vector<columnar::Row> found,
                               footer.ReadRows(span, group, ids[i]));
      for (const columnar::Row& row : found) {
        rows[i].push_back(MakeRow(footer.schema().columns, row, time));
      }
    }
  }
  return Status::Ok();
}

std::vector<PointReader::Wanted> PointReader::RunsOf(const columnar::Footer& footer,
                                                     const std::vector<std::string>& ids,
                                                     const std::vector<std::size_t>& asked) {
  std::map<int, std::pair<columnar::RowGroupSpan, std::vector<std::size_t>>> groups;
  for (const std::size_t i : asked) {
    for (const columnar::RowGroupSpan& span : footer.Find(ids[i])) {
      groups.try_emplace(span.index, span, std::vector<std::size_t>())
          .first->second.second.push_back(i);
    }
  }
  std::vector<Wanted> runs;
  for (auto& [index, group] : groups) {
    const columnar::RowGroupSpan& span = group.first;
    const bool joins = !runs.empty() && runs.back().offset + runs.back().length == span.offset &&
                       runs.back().length + span.length <= kMostJoinedBytes;
    if (!joins) runs.push_back({span.offset, 0, {}});
    runs.back().length += span.length;
    runs.back().groups.push_back(std::move(group));
  }
  return runs;
}

Result<RowsOfIds> PointReader::Read(const OpContext& ctx, const model::PartRecord& part,
                                    const std::vector<std::string>& ids) {
  // A filter that is in memory costs nothing, and spares the footer too.
  const FilterPtr filter = KnownFilterOf(part);
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!filter || filter->MayContain(ids[i])) asked.push_back(i);
  }
  if (asked.empty()) return RowsOfIds(ids.size());
  PGATTIC_ASSIGN_OR_RETURN(const FooterPtr footer, FooterOf(ctx, part));
  const std::vector<Wanted> runs = RunsOf(*footer, ids, asked);
  std::vector<RowsOfIds> found(runs.size(), RowsOfIds(ids.size()));
  std::vector<Status> read(runs.size());
  InParallel(runs.size(), kRunsAtATime,
             [&](std::size_t r) { read[r] = ReadRun(ctx, part, *footer, runs[r], ids, found[r]); });
  RowsOfIds rows(ids.size());
  for (std::size_t r = 0; r < runs.size(); ++r) {
    PGATTIC_RETURN_IF_ERROR(std::move(read[r]).While("reading " + part.key));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      std::move(found[r][i].begin(), found[r][i].end(), std::back_inserter(rows[i]));
    }
  }
  return rows;
}

}  // namespace pgattic::lookup
