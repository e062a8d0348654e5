#include "base/zstd_frame.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <string>

namespace pgattic {
namespace {

std::string FrameOf(const std::string& text) {
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), 3));
  return frame;
}

std::string Filled(const std::string& frame, std::size_t size) {
  std::string out(size, '\0');
  const bool is_good =
      Decompress(AsBytes(frame), {reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  return is_good ? out : "refused";
}

TEST(ZstdFrame, HoldsWhatWasCompressed) {
  for (const std::string& text : {std::string(), std::string("a"), std::string(300'000, 'x')}) {
    const std::string frame = FrameOf(text);
    EXPECT_EQ(ContentSize(AsBytes(frame)), text.size());
    EXPECT_EQ(Filled(frame, text.size()), text);
  }
}

TEST(ZstdFrame, RefusesAnotherSizeAndWhatIsNoFrame) {
  const std::string frame = FrameOf("some text");
  EXPECT_EQ(Filled(frame, 8), "refused");
  EXPECT_EQ(Filled(frame, 10), "refused");
  EXPECT_EQ(Filled(frame.substr(0, frame.size() - 1), 9), "refused");
  EXPECT_EQ(Filled("no frame", 9), "refused");
  EXPECT_GE(ContentSize(AsBytes("no frame")), UINT64_MAX - 1);
}

/// Of blocks of about 2 KiB, as parts have them.
std::string FrameOfSmallBlocks(const std::string& text) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::string frame(2 * ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx_setPledgedSrcSize(context, text.size());
  ZSTD_outBuffer out{frame.data(), frame.size(), 0};
  for (std::size_t at = 0; at < text.size(); at += 2048) {
    const bool is_last = at + 2048 >= text.size();
    ZSTD_inBuffer in{text.data() + at, is_last ? text.size() - at : 2048, 0};
    ZSTD_compressStream2(context, &out, &in, is_last ? ZSTD_e_end : ZSTD_e_flush);
  }
  ZSTD_freeCCtx(context);
  frame.resize(out.pos);
  return frame;
}

std::string Numbers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(i * 7919 % 10007) + ",";
  return text;
}

TEST(FrameStart, GivesAnyBeginning) {
  const std::string text = Numbers(8000);
  for (const std::string& frame : {FrameOf(text), FrameOfSmallBlocks(text)}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{4097}, text.size()}) {
      FrameStart start(AsBytes(frame), text.size());
      const std::uint8_t* first = start.UpTo(1).data();
      for (std::size_t at = 0; at <= text.size() + step; at += step) {
        const ByteView found = start.UpTo(at);
        ASSERT_GE(found.size(), std::min(at, text.size()));
        ASSERT_EQ(found.data(), first);
        ASSERT_EQ(AsText(found), text.substr(0, found.size()));
      }
    }
  }
}

// What the small blocks are for: a damaged end is not even read.
TEST(FrameStart, ReadsNoFurtherThanTheBlockThatIsAskedFor) {
  const std::string text = Numbers(8000);
  const std::string frame = FrameOfSmallBlocks(text);
  FrameStart start(AsBytes(frame).first(frame.size() / 2), text.size());
  EXPECT_EQ(AsText(start.UpTo(5000)).substr(0, 5000), text.substr(0, 5000));
  EXPECT_LT(start.UpTo(text.size()).size(), text.size());
  EXPECT_GE(start.UpTo(text.size()).size(), 5000U);
}

std::string StartOf(const std::string& frame, std::size_t size) {
  FrameStart start(AsBytes(frame), size);
  return std::string(AsText(start.UpTo(20)));
}

TEST(FrameStart, EndsEarlyWhereTheFrameIsDamagedOrShorter) {
  const std::string frame = FrameOf("some text");
  EXPECT_EQ(StartOf(frame, 20), "some text");
  EXPECT_EQ(StartOf(frame, 4), "");
  EXPECT_EQ(StartOf("no frame", 8), "");
  EXPECT_EQ(StartOf("", 8), "");
}

TEST(FrameStart, AThreadMayHaveSeveral) {
  const std::string text = Numbers(2000);
  const std::string frame = FrameOfSmallBlocks(text);
  FrameStart one(AsBytes(frame), text.size());
  EXPECT_EQ(AsText(one.UpTo(1000)).substr(0, 1000), text.substr(0, 1000));
  FrameStart other(AsBytes(frame), text.size());
  EXPECT_EQ(AsText(other.UpTo(text.size())), text);
  EXPECT_EQ(AsText(one.UpTo(text.size())), text);
}

}  // namespace
}  // namespace pgattic
