// Parts as a whole: written from a COPY stream, read back, looked up.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "columnar/part_reader.h"
#include "columnar/part_writer.h"
#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using testing::Big;
using testing::CopyStream;
using testing::Field;
using testing::FindRows;
using testing::MakeColumn;
using testing::MakeSchema;
using testing::Part;
using testing::ParseFooter;
using testing::Reader;
using testing::Text;
using testing::WritePart;

std::string IdOf(int number) {
  std::string digits = std::to_string(number);
  return "id" + std::string(8 - digits.size(), '0') + digits;
}

// Text that zstd cannot shrink to nothing.
std::string Noise(std::size_t bytes, std::uint64_t seed) {
  std::string text;
  std::uint64_t state = seed * 2654435761U + 88172645463325252U;
  while (text.size() < bytes) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    text.push_back(static_cast<char>('a' + state % 26));
  }
  return text;
}

model::TableSchema GamesSchema() {
  return MakeSchema({MakeColumn("gid", 25, -1, false), MakeColumn("score", 23),
                     MakeColumn("history", 114)});
}

CopyStream Games(int rows, std::size_t json_bytes) {
  CopyStream stream;
  for (int i = 0; i < rows; ++i) {
    const Field score = i % 7 == 0 ? Field() : Big(std::int32_t{i});
    stream.Add({Text(IdOf(i)), score, Text(Noise(json_bytes, static_cast<std::uint64_t>(i)))},
               i - rows / 2);
  }
  return stream.End();
}

TEST(PartTest, ComesBackAsItWasWritten) {
  const CopyStream stream = Games(3000, 2000);
  const auto part = WritePart(GamesSchema(), stream.bytes());
  ASSERT_TRUE(part.ok()) << part.error().ToString();
  EXPECT_EQ(part->summary.digest.rows, 3000);
  EXPECT_EQ(part->summary.min_id, IdOf(0));
  EXPECT_EQ(part->summary.max_id, IdOf(2999));
  EXPECT_EQ(part->summary.fingerprint_sum, "-1500");
  EXPECT_EQ(part->summary.file_bytes, static_cast<std::int64_t>(part->bytes.size()));

  std::vector<Row> samples;
  const auto back = ReadPart(OpContext(), Reader(part->bytes), part->summary.file_bytes, {},
                             [&](const Row& row) {
                               samples.push_back(row);
                               return Status::Ok();
                             });
  ASSERT_TRUE(back.ok()) << back.error().ToString();
  EXPECT_EQ(back->digest, part->summary.digest);
  EXPECT_EQ(back->sha256, Sha256::Of(AsBytes(part->bytes)));
  EXPECT_EQ(back->min_id, IdOf(0));
  EXPECT_EQ(back->max_id, IdOf(2999));
  EXPECT_GT(samples.size(), 30U);
  EXPECT_LT(samples.size(), 130U);
}

TEST(PartTest, FindsEveryRowByItsId) {
  const CopyStream stream = Games(3000, 2000);
  const auto part = WritePart(GamesSchema(), stream.bytes());
  ASSERT_TRUE(part.ok()) << part.error().ToString();
  const auto footer = ParseFooter(*part);
  ASSERT_TRUE(footer.ok()) << footer.error().ToString();
  EXPECT_GT((*footer)->row_group_count(), 2);
  EXPECT_EQ((*footer)->row_count(), 3000);
  for (int i = 0; i < 3000; i += 13) {
    const auto rows = FindRows(**footer, part->bytes, IdOf(i));
    ASSERT_TRUE(rows.ok()) << rows.error().ToString();
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front()[0], IdOf(i));
    EXPECT_EQ(rows->front()[1].has_value(), i % 7 != 0);
    EXPECT_EQ(rows->front()[2], Noise(2000, static_cast<std::uint64_t>(i)));
  }
  const auto none = FindRows(**footer, part->bytes, "id00000000x");
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->empty());
}

}  // namespace
}  // namespace pgattic::columnar
