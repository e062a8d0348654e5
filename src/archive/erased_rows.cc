#include "archive/erased_rows.h"

#include <algorithm>
#include <map>
#include <optional>

#include "archive/part_footer.h"
#include "archive/upload_sink.h"
#include "base/failpoint.h"
#include "catalog/id_text.h"
#include "columnar/id_filter.h"
#include "columnar/part_rewriter.h"

namespace pgattic::archive {
namespace {

using catalog::JournalPart;

/// Those of `ids` that range and filter do not rule out.
std::vector<std::string> Candidates(const RunContext& run, const model::PartRecord& part,
                                    const std::vector<std::string>& ids) {
  std::vector<std::string> left;
  for (const std::string& id : ids) {
    if (part.rows > 0 && catalog::IsInIdRange(run.source.id_kind, id, part.min_id, part.max_id)) {
      left.push_back(id);
    }
  }
  if (left.empty() || part.filter_etag.empty()) return left;
  store::ReadOptions options;
  options.if_match = part.filter_etag;
  const Result<std::string> bytes = run.store.Get(run.ctx, part.filter_key, options);
  if (!bytes.ok()) return left;  // Without a filter the part itself is asked.
  const Result<columnar::IdFilter> filter = columnar::IdFilter::Parse(*bytes);
  if (!filter.ok() || !filter.value().IsOf(part.sha256)) return left;
  std::erase_if(left, [&](const std::string& id) { return !filter.value().MayContain(id); });
  return left;
}

/// Where a bound that is an erased id goes: to the next id that is left, else further on.
std::optional<std::string> NewBound(const std::set<std::string>& ids, const JournalPart* left,
                                    const JournalPart& right) {
  if (!right.record.min_id.empty()) return right.record.min_id;
  if (right.range.to && !ids.contains(*right.range.to)) return right.range.to;
  if (left != nullptr && !left->record.min_id.empty()) return left->record.min_id;
  return std::nullopt;
}

}  // namespace

Result<std::int64_t> CountRowsInPart(const RunContext& run, const model::PartRecord& part,
                                     const std::vector<std::string>& ids) {
  const std::vector<std::string> candidates = Candidates(run, part, ids);
  if (candidates.empty()) return 0;
  PGATTIC_ASSIGN_OR_RETURN(const auto footer, FooterOf(run.ctx, run.store, part));
  std::map<int, std::pair<columnar::RowGroupSpan, std::vector<std::string>>> groups;
  for (const std::string& id : candidates) {
    for (const columnar::RowGroupSpan& span : footer->Find(id)) {
      groups.try_emplace(span.index, span, std::vector<std::string>())
          .first->second.second.push_back(id);
    }
  }
  const columnar::ReadRange read = RangesOf(run.ctx, run.store, part);
  std::int64_t rows = 0;
  for (const auto& [index, group] : groups) {
    const auto& [span, of_span] = group;
    PGATTIC_ASSIGN_OR_RETURN(const std::string bytes, read(span.offset, span.length));
    for (const std::string& id : of_span) {
      PGATTIC_ASSIGN_OR_RETURN(const std::vector<columnar::Row> found,
                               footer->ReadRows(span, bytes, id));
      rows += static_cast<std::int64_t>(found.size());
    }
  }
  return rows;
}

Result<std::int64_t> WriteWithout(const RunContext& run, const std::set<std::string>& ids,
                                  Replacement& replacement) {
  const model::PartRecord& former = replacement.former.record;
  JournalPart& next = replacement.next;
  PGATTIC_ASSIGN_OR_RETURN(const auto footer, FooterOf(run.ctx, run.store, former));
  PGATTIC_ASSIGN_OR_RETURN(const auto upload,
                           run.store.StartUpload(run.ctx, next.record.key, PartWriteOptions(next)));
  UploadSink sink(run.ctx, *upload);
  const columnar::ReadRange read = RangesOf(run.ctx, run.store, former);
  const columnar::RewriteOptions options = {
      run.options.part, {{"pgattic.attempt", std::to_string(next.record.attempt)}}};
  PGATTIC_ASSIGN_OR_RETURN(
      const columnar::Rewritten done,
      columnar::RewritePart(
          run.ctx, {read, former.bytes, *footer},
          [&](const std::string& id) { return ids.contains(id); }, options, sink));
  if (done.former.sha256 != former.sha256 || !(done.former.digest == former.digest)) {
    return {Code::kCorruption, run.store.Describe() + "/" + former.key +
                                   " is not what was proven; nothing was changed. `pgattic scrub` "
                                   "mends it from the copy"};
  }
  PGATTIC_FAILPOINT("erase.before_complete");
  PGATTIC_ASSIGN_OR_RETURN(const store::ObjectInfo object,
                           CompleteOrFind(run.ctx, run.store, *upload, next));
  PGATTIC_FAILPOINT("erase.after_complete");
  FillIn(done.written, object, next);
  next.record.sha256 = sink.HexDigest();
  // By subtraction, not by what the writer said: the read-back has to come to the same.
  next.record.digest = former.digest;
  next.record.digest.Subtract(done.left_out);
  return done.left_out.rows;
}

std::set<int> MoveBounds(const std::set<std::string>& ids, std::vector<JournalPart>& parts) {
  std::set<int> changed;
  for (JournalPart& right : parts) {
    if (!right.range.from || !ids.contains(*right.range.from)) continue;
    const std::string bound = *right.range.from;
    const auto left = std::find_if(parts.begin(), parts.end(), [&](const JournalPart& part) {
      return part.range.to == bound && part.record.round == right.record.round;
    });
    const auto to = NewBound(ids, left == parts.end() ? nullptr : &*left, right);
    right.range.from = to;
    changed.insert(right.record.number);
    if (left == parts.end()) continue;
    left->range.to = to;
    changed.insert(left->record.number);
  }
  return changed;
}

}  // namespace pgattic::archive
