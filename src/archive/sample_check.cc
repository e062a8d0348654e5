#include "archive/sample_check.h"

#include <algorithm>
#include <map>
#include <utility>

namespace pgattic::archive {
namespace {

// A batch is in memory twice, as stored and as asked for: rows may be of any size.
constexpr std::size_t kBatchRows = 128;
constexpr std::size_t kBatchBytes = std::size_t{1} << 20U;

std::size_t BytesOf(const columnar::Row& row) {
  std::size_t bytes = 0;
  for (const auto& value : row) bytes += value ? value->size() : 0;
  return bytes;
}

/// Names the first column in which `stored` differs from every candidate.
std::string FirstDifference(const model::TableSchema& schema, const columnar::Row& stored,
                            const std::vector<columnar::Row>& candidates) {
  if (candidates.empty()) return "PostgreSQL has no row of this id";
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const bool anywhere =
        std::any_of(candidates.begin(), candidates.end(),
                    [&](const columnar::Row& row) { return row[i] == stored[i]; });
    if (!anywhere) return "column \"" + schema.columns[i].name + "\" differs";
  }
  return "no row of this id has these values";
}

}  // namespace

Status SampleCheck::Add(columnar::Row row) {
  batch_bytes_ += BytesOf(row);
  batch_.push_back(std::move(row));
  const bool is_full = batch_.size() >= kBatchRows || batch_bytes_ >= kBatchBytes;
  return is_full ? CompareBatch() : Status::Ok();
}

Status SampleCheck::Finish() { return batch_.empty() ? Status::Ok() : CompareBatch(); }

Status SampleCheck::CompareBatch() {
  std::vector<std::string> ids;
  for (const columnar::Row& row : batch_) ids.push_back(row[schema_.id_index].value_or(""));
  PGATTIC_ASSIGN_OR_RETURN(auto rows, catalog::RowsById(run_.ctx, connection_, run_.source,
                                                        record_.relation, schema_, ids));
  std::map<std::string, std::vector<columnar::Row>> by_id;
  for (columnar::Row& row : rows) {
    std::vector<columnar::Row>& same_id = by_id[row[schema_.id_index].value_or("")];
    same_id.push_back(std::move(row));
  }
  for (const columnar::Row& stored : batch_) {
    const std::string& id = *stored[schema_.id_index];
    const std::vector<columnar::Row>& candidates = by_id[id];
    if (std::find(candidates.begin(), candidates.end(), stored) != candidates.end()) continue;
    return {Code::kCorruption,
            "the row of id " + id + " in " + part_key_ +
                " is not PostgreSQL's: " + FirstDifference(schema_, stored, candidates)};
  }
  batch_.clear();
  batch_bytes_ = 0;
  return Status::Ok();
}

}  // namespace pgattic::archive
