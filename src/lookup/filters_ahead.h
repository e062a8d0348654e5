// FiltersAhead: id filters are in memory before anybody asks for an id.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "catalog/row_lookup.h"
#include "lookup/places.h"

namespace pgattic::lookup {

/// One thread that fetches the id filters of what the journal lists, one after the other: an id
/// without a time is then looked for beside the look at the journal, and an id that does not exist
/// costs no GET from the start. A filter that cannot be had is tried again after `until_again`,
/// then after twice as long, up to an hour; of a store that answers nothing two are asked for.
/// Thread-safe. Its destructor ends a request under way.
class FiltersAhead {
 public:
  /// Filters that are larger than `most_bytes` together are left to be fetched when they are
  /// wanted. `parts` outlives this.
  FiltersAhead(Parts& parts, std::int64_t most_bytes,
               std::chrono::milliseconds until_again = std::chrono::seconds(30));
  FiltersAhead(const FiltersAhead&) = delete;
  FiltersAhead& operator=(const FiltersAhead&) = delete;

  /// Fetches those of `picture` that are not in memory. Does not block.
  void Load(std::shared_ptr<const catalog::Picture> picture);

 private:
  void Work(const std::stop_token& stop);
  /// Returns false where some filter is still missing.
  bool LoadAll(const catalog::Picture& picture, const std::stop_token& stop) const;

  Parts& parts_;
  const std::int64_t most_bytes_;
  const std::chrono::milliseconds until_again_;
  std::mutex mutex_;  ///< Guards what follows, but for the thread.
  std::condition_variable_any changed_;
  std::shared_ptr<const catalog::Picture> wanted_;
  std::jthread thread_;  ///< Last: it uses all above.
};

}  // namespace pgattic::lookup
