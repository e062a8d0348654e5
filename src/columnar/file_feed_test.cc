#include "columnar/file_feed.h"

#include <gtest/gtest.h>

#include <string>

#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

std::string Content(std::size_t bytes) {
  std::string content(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) content[i] = static_cast<char>(i * 31 + i / 251);
  return content;
}

TEST(FileFeedTest, HandsOutTheBytesAndTheirHash) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{9} << 20U}) {
    const std::string content = Content(size);
    for (const std::int64_t tail : {std::int64_t{0}, std::int64_t{1}, std::int64_t{300'000}}) {
      const OpContext ctx;
      const ReadRange read = testing::Reader(content);
      FileFeed feed(ctx, read, std::ssize(content));
      const auto end = feed.Tail(tail);
      ASSERT_TRUE(end.ok());
      EXPECT_TRUE(content.ends_with(AsText(*end)));
      const std::int64_t step = std::ssize(content) / 7 + 1;
      for (std::int64_t at = 0; at + step <= std::ssize(content); at += step) {
        const auto bytes = feed.Take(at, step - 1);  // a gap of one byte
        ASSERT_TRUE(bytes.ok());
        ASSERT_EQ(AsText(*bytes),
                  content.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(step - 1)));
      }
      const auto hash = feed.Finish();
      ASSERT_TRUE(hash.ok());
      EXPECT_EQ(*hash, Sha256::Of(AsBytes(content)));
    }
  }
}

TEST(FileFeedTest, TheTailMayGrow) {
  const std::string content = Content(10'000);
  const OpContext ctx;
  std::int64_t read_bytes = 0;
  const ReadRange read = [&](std::int64_t offset, std::int64_t length) {
    read_bytes += length;
    return testing::Reader(content)(offset, length);
  };
  FileFeed feed(ctx, read, std::ssize(content));
  ASSERT_TRUE(feed.Tail(100).ok());
  const auto more = feed.Tail(5000);
  ASSERT_TRUE(more.ok());
  EXPECT_EQ(AsText(*more), content.substr(5000));
  EXPECT_EQ(*feed.Finish(), Sha256::Of(AsBytes(content)));
  EXPECT_EQ(read_bytes, 10'000);
}

}  // namespace
}  // namespace pgattic::columnar
