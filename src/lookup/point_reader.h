// PointReader: rows by id from parts: footer from a cache, then ranged GETs of row groups.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "columnar/id_filter.h"
#include "columnar/part_reader.h"
#include "lookup/disk_cache.h"
#include "lookup/places.h"
#include "lookup/steady_reads.h"
#include "resilience/single_flight.h"

namespace pgattic::lookup {

/// Reads rows of parts: one GET when the footer is cached, two when not; ids of one row group
/// share a GET, and neighbouring row groups do. Footers and id filters are kept in memory, by
/// bytes, and on disk where wanted, keyed by (key, ETag): an entry can never be stale. Who reads
/// the same bytes at the same time shares the request. Thread-safe. The store outlives it.
class PointReader final : public Parts {
 public:
  /// How an object is known to be the part. Another store has other ETags and versions; but a key
  /// is used once, so there size and number of rows have to do.
  enum class Check { kETag, kRows };

  /// `time_column`: of parts that do not say by which column they were partitioned. `disk`, where
  /// it is not null, keeps footers and filters beyond this object's life, and outlives it.
  PointReader(SteadyReads& store, std::int64_t cache_bytes, std::string time_column,
              Check check = Check::kETag, DiskCache* disk = nullptr)
      : store_(store),
        cache_bytes_(cache_bytes),
        time_column_(std::move(time_column)),
        check_(check),
        disk_(disk) {}

  std::vector<std::string> MayHold(const OpContext& ctx, const model::PartRecord& part,
                                   const std::vector<std::string>& ids) override;
  std::optional<bool> ProbablyHolds(const model::PartRecord& part, const std::string& id) override;
  Result<RowsOfIds> Read(const OpContext& ctx, const model::PartRecord& part,
                         const std::vector<std::string>& ids) override;

 private:
  using FooterPtr = std::shared_ptr<const columnar::Footer>;
  using FilterPtr = std::shared_ptr<const columnar::IdFilter>;
  struct Entry {
    std::string key;
    std::int64_t bytes = 0;
    FooterPtr footer;
    FilterPtr filter;
  };
  struct Wanted;  // Row groups next to each other, and whose ids may be in them.

  store::ReadOptions Conditions(const std::string& etag, const std::string& version_id) const;
  Result<FooterPtr> FooterOf(const OpContext& ctx, const model::PartRecord& part);
  Result<FooterPtr> FetchFooter(const OpContext& ctx, const model::PartRecord& part,
                                const std::string& key);
  static Result<FooterPtr> ParseFooter(std::string tail, const model::PartRecord& part);
  /// Null when there is none to be had.
  FilterPtr FilterOf(const OpContext& ctx, const model::PartRecord& part);
  Result<FilterPtr> FetchFilter(const OpContext& ctx, const model::PartRecord& part,
                                const std::string& key);
  /// Null unless it is in memory.
  FilterPtr KnownFilterOf(const model::PartRecord& part);
  std::optional<std::string> FromDisk(const std::string& key) const;
  void ToDisk(const std::string& key, std::string_view bytes) const;
  /// GETs one range of the very object that the journal names.
  Result<std::shared_ptr<const std::string>> Range(const OpContext& ctx,
                                                   const model::PartRecord& part,
                                                   std::int64_t offset, std::int64_t length);
  /// Where the rows of ids[i] can be, for each i of `asked`; neighbouring row groups are joined.
  static std::vector<Wanted> RunsOf(const columnar::Footer& footer,
                                    const std::vector<std::string>& ids,
                                    const std::vector<std::size_t>& asked);
  Status ReadRun(const OpContext& ctx, const model::PartRecord& part,
                 const columnar::Footer& footer, const Wanted& run,
                 const std::vector<std::string>& ids, RowsOfIds& rows);
  std::size_t TimeColumnOf(const columnar::Footer& footer) const;
  Entry Find(const std::string& key);
  void Keep(Entry entry);

  SteadyReads& store_;
  const std::int64_t cache_bytes_;
  const std::string time_column_;
  const Check check_;
  DiskCache* const disk_;
  resilience::SingleFlight<std::string, std::string> ranges_;
  resilience::SingleFlight<std::string, FooterPtr> footers_;
  resilience::SingleFlight<std::string, FilterPtr> filters_;
  std::mutex mutex_;  ///< Guards all below.
  std::int64_t kept_bytes_ = 0;
  std::list<Entry> entries_;  ///< Most recently used first.
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace pgattic::lookup
