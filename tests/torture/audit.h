// Audit: at the end of a schedule, every row is in exactly one place, and the store holds what
// the journal knows and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catalog/journal.h"
#include "model/object_keys.h"
#include "tests/torture/arena.h"
#include "tests/torture/history.h"

namespace pgattic::torture {

/// Reads database, journal and store whole, without the lookup. REQUIRES: nothing else is at
/// work on the arena. Not thread-safe.
class Audit {
 public:
  Audit(const Arena& arena, const History& history) : arena_(arena), history_(history) {}

  /// Returns what is wrong; an error when something could not be read.
  Result<std::vector<std::string>> Run();
  /// Of the rows found: how many in the archive.
  std::size_t archived_rows() const { return archived_.size(); }

 private:
  Status ReadDatabase();
  Status ReadArchives();
  Status ReadPart(const catalog::JournalPart& part);
  void Take(const std::string& id, const std::string& at, const std::string& value,
            const std::string& payload, const std::string& place);
  void CompareRows();
  Status CompareSidecars(const model::ObjectKeys& keys,
                         const std::vector<catalog::JournalPart>& parts);
  Status CompareStore();
  Status CompareStatuses();

  const Arena& arena_;
  const History& history_;
  const OpContext ctx_;
  std::unique_ptr<pg::Connection> connection_;
  std::unique_ptr<store::ObjectStore> store_;
  std::map<std::string, std::vector<std::string>> found_;  ///< Values of each id.
  std::set<std::string> archived_;                         ///< Ids.
  std::set<std::string> keys_;                             ///< That the journal knows.
  std::vector<std::string> faults_;
};

}  // namespace pgattic::torture
