// The reader of single rows beside Arrow's, which reads whole parts.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "columnar/part_reader.h"
#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using testing::Big;
using testing::Field;
using testing::MakeColumn;
using testing::Text;

constexpr int kRows = 700;

std::string IdOf(int row) { return "id" + std::to_string(10'000 + row); }

model::TableSchema AllShapes() {
  return testing::MakeSchema(
      {MakeColumn("id", 25, -1, false), MakeColumn("flag", 16), MakeColumn("small", 21),
       MakeColumn("big", 20), MakeColumn("single", 700), MakeColumn("double", 701),
       MakeColumn("amount", 1700, testing::NumericTypmod(12, 2)), MakeColumn("at", 1184),
       MakeColumn("document", 3802), MakeColumn("raw", 17), MakeColumn("never", 25),
       MakeColumn("always", 23, -1, false), MakeColumn("truth", 16, -1, false)});
}

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::vector<Field> Row(int row) {
    const auto number = static_cast<std::int32_t>(random_());
    return {Text(IdOf(row)),
            Perhaps(Field(std::string(1, number % 2 == 0 ? '\1' : '\0'))),
            Perhaps(Big(static_cast<std::int16_t>(number))),
            Perhaps(Big(std::int64_t{number} * 1'000'003)),
            Perhaps(Big(std::int32_t{0x40490FDB})),
            Perhaps(Big(std::int64_t{0x400921FB54442D18} + row)),
            Perhaps(testing::Numeric({static_cast<std::uint16_t>(random_() % 9999 + 1)}, 0, 0, 2)),
            Perhaps(Big(std::int64_t{757'382'400'000'000} + row)),
            Perhaps(testing::Jsonb("{\"n\": \"" + std::string(random_() % 400, 'x') + "\"}")),
            Perhaps(Field(std::string(random_() % 9, '\x7f'))),
            Field(),
            Big(number),
            Field(std::string(1, row % 3 == 0 ? '\1' : '\0'))};
  }

 private:
  // NULLs in short and in long runs, so that levels are packed and repeated.
  Field Perhaps(Field field) {
    if (run_-- == 0) {
      run_ = static_cast<int>(random_() % 2 == 0 ? random_() % 4 : random_() % 100);
      is_null_ = !is_null_;
    }
    return is_null_ ? Field() : std::move(field);
  }

  std::mt19937 random_;
  int run_ = 0;
  bool is_null_ = false;
};

std::vector<Row> RowsByArrow(const testing::Part& part) {
  std::vector<Row> rows;
  const auto keep = [&](const RowView& view) -> Status {
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < view.schema().columns.size(); ++i) {
      PGATTIC_ASSIGN_OR_RETURN(row.emplace_back(), view.Text(i));
    }
    return Status::Ok();
  };
  const auto read = ReadPartRows(OpContext(), testing::Reader(part.bytes),
                                 static_cast<std::int64_t>(part.bytes.size()), keep);
  EXPECT_TRUE(read.ok()) << read.error().ToString();
  return rows;
}

TEST(PointColumn, ReadsEachRowAsArrowDoes) {
  for (const PartWriterOptions& options :
       {PartWriterOptions{}, PartWriterOptions{.row_group_bytes = 20'000, .page_bytes = 1 << 10},
        PartWriterOptions{.row_group_bytes = 20'000, .page_rows = 7},
        PartWriterOptions{.page_bytes = 64 << 10, .block_bytes = 1340}}) {
    Maker maker(static_cast<unsigned>(options.page_bytes));
    testing::CopyStream stream;
    for (int row = 0; row < kRows; ++row) stream.Add(maker.Row(row));
    const auto part = testing::WritePart(AllShapes(), stream.End().bytes(), options);
    ASSERT_TRUE(part.ok()) << part.error().ToString();
    const std::vector<Row> rows = RowsByArrow(*part);
    ASSERT_EQ(rows.size(), kRows);
    const auto footer = testing::ParseFooter(*part).value();
    for (int row = 0; row < kRows; ++row) {
      const auto found = testing::FindRows(*footer, part->bytes, IdOf(row));
      ASSERT_TRUE(found.ok()) << found.error().ToString();
      ASSERT_EQ(found->size(), 1U);
      EXPECT_EQ(found->front(), rows[static_cast<std::size_t>(row)]);
    }
  }
}

// Rows of one id in many pages, NULLs among them.
TEST(PointColumn, ReadsAllRowsOfAnIdAsArrowDoes) {
  constexpr int kRowsOfAnId = 20;
  for (const std::int64_t page_rows : {7, 64}) {
    Maker maker(11);
    testing::CopyStream stream;
    for (int row = 0; row < kRows; ++row) {
      std::vector<Field> fields = maker.Row(row);
      fields[0] = Text(IdOf(row / kRowsOfAnId));
      stream.Add(std::move(fields));
    }
    const auto part =
        testing::WritePart(AllShapes(), stream.End().bytes(), {.page_rows = page_rows});
    ASSERT_TRUE(part.ok()) << part.error().ToString();
    const std::vector<Row> rows = RowsByArrow(*part);
    const auto footer = testing::ParseFooter(*part).value();
    for (int id = 0; id < kRows / kRowsOfAnId; ++id) {
      const auto found = testing::FindRows(*footer, part->bytes, IdOf(id));
      ASSERT_TRUE(found.ok()) << found.error().ToString();
      const auto first = rows.begin() + std::ptrdiff_t{id} * kRowsOfAnId;
      EXPECT_EQ(*found, std::vector<Row>(first, first + kRowsOfAnId));
    }
  }
}

}  // namespace
}  // namespace pgattic::columnar
