// ArchiveSearch: rows of some ids in all the archives that can hold them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cache/row_cache.h"
#include "catalog/id_text.h"
#include "catalog/source_table.h"
#include "lookup/places.h"
#include "metrics/probes.h"
#include "resilience/single_flight.h"

namespace pgattic::lookup {

/// How archives of one source are searched. A plain value.
struct SearchOptions {
  std::string source;  ///< For the keys of the cache.
  catalog::IdKind id_kind = catalog::IdKind::kText;
  bool by_day = false;  ///< The partition column is a date: times are compared by their day.
  std::chrono::milliseconds ttl{3'600'000};  ///< Of rows in the cache.
  std::size_t parallel = 8;                  ///< Parts read at a time by one call.
};

/// What the archives say of one id. A plain value.
struct Searched {
  struct Row {
    FoundRow row;
    bool is_final = false;  ///< No rollback can take it back.
    bool is_cached = false;
  };
  std::vector<Row> rows;  ///< Oldest first, then in the order of archives and parts.
  Status failure;         ///< Of a part that did not answer: there may be more rows.
};

/// Returns the instants of `times`; those that are no finite time are left out.
std::vector<std::int64_t> InstantsOf(const std::vector<std::string>& times, bool by_day);
/// True when the row is at one of the ask's times, or the ask has none.
bool IsAtTimeOf(const Ask& ask, const FoundRow& row, bool by_day);

/// Searches by bounds, ranges of ids, id filters; then the cache; then parts, several at a time.
/// A part that fails hides no row of another. Who asks for one id while another does shares that
/// call: rows of an archive of one revision do not change. Thread-safe. What it is made of
/// outlives it.
class ArchiveSearch {
 public:
  /// `cache` and `probe` may be null.
  ArchiveSearch(Parts& parts, cache::RowCache* cache, SearchOptions options,
                metrics::LookupProbe* probe = nullptr)
      : parts_(parts), cache_(cache), options_(std::move(options)), probe_(probe) {}

  /// Returns one answer an ask, in their order. `final_only`: what a rollback could have taken
  /// back is left alone. Blocks.
  std::vector<Searched> Find(const OpContext& ctx, const catalog::Picture& picture,
                             const std::vector<Ask>& asks, bool final_only) const;

  /// True when an archive that is swapped can hold the ask's row by its bounds.
  bool SuggestsArchive(const catalog::Picture& picture, const Ask& ask) const;
  /// True when, by what is in memory, Find will probably find the row. Asks nobody.
  bool Expects(const catalog::Picture& picture, const Ask& ask) const;

  const SearchOptions& options() const { return options_; }
  /// Returns how many callers wait for what another one fetches.
  int waiting() const { return flights_.waiting(); }

 private:
  struct Place;  // One ask in one archive.
  struct Job;    // One part, and the asks whose rows may be in it.
  /// The rows of one id in one archive.
  struct Kept {
    std::vector<std::vector<FoundRow>> rows;
    bool is_cached = false;
    Status failure;
    std::chrono::milliseconds time{0};  ///< That the caller who fetched them had.
  };

  bool ExpectsById(const catalog::Picture& picture, const Ask& ask) const;
  std::vector<Place> PlacesOf(const catalog::Picture& picture, const std::vector<Ask>& asks,
                              bool final_only) const;
  void AskFilters(const OpContext& ctx, const std::vector<Ask>& asks,
                  std::vector<Place>& places) const;
  void NameKeys(const std::vector<Ask>& asks, std::vector<Place>& places) const;
  void AskCache(const OpContext& ctx, std::vector<Place>& places) const;
  void AskParts(const OpContext& ctx, const std::vector<Ask>& asks,
                std::vector<Place>& places) const;
  void Keep(const OpContext& ctx, const std::vector<Place>& places) const;
  /// Cache and parts for places that are asked with many others.
  void AskTogether(const OpContext& ctx, const std::vector<Ask>& asks,
                   std::vector<Place>& places) const;
  /// The same for one place, shared by all who ask for it meanwhile.
  void AskOnce(const OpContext& ctx, const std::vector<Ask>& asks, Place& place) const;
  Result<Kept> FetchOne(const OpContext& ctx, const std::vector<Ask>& asks, Place& place) const;
  static std::vector<Job> JobsOf(std::vector<Place>& places);

  Parts& parts_;
  cache::RowCache* const cache_;
  const SearchOptions options_;
  metrics::LookupProbe* const probe_;
  mutable resilience::SingleFlight<std::string, Kept> flights_;  ///< By key of the cache.
};

}  // namespace pgattic::lookup
