#include "lookup/row_lookup.h"

#include <algorithm>

#include "lookup/row_json.h"
#include "model/bounds.h"

namespace pgattic::lookup {
namespace {

constexpr int kMaxPasses = 4;

/// These mean that the list of parts was old, not that the row is gone.
bool ListWasOld(Code code) {
  return code == Code::kNotFound || code == Code::kConflict || code == Code::kPermissionDenied;
}

bool SuggestsArchive(const catalog::Candidates& candidates) {
  return std::any_of(
      candidates.archives.begin(), candidates.archives.end(), [](const catalog::Candidate& c) {
        return c.state.phase == model::Phase::kDetached || c.state.phase == model::Phase::kArchived;
      });
}

Answer Unavailable(const Status& status) {
  Answer answer;
  answer.availability = Availability::kTemporarilyUnavailable;
  answer.why = status.ToString();
  return answer;
}

}  // namespace

bool RowLookup::IsAt(const columnar::Footer& footer, const columnar::Row& row,
                     const std::vector<std::string>& at) const {
  if (at.empty()) return true;
  const std::vector<model::Column>& columns = footer.schema().columns;
  for (std::size_t i = 0; i < columns.size() && i < row.size(); ++i) {
    if (columns[i].name != source_.partition_column || !row[i]) continue;
    const Result<std::int64_t> stored = model::ParseInstant(*row[i]);
    return stored.ok() && std::any_of(at.begin(), at.end(), [&](const std::string& text) {
             const Result<std::int64_t> wanted = model::ParseInstant(text);
             return wanted.ok() && *wanted == *stored;
           });
  }
  return false;
}

RowLookup::Found RowLookup::FromDatabase(const OpContext& ctx, const std::string& id,
                                         const std::vector<std::string>& at) {
  if (!schema_) {
    PGATTIC_ASSIGN_OR_RETURN(
        schema_, catalog::LoadColumns(ctx, connection_, source_.oid, source_.id_column, {}));
  }
  PGATTIC_ASSIGN_OR_RETURN(const auto rows,
                           catalog::LiveRows(ctx, connection_, source_, *schema_, id, at));
  if (rows.empty()) return std::optional<Answer>();
  Answer answer;
  answer.availability = Availability::kAvailable;
  answer.tier = Tier::kDatabase;
  answer.row_json = RowToJson(schema_->columns, rows.front());
  answer.duplicates = static_cast<int>(rows.size()) - 1;
  return std::optional<Answer>(std::move(answer));
}

RowLookup::Found RowLookup::FromArchive(const OpContext& ctx, const std::string& id,
                                        const std::vector<std::string>& at,
                                        const catalog::Candidates& candidates) {
  Answer answer;
  for (const catalog::Candidate& candidate : candidates.archives) {
    for (const model::PartRecord& part : candidate.parts) {
      // By id alone every archive is a candidate: the filters spare almost all of them.
      if (at.empty()) {
        PGATTIC_ASSIGN_OR_RETURN(const bool may_hold, reader_.MayHold(ctx, part, id));
        if (!may_hold) continue;
      }
      PGATTIC_ASSIGN_OR_RETURN(const StoredRows found, reader_.Read(ctx, part, id));
      for (const columnar::Row& row : found.rows) {
        if (!IsAt(*found.footer, row, at)) continue;
        if (answer.tier == Tier::kArchive) {
          ++answer.duplicates;
          continue;
        }
        answer.availability = Availability::kAvailable;
        answer.tier = Tier::kArchive;
        answer.row_json = RowToJson(found.footer->schema().columns, row);
      }
    }
    if (answer.tier == Tier::kArchive) return std::optional<Answer>(std::move(answer));
  }
  return std::optional<Answer>();
}

RowLookup::Found RowLookup::TryOnce(const OpContext& ctx, const std::string& id,
                                    const std::vector<std::string>& at,
                                    const catalog::Candidates& candidates) {
  const bool archive_first = SuggestsArchive(candidates);
  Found first = archive_first ? FromArchive(ctx, id, at, candidates) : FromDatabase(ctx, id, at);
  if (first.ok() && *first) return first;
  Found second = archive_first ? FromDatabase(ctx, id, at) : FromArchive(ctx, id, at, candidates);
  if (second.ok() && *second) return second;
  // A row found anywhere is the answer; a miss counts only when both places answered.
  return first.ok() ? std::move(second) : std::move(first);
}

Result<Answer> RowLookup::Get(const OpContext& ctx, const std::string& id,
                              const std::optional<std::string>& created_at) {
  if (!catalog::IsPossibleId(source_, id)) return Answer{};
  std::vector<std::string> at;
  if (created_at) {
    PGATTIC_ASSIGN_OR_RETURN(const std::int64_t instant, model::ParseInstant(*created_at));
    at.push_back(model::FormatInstant(instant));
  } else if (is_games_) {
    Result<std::vector<std::string>> times = catalog::GameTimes(ctx, connection_, source_, id);
    if (!times.ok()) return Unavailable(std::move(times).status());
    at = std::move(*times);
  }
  Status why(Code::kUnavailable, "the journal changed during each of several looks");
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    Result<catalog::Candidates> before = catalog::FindCandidates(ctx, connection_, source_, id, at);
    if (!before.ok()) return Unavailable(std::move(before).status());
    Found found = TryOnce(ctx, id, at, *before);
    if (found.ok() && *found) return **found;
    if (!found.ok() && !ListWasOld(found.code())) return Unavailable(found.status());
    Result<catalog::Candidates> after = catalog::FindCandidates(ctx, connection_, source_, id, at);
    if (!after.ok()) return Unavailable(std::move(after).status());
    if (!found.ok()) why = found.status();
    if (!before->SameAs(*after)) continue;
    if (!found.ok()) return Unavailable(why);
    if (!is_games_ || created_at || at.empty()) return Answer{};
    at.clear();  // What games says of the time may be wrong: once more by id alone.
  }
  return Unavailable(why);
}

}  // namespace pgattic::lookup
