#include "lookup/filters_ahead.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "lookup/archive_search.h"

namespace pgattic::lookup {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Parts whose filters know one id each, once they were fetched.
class FilteredParts final : public Parts {
 public:
  std::vector<std::string> MayHold(const OpContext& /*ctx*/, const model::PartRecord& part,
                                   const std::vector<std::string>& ids) override {
    const std::lock_guard lock(mutex_);
    ++fetched_[part.key];
    if (failures_ == 0) {
      known_.insert({part.key, "id of " + part.key});
    } else {
      --failures_;
    }
    changed_.notify_all();
    return ids;
  }
  std::optional<bool> ProbablyHolds(const model::PartRecord& part, const std::string& id) override {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(part.key);
    return known == known_.end() ? std::nullopt : std::optional(known->second == id);
  }
  Result<RowsOfIds> Read(const OpContext& /*ctx*/, const model::PartRecord& /*part*/,
                         const std::vector<std::string>& ids) override {
    return RowsOfIds(ids.size());
  }

  void FailFirst(int failures) {
    const std::lock_guard lock(mutex_);
    failures_ = failures;
  }
  /// Waits until so many filters are known; false after a while.
  bool KnowsSoon(std::size_t filters) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(20), [&] { return known_.size() == filters; });
  }
  int Fetched(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return fetched_[key];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int failures_ = 0;
  std::map<std::string, std::string> known_;
  std::map<std::string, int> fetched_;
};

std::shared_ptr<const catalog::Picture> PictureOf(const std::vector<std::string>& keys) {
  catalog::Picture picture;
  for (const std::string& key : keys) {
    catalog::ArchivePlace archive;
    archive.is_swapped = true;
    archive.is_final = {true};
    model::PartRecord part;
    part.key = key;
    part.rows = 1000;
    part.filter_etag = "e";
    part.min_id = "a";
    part.max_id = "z";
    archive.parts.push_back(part);
    picture.archives.push_back(archive);
  }
  return std::make_shared<const catalog::Picture>(std::move(picture));
}

TEST(FiltersAhead, FetchesEachOnce) {
  FilteredParts parts;
  FiltersAhead ahead(parts, 1 << 20);
  ahead.Load(PictureOf({"one", "two"}));
  ASSERT_TRUE(parts.KnowsSoon(2));
  ahead.Load(PictureOf({"one", "two", "three"}));
  ASSERT_TRUE(parts.KnowsSoon(3));
  EXPECT_EQ(parts.Fetched("one"), 1);
  EXPECT_EQ(parts.Fetched("two"), 1);
}

TEST(FiltersAhead, TriesAgainWhatCouldNotBeHad) {
  FilteredParts parts;
  parts.FailFirst(3);
  FiltersAhead ahead(parts, 1 << 20, milliseconds(1));
  ahead.Load(PictureOf({"one", "two"}));
  EXPECT_TRUE(parts.KnowsSoon(2));
}

TEST(FiltersAhead, LeavesTheMemoryToOthersWhereTheyAreTooLarge) {
  FilteredParts parts;
  {
    FiltersAhead ahead(parts, 5000);
    ahead.Load(PictureOf({"one", "two"}));  // 3,000 bytes each.
    ahead.Load(PictureOf({"three"}));
    ASSERT_TRUE(parts.KnowsSoon(1));
  }
  EXPECT_EQ(parts.Fetched("one") + parts.Fetched("two"), 0);
  EXPECT_EQ(parts.Fetched("three"), 1);
}

TEST(FiltersAhead, EndsWhileItWaitsToTryAgain) {
  FilteredParts parts;
  parts.FailFirst(1'000'000);
  FiltersAhead ahead(parts, 1 << 20, seconds(3600));
  ahead.Load(PictureOf({"one"}));
}

TEST(ArchiveSearch, ExpectsAnIdAloneOnceAllFiltersAreKnown) {
  FilteredParts parts;
  const ArchiveSearch search(parts, nullptr, {.source = "s"});
  const auto picture = PictureOf({"one", "two"});
  const Ask ask{"id of two", {}};
  EXPECT_FALSE(search.Expects(*picture, ask));
  parts.MayHold({}, picture->archives[1].parts[0], {});
  EXPECT_FALSE(search.Expects(*picture, ask)) << "Find would fetch the other";
  parts.MayHold({}, picture->archives[0].parts[0], {});
  EXPECT_TRUE(search.Expects(*picture, ask));
  EXPECT_FALSE(search.Expects(*picture, {"id of nobody", {}}));
  // Nothing more is fetched then.
  search.Find({}, *picture, {ask}, false);
  EXPECT_EQ(parts.Fetched("one"), 1);
  EXPECT_EQ(parts.Fetched("two"), 1);
}

}  // namespace
}  // namespace pgattic::lookup
