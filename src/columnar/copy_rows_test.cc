#include "columnar/copy_rows.h"

#include <gtest/gtest.h>

#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using testing::Big;
using testing::CopyStream;
using testing::MakeColumn;
using testing::MakeSchema;
using testing::Text;

constexpr std::uint32_t kInt4 = 23;
constexpr std::uint32_t kText = 25;
constexpr std::uint32_t kFloat8 = 701;
constexpr std::uint32_t kMoney = 790;
constexpr std::uint32_t kVarchar = 1043;
constexpr std::uint32_t kUuid = 2950;

LoadTarget TargetOf(const model::TableSchema& schema) {
  LoadTarget target;
  target.loaded = schema.columns;
  for (const model::Column& column : schema.columns) target.compared.push_back(column.name);
  return target;
}

/// What COPY would be given for the rows of a part, and their digest.
struct Loaded {
  std::string data;
  RowDigest digest;
};

Loaded Load(const testing::Part& part, const LoadTarget& target) {
  const auto footer = testing::ParseFooter(part);
  EXPECT_TRUE(footer.ok());
  CopyRows rows((*footer)->schema(), target);
  Loaded loaded;
  rows.Begin(loaded.data);
  const auto back = ReadPartRows(OpContext(), testing::Reader(part.bytes), part.summary.file_bytes,
                                 [&](const RowView& row) { return rows.Append(row, loaded.data); });
  EXPECT_TRUE(back.ok()) << (back.ok() ? "" : back.error().ToString());
  rows.End(loaded.data);
  loaded.digest = rows.digest();
  return loaded;
}

TEST(CopyRows, BinaryIsTheVeryStreamThatWasExported) {
  const auto schema = MakeSchema({MakeColumn("id", kText), MakeColumn("v", kInt4)});
  CopyStream stream;
  CopyStream without_hash;
  for (const char* id : {"a", "b"}) {
    stream.Add({Text(id), Big(std::int32_t{7})});
    without_hash.AddRaw({Text(id), Big(std::int32_t{7})});
  }
  stream.Add({Text("c"), std::nullopt}).End();
  without_hash.AddRaw({Text("c"), std::nullopt}).End();
  const auto part = testing::WritePart(schema, stream.bytes());
  ASSERT_TRUE(part.ok());
  const Loaded loaded = Load(*part, TargetOf(schema));
  EXPECT_EQ(loaded.data, without_hash.bytes());
  EXPECT_EQ(loaded.digest, part->summary.digest);
}

TEST(CopyRows, WhereAColumnIsTextAllTravelAsEscapedText) {
  const auto schema = MakeSchema({MakeColumn("id", kText), MakeColumn("u", kUuid),
                                  MakeColumn("m", kMoney), MakeColumn("f", kFloat8)});
  CopyStream stream;
  stream.Add({Text("a\t\\N"), Text("uuid"), Big(std::int64_t{-5}), Big(0x7ff8'0000'0000'0001)});
  stream.Add({Text("b\n"), std::nullopt, Big(std::int64_t{123456}), Big(std::int64_t{0})}).End();
  const auto part = testing::WritePart(schema, stream.bytes());
  ASSERT_TRUE(part.ok());
  const Loaded loaded = Load(*part, TargetOf(schema));
  EXPECT_EQ(loaded.data, "a\\t\\\\N\tuuid\t-0.05\tNaN\nb\\n\t\\N\t1234.56\t0\n");
  // PostgreSQL reads NaN as one of no payload.
  RowDigest expected;
  for (const bool first : {true, false}) {
    std::string row;
    AppendField(AsBytes(first ? "a\t\\N" : "b\n"), row);
    first ? AppendField(AsBytes("uuid"), row) : AppendNullField(row);
    AppendField(first ? std::int64_t{-5} : std::int64_t{123456}, row);
    AppendField(first ? std::int64_t{0x7ff8'0000'0000'0000} : std::int64_t{0}, row);
    expected.AddRow(AsBytes(row));
  }
  EXPECT_EQ(loaded.digest, expected);
}

TEST(CopyRows, ComputedColumnsAreLeftOutAndOnlyComparedOnesDigested) {
  const auto schema =
      MakeSchema({MakeColumn("id", kText), MakeColumn("sum", kInt4), MakeColumn("v", kInt4)});
  CopyStream stream;
  stream.Add({Text("a"), Big(std::int32_t{1}), Big(std::int32_t{2})}).End();
  const auto part = testing::WritePart(schema, stream.bytes());
  ASSERT_TRUE(part.ok());
  LoadTarget target;
  target.loaded = {schema.columns[2], schema.columns[0]};
  target.computed = {"sum"};
  target.compared = {"id"};
  ASSERT_TRUE(CheckLoadable(schema, target).ok());
  const Loaded loaded = Load(*part, target);
  EXPECT_EQ(loaded.data, CopyStream().AddRaw({Big(std::int32_t{2}), Text("a")}).End().bytes());
  std::string row;
  AppendField(AsBytes("a"), row);
  RowDigest expected;
  expected.AddRow(AsBytes(row));
  EXPECT_EQ(loaded.digest, expected);
}

TEST(CopyRows, AColumnThatIsGoneOrOfAnotherTypeIsRefused) {
  const auto schema = MakeSchema({MakeColumn("id", kText), MakeColumn("v", kInt4)});
  LoadTarget target = TargetOf(schema);
  target.loaded.pop_back();
  EXPECT_EQ(CheckLoadable(schema, target).code(), Code::kFailedPrecondition);
  target.loaded.push_back(MakeColumn("v", 20));
  EXPECT_EQ(CheckLoadable(schema, target).error().origin.code, "v");
  target.loaded.back() = schema.columns[1];
  target.loaded.front() = MakeColumn("id", kVarchar, 14);
  EXPECT_TRUE(CheckLoadable(schema, target).ok());
}

TEST(TableDigest, TakesColumnsAndTupleHashesApart) {
  CopyStream stream;
  stream.Add({Text("a"), std::nullopt}, 5).Add({Text("b"), Text("x")}, -7).End();
  TableDigest digest(2);
  ASSERT_TRUE(digest.Append(AsBytes(stream.bytes())).ok());
  ASSERT_TRUE(digest.Finish().ok());
  EXPECT_EQ(digest.fingerprint_sum(), "-2");
  EXPECT_EQ(digest.digest().rows, 2);
  TableDigest narrow(1);
  EXPECT_EQ(narrow.Append(AsBytes(stream.bytes())).code(), Code::kCorruption);
}

}  // namespace
}  // namespace pgattic::columnar
