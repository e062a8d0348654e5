// Damaged and hostile bytes: always an error or another digest, never a crash, never a row
// that was not written.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "columnar/page_format.h"
#include "columnar/part_layout.h"
#include "columnar/part_reader.h"
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
using testing::Part;
using testing::Reader;
using testing::Text;
using testing::WritePart;

std::string IdOf(int i) { return "id" + std::to_string(1000 + i); }

Part MakePart() {
  CopyStream stream;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "name " + std::to_string(i * 7919 % 1000) + std::string(20, 'x');
    stream.Add({Text(IdOf(i)), Big(std::int32_t{i * i}), i % 5 == 0 ? Field() : Text(name),
                testing::Numeric({static_cast<std::uint16_t>(i + 1)}, 0, 0, 2)});
  }
  const auto schema =
      MakeSchema({MakeColumn("id", 25, -1, false), MakeColumn("n", 23), MakeColumn("t", 25),
                  MakeColumn("d", 1700, testing::NumericTypmod(10, 2))});
  // Small pages, so that there are several; one row group, since batches are larger.
  auto part = WritePart(schema, stream.End().bytes(), {.page_bytes = 512, .page_rows = 30});
  EXPECT_TRUE(part.ok()) << part.error().ToString();
  return std::move(part).value();
}

/// Of each id.
using Found = std::vector<Result<std::vector<Row>>>;

Found FindEach(const Footer& footer, const std::string& bytes,
               const std::vector<std::string>& ids) {
  Found found;
  for (const std::string& id : ids) found.push_back(FindRows(footer, bytes, id));
  return found;
}

// No other row, no other value, and no row that is not found.
void ExpectRightOrCorrupt(const Found& read, const Found& good, std::size_t at) {
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (read[i].ok()) {
      EXPECT_EQ(*read[i], *good[i]) << at;
    } else {
      EXPECT_EQ(read[i].code(), Code::kCorruption);
    }
  }
}

/// Some that are in MakePart.
std::vector<std::string> SomeIds() {
  std::vector<std::string> ids;
  for (int i = 0; i < 200; i += 23) ids.push_back(IdOf(i));
  return ids;
}

TEST(DamageTest, AFlippedBitInTheDataIsFound) {
  const Part part = MakePart();
  const auto data_end = static_cast<std::int64_t>(part.bytes.size()) - part.summary.footer_bytes;
  const auto footer = ParseFooter(part).value();
  const Found good = FindEach(*footer, part.bytes, SomeIds());
  ASSERT_EQ(good.size(), 9U);
  for (const auto& rows : good) ASSERT_EQ(rows->size(), 1U);
  for (std::int64_t at = 0; at < data_end; ++at) {
    std::string bytes = part.bytes;
    bytes[static_cast<std::size_t>(at)] ^= static_cast<char>(1 << (at % 8));
    const auto back = ReadPart(OpContext(), Reader(bytes), part.summary.file_bytes, {},
                               [](const Row&) { return Status::Ok(); });
    if (back.ok()) {
      // A bit that no reader needs, of the magic or a page header: the hash still tells.
      EXPECT_NE(back->sha256, Sha256::Of(AsBytes(part.bytes)));
      EXPECT_EQ(back->digest, part.summary.digest) << at;
    } else {
      EXPECT_EQ(back.code(), Code::kCorruption) << back.error().ToString();
    }
    ExpectRightOrCorrupt(FindEach(*footer, bytes, SomeIds()), good, static_cast<std::size_t>(at));
  }
}

void ExpectNoHarmOfAnyBitOfTheFooter(const Part& part, const std::vector<std::string>& ids) {
  const Found good = FindEach(*ParseFooter(part).value(), part.bytes, ids);
  for (const auto& rows : good) ASSERT_TRUE(rows.ok() && !rows->empty());
  const std::size_t start = part.bytes.size() - static_cast<std::size_t>(part.summary.footer_bytes);
  for (std::size_t at = start; at < part.bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Part damaged = part;
      damaged.bytes[at] ^= static_cast<char>(1 << bit);
      const auto footer = ParseFooter(damaged);
      if (footer.ok()) {
        ExpectRightOrCorrupt(FindEach(**footer, damaged.bytes, ids), good, at);
      } else {
        EXPECT_EQ(footer.code(), Code::kCorruption) << footer.error().ToString();
      }
    }
  }
}

TEST(DamageTest, AFlippedBitInTheFooterDoesNoHarm) {
  ExpectNoHarmOfAnyBitOfTheFooter(MakePart(), SomeIds());
}

// Ids of 2, 4 and 6 rows in row groups of 4, a row a page: some end one and begin the next, or fill
// several.
Part MakePartOfManyRowGroups() {
  constexpr std::size_t kLong = std::size_t{10} << 10U;  // Longer rows are written one by one.
  CopyStream stream;
  for (int i = 0; i < 6; ++i) {
    for (int copy = 0; copy < 2 * (1 + i % 3); ++copy) {
      const std::string row = std::to_string(i) + "-" + std::to_string(copy);
      stream.Add({Text(IdOf(i)), Text(row + std::string(kLong, 'x'))});
    }
  }
  const auto schema = MakeSchema({MakeColumn("id", 25, -1, false), MakeColumn("t", 25)});
  Part part = WritePart(schema, stream.End().bytes(),
                        {.row_group_bytes = 300, .page_bytes = 1, .page_rows = 1})
                  .value();
  EXPECT_EQ(ParseFooter(part).value()->row_group_count(), 6);
  return part;
}

TEST(DamageTest, AFlippedBitInTheFooterHidesNoneOfSeveralRows) {
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(IdOf(i));
  ExpectNoHarmOfAnyBitOfTheFooter(MakePartOfManyRowGroups(), ids);
}

// The hash tells of what no point read needs.
TEST(DamageTest, AFlippedBitInTheFooterChangesTheHash) {
  const Part part = MakePart();
  const std::size_t start = part.bytes.size() - static_cast<std::size_t>(part.summary.footer_bytes);
  for (std::size_t at = start; at < part.bytes.size(); ++at) {
    Part damaged = part;
    damaged.bytes[at] ^= static_cast<char>(1 << (at % 8));
    const auto back = ReadPart(OpContext(), Reader(damaged.bytes), part.summary.file_bytes, {}, {});
    if (back.ok()) {
      EXPECT_NE(back->sha256, Sha256::Of(AsBytes(part.bytes)));
    }
  }
}

/// A number as Thrift's compact protocol writes it.
std::string Zigzag(std::int64_t value) {
  std::string bytes;
  for (std::int64_t left = 2 * value; bytes.empty() || left > 0; left /= 128) {
    bytes.push_back(static_cast<char>(left % 128 + (left >= 128 ? 128 : 0)));
  }
  return bytes;
}

// Of the same length and number of rows: their own headers and checksums would not tell.
TEST(DamageTest, PagesThatAnIndexExchangesAreNotTakenForEachOther) {
  CopyStream stream;
  for (int i = 0; i < 60; ++i) stream.Add({Text(IdOf(i)), Big(std::int32_t{i < 30 ? 1 : 2})});
  const auto schema = MakeSchema({MakeColumn("id", 25, -1, false), MakeColumn("n", 23)});
  Part part = WritePart(schema, stream.End().bytes(), {.page_rows = 30}).value();
  EXPECT_EQ(FindRows(*ParseFooter(part).value(), part.bytes, IdOf(0))->front()[1], "1");
  const auto metadata = ParseMetadata(AsBytes(part.bytes), part.summary.file_bytes).value();
  const auto location = metadata->RowGroup(0)->ColumnChunk(1)->GetOffsetIndexLocation().value();
  const auto index = std::string_view(part.bytes)
                         .substr(static_cast<std::size_t>(location.offset),
                                 static_cast<std::size_t>(location.length));
  const auto pages = ParseOffsetIndex(AsBytes(index)).value();
  ASSERT_EQ(pages.size(), 2U);
  ASSERT_EQ(pages[0].bytes, pages[1].bytes);
  const std::string first = Zigzag(pages[0].offset);
  const std::string second = Zigzag(pages[1].offset);
  ASSERT_EQ(first.size(), second.size());
  const std::size_t at_first = part.bytes.find(first, static_cast<std::size_t>(location.offset));
  const std::size_t at_second = part.bytes.find(second, at_first);
  part.bytes.replace(at_first, first.size(), second);
  part.bytes.replace(at_second, second.size(), first);
  const auto footer = ParseFooter(part).value();
  EXPECT_TRUE(FindRows(*footer, part.bytes, IdOf(0)).Is(Code::kCorruption));
  EXPECT_TRUE(FindRows(*footer, part.bytes, IdOf(59)).Is(Code::kCorruption));
}

TEST(DamageTest, AnIndexIsNotTakenForThatOfAnotherRowGroup) {
  Part part = MakePartOfManyRowGroups();
  const auto metadata = ParseMetadata(AsBytes(part.bytes), part.summary.file_bytes).value();
  const auto place = [&](int group) {
    return metadata->RowGroup(group)->ColumnChunk(0)->GetColumnIndexLocation().value();
  };
  ASSERT_EQ(place(0).length, place(1).length);
  const std::string first = Zigzag(place(0).offset);
  const std::string second = Zigzag(place(1).offset);
  ASSERT_EQ(first.size(), second.size());
  const auto bytes = MetadataBytes(AsBytes(part.bytes), part.summary.file_bytes).value();
  const std::size_t at =
      part.bytes.find(first, part.bytes.size() - static_cast<std::size_t>(bytes));
  ASSERT_NE(at, part.bytes.npos);
  part.bytes.replace(at, first.size(), second);
  EXPECT_TRUE(ParseFooter(part).Is(Code::kCorruption));
}

TEST(DamageTest, TailsOfEveryLengthAreTakenOrRefused) {
  const Part part = MakePart();
  const auto needed = static_cast<std::size_t>(part.summary.footer_bytes);
  for (std::size_t length = 0; length <= part.bytes.size(); ++length) {
    const auto footer = Footer::Parse(part.bytes.substr(part.bytes.size() - length),
                                      static_cast<std::int64_t>(part.bytes.size()));
    EXPECT_EQ(footer.ok(), length >= needed) << length;
    if (!footer.ok()) {
      EXPECT_EQ(footer.code(), Code::kCorruption);
    }
  }
}

TEST(DamageTest, AFileOfAnotherLengthIsRefused) {
  const Part part = MakePart();
  const auto size = static_cast<std::int64_t>(part.bytes.size());
  for (const std::int64_t wrong :
       {std::int64_t{0}, std::int64_t{7}, size - 1, size + 1, 2 * size}) {
    EXPECT_TRUE(Footer::Parse(part.bytes, wrong).Is(Code::kCorruption)) << wrong;
  }
  const auto back = ReadPart(OpContext(), Reader(part.bytes), size + 100, {}, {});
  EXPECT_EQ(back.code(), Code::kCorruption);
}

TEST(DamageTest, LengthsOfTheMetadataAreNotBelieved) {
  const Part part = MakePart();
  for (const std::uint32_t length : {0U, 1U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    Part damaged = part;
    std::memcpy(damaged.bytes.data() + damaged.bytes.size() - 8, &length, sizeof length);
    EXPECT_TRUE(ParseFooter(damaged).Is(Code::kCorruption));
    EXPECT_TRUE(ReadPart(OpContext(), Reader(damaged.bytes), part.summary.file_bytes, {}, {})
                    .Is(Code::kCorruption));
  }
}

TEST(DamageTest, ARowGroupOfAnotherLengthIsRefused) {
  const Part part = MakePart();
  const auto footer = ParseFooter(part).value();
  const RowGroupSpan span = footer->row_group(0);
  const std::string bytes = part.bytes.substr(static_cast<std::size_t>(span.offset),
                                              static_cast<std::size_t>(span.length));
  EXPECT_TRUE(footer->ReadRows(span, bytes.substr(1), IdOf(0)).Is(Code::kCorruption));
  EXPECT_TRUE(footer->ReadRows(span, "", IdOf(0)).Is(Code::kCorruption));
  EXPECT_TRUE(footer->ReadRows(span, bytes + "x", IdOf(0)).Is(Code::kCorruption));
}

TEST(DamageTest, ReadsThatComeShortAreCorruption) {
  const Part part = MakePart();
  const ReadRange shorter = [&](std::int64_t offset, std::int64_t length) {
    return Reader(part.bytes)(offset, length - 1);
  };
  EXPECT_TRUE(
      ReadPart(OpContext(), shorter, part.summary.file_bytes, {}, {}).Is(Code::kCorruption));
}

TEST(DamageTest, TheReadersErrorIsPassedOn) {
  const Part part = MakePart();
  const ReadRange gone = [](std::int64_t, std::int64_t) -> Result<std::string> {
    return Status(Code::kUnavailable, "the bucket is gone");
  };
  EXPECT_TRUE(ReadPart(OpContext(), gone, part.summary.file_bytes, {}, {}).Is(Code::kUnavailable));
  const auto footer = ParseFooter(part).value();
  const auto take = [](const std::string&) { return Status::Ok(); };
  EXPECT_TRUE(ReadIds(OpContext(), gone, *footer, take).Is(Code::kUnavailable));
  const ReadRange empty = [](std::int64_t, std::int64_t) { return std::string(); };
  EXPECT_TRUE(ReadIds(OpContext(), empty, *footer, take).Is(Code::kCorruption));
}

TEST(DamageTest, AStoppedReadIsCancelled) {
  const Part part = MakePart();
  std::stop_source stop;
  stop.request_stop();
  const OpContext ctx(SystemClock(), stop.get_token());
  EXPECT_TRUE(
      ReadPart(ctx, Reader(part.bytes), part.summary.file_bytes, {}, {}).Is(Code::kCancelled));
}

TEST(DamageTest, StreamsWithFlippedBitsNeverCrash) {
  CopyStream stream;
  for (int i = 0; i < 5; ++i) {
    stream.Add({Text(IdOf(i)), Big(std::int32_t{i}), testing::Numeric({7}, 0, 0, 2)});
  }
  const auto schema = MakeSchema({MakeColumn("id", 25), MakeColumn("n", 23),
                                  MakeColumn("d", 1700, testing::NumericTypmod(10, 2))});
  const std::string good = stream.End().bytes();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = good;
      bytes[at] ^= static_cast<char>(1 << bit);
      static_cast<void>(WritePart(schema, bytes));
    }
  }
}

}  // namespace
}  // namespace pgattic::columnar
