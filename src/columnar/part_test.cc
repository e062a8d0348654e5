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
  return MakeSchema(
      {MakeColumn("gid", 25, -1, false), MakeColumn("score", 23), MakeColumn("history", 114)});
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
  const auto back =
      ReadPart(OpContext(), Reader(part->bytes), part->summary.file_bytes, {}, [&](const Row& row) {
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

// Damages every page of the row group but those that a lookup of `id` needs: the answer must
// not change, because no other page is looked at.
TEST(PartTest, APointReadTouchesOnlyThePagesOfItsRow) {
  const CopyStream stream = Games(2000, 3000);
  const auto part = WritePart(GamesSchema(), stream.bytes());
  ASSERT_TRUE(part.ok()) << part.error().ToString();
  const auto footer = ParseFooter(*part);
  ASSERT_TRUE(footer.ok());
  const std::string id = IdOf(700);
  const auto spans = (*footer)->Find(id);
  ASSERT_EQ(spans.size(), 1U);
  const std::string group = part->bytes.substr(static_cast<std::size_t>(spans[0].offset),
                                               static_cast<std::size_t>(spans[0].length));
  const auto good = (*footer)->ReadRows(spans[0], group, id);
  ASSERT_TRUE(good.ok());
  std::size_t harmless = 0;
  std::string damaged = group;
  constexpr std::size_t kStep = 4096;
  for (std::size_t at = 0; at < group.size(); at += kStep) {
    std::string one = group;
    one[at] = static_cast<char>(one[at] ^ 0x55);
    const auto rows = (*footer)->ReadRows(spans[0], one, id);
    if (rows.ok()) {
      EXPECT_EQ(*rows, *good);
      ++harmless;
      damaged[at] = one[at];
    } else {
      EXPECT_EQ(rows.code(), Code::kCorruption);
    }
  }
  // One page of about 128 KiB of history, and those of gid and score, out of 1 MiB.
  const std::size_t probes = (group.size() + kStep - 1) / kStep;
  EXPECT_GT(harmless, probes * 85 / 100);
  EXPECT_LT(harmless, probes);
  const auto rows = (*footer)->ReadRows(spans[0], damaged, id);
  ASSERT_TRUE(rows.ok()) << rows.error().ToString();
  EXPECT_EQ(*rows, *good);
}

TEST(PartTest, ReadingBackHandsOutEveryIdInOrder) {
  const auto part = WritePart(GamesSchema(), Games(300, 200).bytes());
  ASSERT_TRUE(part.ok());
  const auto footer = ParseFooter(*part);
  ASSERT_TRUE(footer.ok());
  std::vector<std::string> stored;
  ASSERT_TRUE(ReadIds(OpContext(), Reader(part->bytes), **footer, [&](const std::string& id) {
                stored.push_back(id);
                return Status::Ok();
              }).ok());
  ASSERT_EQ(stored.size(), 300);
  std::vector<std::string> handed_out;
  const auto back = ReadPart(OpContext(), Reader(part->bytes), part->summary.file_bytes, {}, {},
                             [&](const RowView& row) {
                               handed_out.push_back(row.id());
                               return Status::Ok();
                             });
  ASSERT_TRUE(back.ok()) << back.error().ToString();
  EXPECT_EQ(handed_out, stored);
}

TEST(PartTest, RowGroupsAreOneGetEach) {
  const auto part = WritePart(GamesSchema(), Games(4000, 4000).bytes());
  ASSERT_TRUE(part.ok());
  const auto footer = ParseFooter(*part);
  ASSERT_TRUE(footer.ok());
  ASSERT_GT((*footer)->row_group_count(), 4);
  for (int i = 0; i + 1 < (*footer)->row_group_count(); ++i) {
    EXPECT_GT((*footer)->row_group(i).length, 800 << 10);
    EXPECT_LT((*footer)->row_group(i).length, 1200 << 10);
  }
}

TEST(PartTest, FindsEveryRowOfAnIdThatFillsManyPagesAndRowGroups) {
  CopyStream stream;
  constexpr int kCopies = 1500;
  stream.Add({Text("a"), Field(), Field()});
  for (int i = 0; i < kCopies; ++i) {
    stream.Add({Text("b"), Big(std::int32_t{i}), Text(Noise(3000, static_cast<std::uint64_t>(i)))});
  }
  stream.Add({Text("c"), Field(), Field()});
  const auto part = WritePart(GamesSchema(), stream.End().bytes());
  ASSERT_TRUE(part.ok()) << part.error().ToString();
  const auto footer = ParseFooter(*part);
  ASSERT_TRUE(footer.ok());
  EXPECT_GT((*footer)->Find("b").size(), 2U);
  const auto rows = FindRows(**footer, part->bytes, "b");
  ASSERT_TRUE(rows.ok()) << rows.error().ToString();
  ASSERT_EQ(rows->size(), static_cast<std::size_t>(kCopies));
  for (int i = 0; i < kCopies; ++i) {
    EXPECT_EQ((*rows)[static_cast<std::size_t>(i)][1], std::to_string(i));
  }
  for (const char* id : {"a", "c"}) {
    const auto single = FindRows(**footer, part->bytes, id);
    ASSERT_TRUE(single.ok());
    ASSERT_EQ(single->size(), 1U);
    EXPECT_EQ(single->front()[2], std::nullopt);
  }
}

TEST(PartTest, AnEmptyPartIsAPart) {
  const auto part = WritePart(GamesSchema(), CopyStream().End().bytes());
  ASSERT_TRUE(part.ok()) << part.error().ToString();
  EXPECT_EQ(part->summary.digest.rows, 0);
  EXPECT_EQ(part->summary.fingerprint_sum, "0");
  EXPECT_EQ(part->summary.min_id, "");
  const auto footer = ParseFooter(*part);
  ASSERT_TRUE(footer.ok()) << footer.error().ToString();
  EXPECT_TRUE((*footer)->Find("a").empty());
  const auto back =
      ReadPart(OpContext(), Reader(part->bytes), part->summary.file_bytes, {.by_hash = -1}, {});
  ASSERT_TRUE(back.ok()) << back.error().ToString();
  EXPECT_EQ(back->digest, part->summary.digest);
  EXPECT_EQ(back->sha256, Sha256::Of(AsBytes(part->bytes)));
}

TEST(PartTest, TakesARowOfTwentyMebibytes) {
  CopyStream stream;
  const std::string big = Noise(std::size_t{20} << 20U, 1);
  stream.Add({Text("a"), Field(), Text("small")});
  stream.Add({Text("b"), Field(), Text(big)});
  stream.Add({Text("c"), Field(), Text("small")});
  const auto part = WritePart(GamesSchema(), stream.End().bytes(), {}, 8192);
  ASSERT_TRUE(part.ok()) << part.error().ToString();
  const auto footer = ParseFooter(*part);
  ASSERT_TRUE(footer.ok());
  const auto rows = FindRows(**footer, part->bytes, "b");
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->front()[2], big);
  const auto back = ReadPart(OpContext(), Reader(part->bytes), part->summary.file_bytes, {}, {});
  ASSERT_TRUE(back.ok()) << back.error().ToString();
  EXPECT_EQ(back->digest, part->summary.digest);
}

TEST(PartTest, ReadsTheSameHoweverTheStreamIsCut) {
  const CopyStream stream = Games(200, 300);
  const auto whole = WritePart(GamesSchema(), stream.bytes(), {}, stream.bytes().size());
  ASSERT_TRUE(whole.ok());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
    const auto part = WritePart(GamesSchema(), stream.bytes(), {}, piece);
    ASSERT_TRUE(part.ok());
    EXPECT_EQ(part->bytes, whole->bytes);
    EXPECT_EQ(part->summary.digest, whole->summary.digest);
  }
}

TEST(PartTest, HandsOutEveryRowWhenAskedTo) {
  const auto part = WritePart(GamesSchema(), Games(500, 100).bytes());
  ASSERT_TRUE(part.ok());
  int rows = 0;
  const auto back = ReadPart(OpContext(), Reader(part->bytes), part->summary.file_bytes,
                             {.by_hash = -1}, [&](const Row& row) {
                               EXPECT_EQ(row[0], IdOf(rows));
                               ++rows;
                               return Status::Ok();
                             });
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(rows, 500);
}

TEST(PartTest, HandsOutTheFirstTheLastAndTheExtremeRows) {
  CopyStream stream;
  const std::vector<std::int32_t> scores{5, 3, 9, -4, 9, 0, 7};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    stream.Add({Text(IdOf(static_cast<int>(i))), Big(scores[i]), Field()});
  }
  const auto part = WritePart(GamesSchema(), stream.End().bytes());
  ASSERT_TRUE(part.ok());
  std::vector<std::string> ids;
  const auto back = ReadPart(OpContext(), Reader(part->bytes), part->summary.file_bytes,
                             {.by_hash = 0}, [&](const Row& row) {
                               ids.push_back(row[0].value());
                               return Status::Ok();
                             });
  ASSERT_TRUE(back.ok()) << back.error().ToString();
  EXPECT_EQ(ids, (std::vector<std::string>{IdOf(0), IdOf(2), IdOf(3), IdOf(6)}));
}

TEST(PartTest, PassesTheErrorOfTheSampleTakerOn) {
  const auto part = WritePart(GamesSchema(), Games(10, 10).bytes());
  ASSERT_TRUE(part.ok());
  const auto back =
      ReadPart(OpContext(), Reader(part->bytes), part->summary.file_bytes, {},
               [](const Row&) { return Status(Code::kUnavailable, "database gone"); });
  EXPECT_EQ(back.code(), Code::kUnavailable);
}

TEST(PartTest, ReadsTheIdsFromTheirColumnAlone) {
  const CopyStream stream = Games(3000, 2000);
  const auto part = WritePart(GamesSchema(), stream.bytes());
  ASSERT_TRUE(part.ok());
  const auto footer = ParseFooter(*part);
  ASSERT_TRUE(footer.ok());
  std::int64_t bytes_read = 0;
  const ReadRange counting = [&](std::int64_t offset, std::int64_t length) {
    bytes_read += length;
    return Reader(part->bytes)(offset, length);
  };
  int rows = 0;
  const Status status = ReadIds(OpContext(), counting, **footer, [&](const std::string& id) {
    EXPECT_EQ(id, IdOf(rows));
    ++rows;
    return Status::Ok();
  });
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(rows, 3000);
  EXPECT_LT(bytes_read, static_cast<std::int64_t>(part->bytes.size() / 20));
}

TEST(PartTest, ReadsEachByteOnce) {
  const auto part = WritePart(GamesSchema(), Games(4000, 4000).bytes());
  ASSERT_TRUE(part.ok());
  std::vector<char> seen(part->bytes.size(), 0);
  std::int64_t reads = 0;
  const ReadRange counting = [&](std::int64_t offset, std::int64_t length) {
    ++reads;
    for (std::int64_t i = offset; i < offset + length; ++i) ++seen[static_cast<std::size_t>(i)];
    return Reader(part->bytes)(offset, length);
  };
  ASSERT_TRUE(ReadPart(OpContext(), counting, part->summary.file_bytes, {}, {}).ok());
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), std::ssize(seen));
  EXPECT_LE(reads, std::ssize(seen) / (4 << 20) + 2);
}

TEST(PartTest, KeepsIntegersInTheOrderOfTheirValues) {
  for (const std::uint32_t oid : {20U, 21U, 23U, 26U}) {
    const auto field = [oid](int value) {
      if (oid == 20) return Big(std::int64_t{value});
      if (oid == 21) return Big(static_cast<std::int16_t>(value));
      return Big(std::int32_t{value});
    };
    const int first = oid == 26 ? 0 : -500;
    CopyStream stream;
    for (int i = first; i < 500; ++i) stream.Add({field(i)});
    const auto schema = MakeSchema({MakeColumn("id", oid)});
    const auto part = WritePart(schema, stream.End().bytes(), {.page_rows = 100});
    ASSERT_TRUE(part.ok()) << part.error().ToString();
    EXPECT_EQ(part->summary.min_id, std::to_string(first));
    const auto footer = ParseFooter(*part);
    ASSERT_TRUE(footer.ok());
    for (int i = first; i < 500; ++i) {
      const auto rows = FindRows(**footer, part->bytes, std::to_string(i));
      ASSERT_TRUE(rows.ok());
      ASSERT_EQ(rows->size(), 1U) << oid << ' ' << i;
      EXPECT_EQ(rows->front()[0], std::to_string(i));
    }
    for (const char* none : {"99999999999999999999", "", "12x"}) {
      EXPECT_TRUE((*footer)->Find(none).empty()) << none;
    }
    for (const char* none : {"500", "-501"}) {
      EXPECT_LE((*footer)->Find(none).size(), 1U) << none;
      EXPECT_TRUE(FindRows(**footer, part->bytes, none)->empty()) << none;
    }
  }
}

// Statistics leave ids out that are longer than 4 KiB; such parts are searched page by page.
TEST(PartTest, FindsIdsThatAreTooLongForStatistics) {
  CopyStream stream;
  for (char c = 'a'; c <= 'z'; ++c) stream.Add({Text(std::string(9000, c))});
  const auto part = WritePart(MakeSchema({MakeColumn("id", 25)}), stream.End().bytes());
  ASSERT_TRUE(part.ok()) << part.error().ToString();
  const auto footer = ParseFooter(*part);
  ASSERT_TRUE(footer.ok()) << footer.error().ToString();
  const auto rows = FindRows(**footer, part->bytes, std::string(9000, 'q'));
  ASSERT_TRUE(rows.ok()) << rows.error().ToString();
  EXPECT_EQ(rows->size(), 1U);
}

TEST(PartTest, CarriesItsSchemaAndMetadata) {
  const auto part = WritePart(GamesSchema(), Games(3, 10).bytes());
  ASSERT_TRUE(part.ok());
  const auto footer = ParseFooter(*part);
  ASSERT_TRUE(footer.ok());
  EXPECT_EQ((*footer)->schema().columns, GamesSchema().columns);
  EXPECT_EQ((*footer)->schema().id_index, 0U);
  EXPECT_EQ((*footer)->file_metadata().at("pgattic.test"), "yes");
  EXPECT_GT((*footer)->memory_bytes(), 1000);
}

}  // namespace
}  // namespace pgattic::columnar
