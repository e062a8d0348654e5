#include "cache/cache_key.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace pgattic::cache {
namespace {

TEST(CacheKeyTest, ReadsAsWhatItIs) {
  EXPECT_EQ(
      CacheKey({.source = "public.past_games", .archive_id = 7, .revision = 12, .id = "xY-9_z"}),
      "s3game:1:public.past_games:7:12:xY-9_z");
}

TEST(CacheKeyTest, HashesWhatIsLongOrNotPlain) {
  const std::string key = CacheKey({.source = "s", .archive_id = 1, .revision = 1, .id = "a b"});
  EXPECT_EQ(key,
            "s3game:1:s:1:1:#c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65");
}

TEST(CacheKeyTest, IsNeverLongerThanItsBound) {
  const std::string huge(1 << 20, 'x');
  const RowAddress longest{.source = huge,
                           .archive_id = std::numeric_limits<std::int64_t>::min(),
                           .revision = std::numeric_limits<std::int64_t>::min(),
                           .id = huge};
  EXPECT_LE(CacheKey(longest).size(), 200U);
  const std::string plain(64, 'x');
  EXPECT_LE(CacheKey({.source = plain, .archive_id = 1, .revision = 1, .id = plain}).size(), 200U);
}

TEST(CacheKeyTest, NoTwoRowsShareAKey) {
  // Each of these would be another's key if fields were only joined.
  const std::vector<RowAddress> rows = {
      {"a", 1, 2, "3"},
      {"a:1", 2, 3, ""},
      {"a", 1, 2, "3:4"},
      {"a:1:2", 3, 4, ""},
      {"a", 1, 23, ""},
      {"a", 12, 3, ""},
      {"a", 1, 2, "#3"},
      {"", 1, 2, "3"},
      {"a", 1, 2, "3 "},
      {"a", 1, 2, std::string_view("3\0", 2)},
      {"a", 2, 2, "3"},
      {"a", 1, 3, "3"},
      {"b", 1, 2, "3"},
      {"a", -1, 2, "3"},
      {"A", 1, 2, "3"},
      {"a", 1, 2, "#c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65"},
      {"a", 1, 2, "a b"},
  };
  std::set<std::string> keys;
  for (const RowAddress& row : rows) keys.insert(CacheKey(row));
  EXPECT_EQ(keys.size(), rows.size());
}

TEST(CacheKeyTest, HoldsNoByteThatNeedsQuoting) {
  const std::string key =
      CacheKey({.source = "\"we ird\".t", .archive_id = 1, .revision = 1, .id = "\r\n\xff"});
  for (const char c : key) EXPECT_TRUE(c > ' ' && c < 127) << key;
}

}  // namespace
}  // namespace pgattic::cache
