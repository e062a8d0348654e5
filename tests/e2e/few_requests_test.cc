// What is asked of the store when many ask at once, ask for nothing, or start anew.
#include <filesystem>
#include <thread>
#include <vector>

#include "cache/memory_cache.h"
#include "lookup/disk_cache.h"
#include "things_archive.h"

namespace pgattic::test {
namespace {

using lookup::Answer;
using lookup::Availability;
using lookup::Tier;

class FewRequestsTest : public ThingsArchive {
 protected:
  /// Asks `readers` times at once, each in a thread of its own.
  std::vector<Answer> GetAtOnce(std::size_t readers, const std::string& id,
                                const std::optional<std::string>& at) {
    std::vector<Answer> answers(readers);
    {
      std::vector<std::jthread> threads;
      for (Answer& answer : answers) {
        threads.emplace_back([&, this] { answer = Get(id, at); });
      }
    }
    return answers;
  }
};

TEST_F(FewRequestsTest, AThousandReadersOfOneColdIdMakeOneRequest) {
  Archive(500);
  cache::MemoryCache cache(SystemClock(), {});
  Open(&cache);
  ASSERT_EQ(Get("2", "2024-01-05").tier, Tier::kArchive);
  Gets();
  for (const Answer& answer : GetAtOnce(1000, "20", "2024-01-05")) {
    ASSERT_EQ(Note(answer), One("SELECT md5('20')")) << answer.why;
  }
  EXPECT_EQ(Gets(), 1U) << "footer cached";
  cache::MemoryCache empty(SystemClock(), {});
  Open(&empty);
  for (const Answer& answer : GetAtOnce(1000, "22", "2024-01-05")) {
    ASSERT_EQ(Note(answer), One("SELECT md5('22')")) << answer.why;
  }
  EXPECT_EQ(Gets(), 2U) << "nothing cached: the footer, and its row group";
  for (const Answer& answer : GetAtOnce(1000, "24", std::nullopt)) {
    ASSERT_EQ(Note(answer), One("SELECT md5('24')")) << answer.why;
  }
  const auto candidates = static_cast<std::size_t>(
      std::stoi(One("SELECT count(*) FROM pgattic.part p JOIN pgattic.archive a ON a.id = "
                    "p.archive_id WHERE a.table_name = 'things' AND p.published AND "
                    "24 BETWEEN p.min_id::bigint AND p.max_id::bigint")));
  EXPECT_LE(Gets(), candidates + 1) << "a filter of each part that may hold it, and a row group";
}

TEST_F(FewRequestsTest, AThousandIdsThatDoNotExistMakeNone) {
  Archive(2000, 10);
  cache::MemoryCache cache(SystemClock(), {});
  Open(&cache);
  // Every filter, once.
  for (int i = 1; i <= 4000; i += 50) Get(std::to_string(i * 10 + 5));
  EXPECT_GT(Gets(), 4U);
  for (int i = 1; i <= 1000; ++i) {
    ASSERT_EQ(Get(std::to_string(i * 40 + 3)).availability, Availability::kAbsent);
  }
  EXPECT_EQ(Gets(), 0U) << "within the ranges of ids, by id alone";
  for (int i = 1; i <= 1000; ++i) {
    ASSERT_EQ(Get(std::to_string(i * 40 + 7), "2024-01-05").availability, Availability::kAbsent);
  }
  EXPECT_EQ(Gets(), 0U) << "at a time";
}

TEST_F(FewRequestsTest, ARestartWithAFooterCacheOnDiskIsWarm) {
  Archive(500);
  const std::string cache_folder = folder() + "/footers";
  {
    const auto disk = lookup::DiskCache::Open({cache_folder}).value();
    Open(nullptr, nullptr, disk.get());
    ASSERT_EQ(Get("20", "2024-01-05").tier, Tier::kArchive);
    EXPECT_EQ(Gets(), 2U);
    ASSERT_EQ(Get("20").tier, Tier::kArchive);
    Gets();
  }
  {
    const auto disk = lookup::DiskCache::Open({cache_folder}).value();
    Open(nullptr, nullptr, disk.get());
    EXPECT_EQ(Note(Get("20", "2024-01-05")), One("SELECT md5('20')"));
    EXPECT_EQ(Gets(), 1U) << "the footer was on disk";
    EXPECT_EQ(Note(Get("20")), One("SELECT md5('20')"));
    EXPECT_EQ(Gets(), 1U) << "and the filters";
  }
  // Whatever happened to the files, rows are read, and the files are good again.
  for (const auto& file : std::filesystem::directory_iterator(cache_folder)) {
    std::filesystem::resize_file(file.path(), file.file_size() / 2);
  }
  const auto disk = lookup::DiskCache::Open({cache_folder}).value();
  for (const std::size_t gets : {2U, 1U}) {
    Open(nullptr, nullptr, disk.get());
    EXPECT_EQ(Note(Get("20", "2024-01-05")), One("SELECT md5('20')"));
    EXPECT_EQ(Gets(), gets);
  }
}

}  // namespace
}  // namespace pgattic::test
