#include "base/crc32.h"

#include <gtest/gtest.h>

#include <string>

namespace pgattic {
namespace {

// The check value of the catalogue of CRC algorithms (CRC-32/ISO-HDLC).
TEST(Crc32, IsTheOneOfTheCatalogue) {
  EXPECT_EQ(Crc32(AsBytes("123456789")), 0xCBF43926U);
  EXPECT_EQ(Crc32({}), 0U);
}

}  // namespace
}  // namespace pgattic
