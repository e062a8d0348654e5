#include "base/zstd_frame.h"

#include <gtest/gtest.h>
#include <zstd.h>

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

}  // namespace
}  // namespace pgattic
