#include "columnar/narrow_writer.h"

#include <gtest/gtest.h>

#include "columnar/part_reader.h"
#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using testing::Big;
using testing::CopyStream;
using testing::MakeColumn;
using testing::MakeSchema;
using testing::Reader;
using testing::Text;
using testing::WritePart;

constexpr std::uint32_t kInt4 = 23;
constexpr std::uint32_t kInt8 = 20;
constexpr std::uint32_t kText = 25;

/// The id in the midst of others, of which some are wide.
model::TableSchema Schema() {
  return MakeSchema(
      {MakeColumn("body", kText), MakeColumn("score", kInt4), MakeColumn("id", kText, -1, false),
       MakeColumn("at", kInt8), MakeColumn("note", kText)},
      2);
}

std::string Id(int row) {
  std::string text = std::to_string(row);
  return "id" + std::string(8 - text.size(), '0') + text;
}

/// `body` bytes a row that do not compress to nothing.
CopyStream Rows(int rows, int body) {
  CopyStream stream;
  for (int row = 0; row < rows; ++row) {
    std::string text;
    for (std::uint32_t word = static_cast<std::uint32_t>(row) + 1; std::ssize(text) < body;) {
      word = word * 1664525U + 1013904223U;
      text += static_cast<char>('a' + word % 26);
    }
    stream.Add({Text(text), row % 3 == 0 ? testing::Field() : Big(std::int32_t{row}), Text(Id(row)),
                Big(std::int64_t{row} * 7), row % 2 == 0 ? testing::Field() : Text("n")});
  }
  return std::move(stream.End());
}

/// What is made of a part while it is read.
Result<std::optional<NarrowFile>> NarrowOf(const testing::Part& part) {
  NarrowWriter writer(part.summary.file_bytes, "hash");
  PGATTIC_ASSIGN_OR_RETURN(const ReadBack back,
                           ReadPartRows(OpContext(), Reader(part.bytes), part.summary.file_bytes,
                                        [&](const RowView& row) { return writer.Add(row); }));
  EXPECT_EQ(back.digest, part.summary.digest);
  return writer.Finish();
}

using Columns = std::vector<std::size_t>;

TEST(NarrowColumns, AreTheIdThoseOfFixedWidthAndSmallOnes) {
  // body, score, id, at, note; a thirty-second of the first is 31 or 32.
  EXPECT_EQ(NarrowColumns(Schema(), {900, 9, 10, 10, 3}), (Columns{1, 2, 3}));
  EXPECT_EQ(NarrowColumns(Schema(), {990, 9, 10, 10, 3}), (Columns{1, 2, 3}));
  EXPECT_EQ(NarrowColumns(Schema(), {993, 9, 10, 10, 3}), (Columns{1, 2, 3, 4}));
  EXPECT_EQ(NarrowColumns(Schema(), {3, 9, 10, 10, 993}), (Columns{0, 1, 2, 3}));
  EXPECT_EQ(NarrowColumns(Schema(), {1000, 500, 10, 10, 0}), (Columns{1, 2, 3}))
      << "those of fixed width whatever they take";
}

TEST(NarrowColumns, AreNoneWhereTheyWouldBeAllOrTheIdAlone) {
  const auto plain = MakeSchema({MakeColumn("id", kInt8), MakeColumn("n", kInt4)});
  EXPECT_EQ(NarrowColumns(plain, {10, 10}), Columns());
  const auto texts = MakeSchema({MakeColumn("id", kText), MakeColumn("b", kText)});
  EXPECT_EQ(NarrowColumns(texts, {10, 1000}), Columns());
  EXPECT_EQ(NarrowColumns(Schema(), {0, 0, 0, 0, 0}), Columns());
}

TEST(NarrowWriter, HasTheRowsOfThePartInTheirOrder) {
  const auto part = WritePart(Schema(), Rows(3000, 900).bytes());
  ASSERT_TRUE(part.ok()) << part.status().ToString();
  const auto narrow = NarrowOf(*part);
  ASSERT_TRUE(narrow.ok()) << narrow.status().ToString();
  ASSERT_TRUE(narrow->has_value());
  EXPECT_EQ((*narrow)->columns, (std::vector<std::string>{"score", "id", "at", "note"}));
  EXPECT_LE(std::ssize((*narrow)->bytes) * NarrowWriter::kPartOfPart, part->summary.file_bytes);
  int row = 0;
  const auto size = std::ssize((*narrow)->bytes);
  const auto back =
      ReadPartRows(OpContext(), Reader((*narrow)->bytes), size, [&](const RowView& view) {
        EXPECT_EQ(view.id(), Id(row));
        EXPECT_EQ(*view.Text(0),
                  row % 3 == 0 ? std::optional<std::string>() : std::optional(std::to_string(row)));
        EXPECT_EQ(*view.Text(2), std::to_string(row * 7));
        ++row;
        return Status::Ok();
      });
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  EXPECT_EQ(row, 3000);
  const auto footer = Footer::Parse((*narrow)->bytes, size);
  ASSERT_TRUE(footer.ok());
  EXPECT_EQ((*footer)->row_group_count(), 1);
  EXPECT_EQ((*footer)->file_metadata().at("pgattic.part_sha256"), "hash");
}

TEST(NarrowWriter, SaysTheSameEachTime) {
  const auto part = WritePart(Schema(), Rows(700, 900).bytes());
  ASSERT_TRUE(part.ok());
  const auto one = NarrowOf(*part);
  const auto other = NarrowOf(*part);
  ASSERT_TRUE(one.ok() && other.ok() && one->has_value() && other->has_value());
  EXPECT_EQ((*one)->bytes, (*other)->bytes);
}

TEST(NarrowWriter, MakesNoFileThatIsNotWorthItsPlace) {
  for (const int body : {0, 20}) {
    const auto part = WritePart(Schema(), Rows(1000, body).bytes());
    ASSERT_TRUE(part.ok());
    const auto narrow = NarrowOf(*part);
    ASSERT_TRUE(narrow.ok()) << narrow.status().ToString();
    EXPECT_FALSE(narrow->has_value()) << body;
  }
}

TEST(NarrowWriter, GivesUpWhatGrowsTooLarge) {
  // Large enough a part would allow it by its share alone.
  NarrowWriter writer(std::int64_t{1} << 40, "hash");
  const auto schema = MakeSchema(
      {MakeColumn("id", kText, -1, false), MakeColumn("score", kInt4), MakeColumn("body", kText)});
  CopyStream stream;
  std::uint32_t word = 1;
  for (int row = 0; row < 120; ++row) {
    std::string id = Id(row);
    while (id.size() < 100'000) {
      word = word * 1664525U + 1013904223U;
      id += static_cast<char>('!' + (word >> 24) % 90);
    }
    stream.Add({Text(id), Big(std::int32_t{row}), Text("b")});
  }
  const auto part = WritePart(schema, stream.End().bytes());
  ASSERT_TRUE(part.ok()) << part.status().ToString();
  const auto back = ReadPartRows(OpContext(), Reader(part->bytes), part->summary.file_bytes,
                                 [&](const RowView& row) { return writer.Add(row); });
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  const auto narrow = writer.Finish();
  ASSERT_TRUE(narrow.ok());
  EXPECT_FALSE(narrow->has_value());
}

TEST(NarrowWriter, MakesNoneOfNoRows) {
  const auto part = WritePart(Schema(), Rows(0, 0).bytes());
  ASSERT_TRUE(part.ok());
  const auto narrow = NarrowOf(*part);
  ASSERT_TRUE(narrow.ok());
  EXPECT_FALSE(narrow->has_value());
}

}  // namespace
}  // namespace pgattic::columnar
