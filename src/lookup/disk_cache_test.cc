#include "lookup/disk_cache.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "sandbox/scratch_folder.h"

namespace pgattic::lookup {
namespace {

namespace fs = std::filesystem;

class DiskCacheTest : public ::testing::Test {
 protected:
  void SetUp() override { scratch_ = sandbox::ScratchFolder::Make({}).value(); }
  std::string folder() const { return scratch_->path() + "/deep/cache"; }
  std::unique_ptr<DiskCache> Open(std::int64_t max_bytes = 1 << 20) const {
    auto cache = DiskCache::Open({folder(), max_bytes});
    EXPECT_TRUE(cache.ok()) << cache.status().ToString();
    return std::move(*cache);
  }
  std::vector<fs::path> Files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder())) files.push_back(entry.path());
    return files;
  }
  static std::string Read(const fs::path& path) {
    std::stringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
  }
  static void Write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  std::unique_ptr<sandbox::ScratchFolder> scratch_;
};

TEST_F(DiskCacheTest, GivesBackWhatWasPutAlsoAfterARestart) {
  const std::string value("a\0b\n", 4);
  Open()->Put("key\n\"etag\"", value);
  const auto cache = Open();
  EXPECT_EQ(cache->Get("key\n\"etag\""), value);
  EXPECT_EQ(cache->Get("key\n\"other\""), std::nullopt);
  EXPECT_GT(cache->bytes(), 0);
}

TEST_F(DiskCacheTest, TakesEveryDamageForAMissAndRemovesIt) {
  Open()->Put("key", "some value");
  const fs::path file = Files().at(0);
  const std::string whole = Read(file);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    Write(file, whole.substr(0, length));
    EXPECT_EQ(Open()->Get("key"), std::nullopt) << "cut at " << length;
    EXPECT_TRUE(Files().empty());
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    Write(file, damaged);
    EXPECT_EQ(Open()->Get("key"), std::nullopt) << "flipped at " << i;
  }
  Write(file, whole);
  EXPECT_EQ(Open()->Get("key"), "some value");
}

TEST_F(DiskCacheTest, NeverTakesTheFileOfAnotherKey) {
  const auto cache = Open();
  cache->Put("a", "of a");
  const std::string bytes = Read(Files().at(0));
  const fs::path of_a = Files().at(0);
  cache->Put("b", "of b");
  for (const fs::path& file : Files()) {
    if (file != of_a) Write(file, bytes);
  }
  EXPECT_EQ(cache->Get("b"), std::nullopt);
  EXPECT_EQ(cache->Get("a"), "of a");
}

TEST_F(DiskCacheTest, KeepsNoMoreThanItsBytesAndDropsWhatWasUsedLongestAgo) {
  const auto cache = Open(5000);
  const std::string value(1000, 'x');
  for (const char* key : {"1", "2", "3", "4"}) cache->Put(key, value);
  EXPECT_TRUE(cache->Get("1"));
  cache->Put("5", value);
  EXPECT_LE(cache->bytes(), 5000);
  EXPECT_TRUE(cache->Get("1"));
  EXPECT_FALSE(cache->Get("2"));
  cache->Put("large", std::string(6000, 'x'));
  EXPECT_FALSE(cache->Get("large"));
  EXPECT_TRUE(cache->Get("5"));
  EXPECT_LE(Open(2500)->bytes(), 2500) << "a smaller bound holds from the start";
  EXPECT_EQ(Files().size(), 2U);
}

TEST_F(DiskCacheTest, RemovesWhatAKilledProcessLeftHalfWritten) {
  Open();
  Write(folder() + "/0123.new", "half");
  Open();
  EXPECT_TRUE(Files().empty());
}

TEST_F(DiskCacheTest, OnlyKeepsNothingWhenItCannotWrite) {
  const auto cache = Open();
  fs::remove_all(folder());
  cache->Put("key", "value");
  EXPECT_EQ(cache->Get("key"), std::nullopt);
  EXPECT_EQ(cache->bytes(), 0);
}

TEST_F(DiskCacheTest, SaysWhyAFolderCannotBeHad) {
  Write(scratch_->path() + "/file", "");
  const auto cache = DiskCache::Open({scratch_->path() + "/file", 1000});
  ASSERT_FALSE(cache.ok());
  EXPECT_NE(cache.status().ToString().find("lookup.footer_cache_dir"), std::string::npos);
}

TEST_F(DiskCacheTest, ServesManyThreads) {
  const auto cache = Open(20'000);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string key = std::to_string((i * 7 + t) % 50);
        cache->Put(key, key + std::string(500, 'v'));
        const auto value = cache->Get(key);
        EXPECT_EQ(value.value_or(key + std::string(500, 'v')), key + std::string(500, 'v'));
      }
    });
  }
  threads.clear();
  EXPECT_LE(cache->bytes(), 20'000);
}

}  // namespace
}  // namespace pgattic::lookup
