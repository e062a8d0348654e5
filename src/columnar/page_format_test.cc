#include "columnar/page_format.h"

#include <gtest/gtest.h>

#include <string>

namespace pgattic::columnar {
namespace {

// parquet.thrift, PageHeader: type 0, uncompressed 300, compressed 100, crc -2, data page of 7
// rows, PLAIN, RLE, RLE.
const std::string kHeader(
    "\x15\x00\x15\xd8\x04\x15\xc8\x01\x15\x03\x1c\x15\x0e\x15\x00\x15\x06\x15\x06\x00\x00", 21);

std::string With(std::size_t at, char byte) {
  std::string header = kHeader;
  header[at] = byte;
  return header;
}

TEST(PageFormat, ReadsTheHeaderOfAPage) {
  const auto header = ParsePageHeader(AsBytes(kHeader + "frame"));
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->header_bytes, kHeader.size());
  EXPECT_EQ(header->value_bytes, 300U);
  EXPECT_EQ(header->frame_bytes, 100U);
  EXPECT_EQ(header->crc, 0xFFFFFFFEU);
  EXPECT_EQ(header->rows, 7);
}

TEST(PageFormat, RefusesPagesThatThePartWriterDoesNotMake) {
  EXPECT_FALSE(ParsePageHeader(AsBytes(With(1, '\x04'))));   // a dictionary
  EXPECT_FALSE(ParsePageHeader(AsBytes(With(14, '\x10'))));  // another encoding
  EXPECT_FALSE(ParsePageHeader(AsBytes(With(16, '\x08'))));  // other levels
  EXPECT_FALSE(ParsePageHeader(AsBytes(With(12, '\x01'))));  // rows below 0
  EXPECT_FALSE(ParsePageHeader(AsBytes(With(3, '\xd9'))));   // a size below 0
  const std::string no_checksum = kHeader.substr(0, 8) + '\x2c' + kHeader.substr(11);
  EXPECT_FALSE(ParsePageHeader(AsBytes(no_checksum)));
  for (std::size_t length = 0; length < kHeader.size(); ++length) {
    EXPECT_FALSE(ParsePageHeader(AsBytes(kHeader.substr(0, length)))) << length;
  }
}

// parquet.thrift, OffsetIndex: two places, (4, 50, 0) and (54, 30, 9), then sizes.
const std::string kIndex(
    "\x19\x2c\x16\x08\x15\x64\x16\x00\x00\x16\x6c\x15\x3c\x16\x12\x00\x19\x26\x02\x04\x00", 21);

TEST(PageFormat, ReadsAnOffsetIndex) {
  const auto pages = ParseOffsetIndex(AsBytes(kIndex));
  ASSERT_TRUE(pages.has_value());
  ASSERT_EQ(pages->size(), 2U);
  EXPECT_EQ((*pages)[0].offset, 4);
  EXPECT_EQ((*pages)[0].bytes, 50);
  EXPECT_EQ((*pages)[1].offset, 54);
  EXPECT_EQ((*pages)[1].first_row, 9);
  for (std::size_t length = 0; length < kIndex.size(); ++length) {
    EXPECT_FALSE(ParseOffsetIndex(AsBytes(kIndex.substr(0, length)))) << length;
  }
}

TEST(PageFormat, RefusesListsOfAnythingElse) {
  EXPECT_FALSE(ParseOffsetIndex(AsBytes(std::string("\x19\x25\x02\x04\x00", 5))));  // of i32
  EXPECT_FALSE(ParseOffsetIndex(AsBytes(std::string("\x19\xfc\xff\x7f\x00", 5))));  // too long
}

}  // namespace
}  // namespace pgattic::columnar
