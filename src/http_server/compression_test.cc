#include "http_server/compression.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace pgattic::http_server {
namespace {

TEST(ChooseCodingTest, TakesWhatIsLikedBest) {
  EXPECT_EQ(ChooseCoding(""), Coding::kIdentity);
  EXPECT_EQ(ChooseCoding("gzip"), Coding::kGzip);
  EXPECT_EQ(ChooseCoding("br, GZIP"), Coding::kGzip);
  EXPECT_EQ(ChooseCoding("gzip, deflate, br, zstd"), Coding::kZstd);
  EXPECT_EQ(ChooseCoding("zstd;q=0.5, gzip;q=0.8"), Coding::kGzip);
  EXPECT_EQ(ChooseCoding("zstd; q=0, gzip;q=0"), Coding::kIdentity);
  EXPECT_EQ(ChooseCoding("*"), Coding::kIdentity);
  EXPECT_EQ(ChooseCoding("gzip;q=x, ,;,zstd;q=2"), Coding::kIdentity);
}

TEST(CompressTest, IsUndoneByTheLibraries) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += std::to_string(i * i) + ",";
  const auto zstd = Compress(Coding::kZstd, body);
  ASSERT_TRUE(zstd);
  std::string out(body.size(), '\0');
  out.resize(ZSTD_decompress(out.data(), out.size(), zstd->data(), zstd->size()));
  EXPECT_EQ(out, body);

  const auto gzip = Compress(Coding::kGzip, body);
  ASSERT_TRUE(gzip);
  std::string input = *gzip;
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 31), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  EXPECT_EQ(out, body);
}

TEST(CompressTest, LeavesWhatDoesNotShrink) {
  EXPECT_FALSE(Compress(Coding::kGzip, "short"));
  std::string noise;
  for (std::uint64_t i = 1, x = 1; i < 400; ++i) {
    x = x * 6364136223846793005U + 1442695040888963407U;
    noise += static_cast<char>(x >> 56U);
  }
  EXPECT_FALSE(Compress(Coding::kGzip, noise));
  EXPECT_FALSE(Compress(Coding::kZstd, noise));
  EXPECT_FALSE(Compress(Coding::kIdentity, std::string(1000, 'x')));
}

}  // namespace
}  // namespace pgattic::http_server
