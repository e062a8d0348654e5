#include "columnar/part_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "columnar/page_format.h"
#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using testing::Big;
using testing::CopyStream;
using testing::Field;
using testing::MakeColumn;
using testing::MakeSchema;
using testing::MemorySink;
using testing::Text;
using testing::WritePart;

model::TableSchema Schema() {
  return MakeSchema(
      {MakeColumn("id", 25), MakeColumn("day", 1082), MakeColumn("must", 23, -1, false)});
}

Field Day(std::int32_t days) { return Big(days); }
Field Must() { return Big(std::int32_t{1}); }

Error WriteError(const CopyStream& stream) {
  const auto part = WritePart(Schema(), stream.bytes());
  EXPECT_FALSE(part.ok());
  return part.ok() ? Error{} : part.error();
}

TEST(PartWriterTest, NamesTheColumnThatHasToTravelAsText) {
  CopyStream stream;
  stream.Add({Text("a"), Day(std::numeric_limits<std::int32_t>::max()), Must()}).End();
  const Error error = WriteError(stream);
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_EQ(error.origin.system, "column");
  EXPECT_EQ(error.origin.code, "day");
}

TEST(PartWriterTest, RefusesAnIdThatIsNull) {
  const Error error = WriteError(CopyStream().Add({Field(), Day(0), Must()}).End());
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_EQ(error.origin.code, "id");
}

TEST(PartWriterTest, RefusesRowsThatAreNotSorted) {
  CopyStream stream;
  stream.Add({Text("b"), Day(0), Must()}).Add({Text("B"), Day(0), Must()}).End();
  EXPECT_EQ(WriteError(stream).code, Code::kFailedPrecondition);
}

TEST(PartWriterTest, TakesAnyOrderAndNullIdsWhereItIsToldTo) {
  MemorySink sink;
  PartWriterOptions options;
  options.is_sorted = false;
  model::TableSchema schema = Schema();
  schema.columns[0].nullable = true;
  auto writer = PartWriter::Make(schema, options, {}, sink);
  ASSERT_TRUE(writer.ok());
  CopyStream stream;
  stream.Add({Text("b"), Day(0), Must()}).Add({Field(), Day(0), Must()});
  stream.Add({Text("a"), Day(0), Must()}).End();
  const Status appended = (*writer)->Append(AsBytes(stream.bytes()));
  ASSERT_TRUE(appended.ok()) << appended.ToString();
  const auto summary = (*writer)->Finish();
  ASSERT_TRUE(summary.ok()) << summary.status().ToString();
  EXPECT_EQ(summary->digest.rows, 3);
  EXPECT_EQ(summary->max_id, "");
}

TEST(PartWriterTest, SortsTextByItsBytes) {
  CopyStream stream;
  for (const char* id : {"A", "B", "a", "a", "ä"}) stream.Add({Text(id), Day(0), Must()});
  const auto part = WritePart(Schema(), stream.End().bytes());
  ASSERT_TRUE(part.ok()) << part.error().ToString();
  EXPECT_EQ(part->summary.max_id, "ä");
}

TEST(PartWriterTest, RefusesANullThatTheTableForbids) {
  EXPECT_EQ(WriteError(CopyStream().Add({Text("a"), Day(0), Field()}).End()).code,
            Code::kCorruption);
}

TEST(PartWriterTest, RefusesFieldsOfAnotherType) {
  EXPECT_EQ(WriteError(CopyStream().Add({Text("a"), Text("day"), Must()}).End()).code,
            Code::kCorruption);
}

TEST(PartWriterTest, RefusesTextOfAnotherEncoding) {
  EXPECT_EQ(WriteError(CopyStream().Add({Text("a\xff"), Day(0), Must()}).End()).code,
            Code::kFailedPrecondition);
}

TEST(PartWriterTest, RefusesAFingerprintThatIsNotThere) {
  for (const Field& fingerprint : {Field(), Text("1")}) {
    CopyStream stream;
    stream.AddRaw({Text("a"), Day(0), Must(), fingerprint}).End();
    EXPECT_EQ(WriteError(stream).code, Code::kCorruption);
  }
}

TEST(PartWriterTest, RefusesAStreamWithoutItsTrailer) {
  EXPECT_EQ(WriteError(CopyStream().Add({Text("a"), Day(0), Must()})).code, Code::kCorruption);
}

TEST(PartWriterTest, AddsFingerprintsExactly) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  CopyStream up;
  CopyStream down;
  for (int i = 0; i < 10; ++i) {
    up.Add({Text("a"), Day(0), Must()}, kMost);
    down.Add({Text("a"), Day(0), Must()}, kLeast);
  }
  EXPECT_EQ(WritePart(Schema(), up.End().bytes())->summary.fingerprint_sum, "92233720368547758070");
  EXPECT_EQ(WritePart(Schema(), down.End().bytes())->summary.fingerprint_sum,
            "-92233720368547758080");
}

TEST(PartWriterTest, LeavesTheFingerprintOutOfTheDigest) {
  const auto one =
      WritePart(Schema(), CopyStream().Add({Text("a"), Day(0), Must()}, 1).End().bytes());
  const auto two =
      WritePart(Schema(), CopyStream().Add({Text("a"), Day(0), Must()}, 2).End().bytes());
  const auto other =
      WritePart(Schema(), CopyStream().Add({Text("a"), Day(1), Must()}, 1).End().bytes());
  ASSERT_TRUE(one.ok() && two.ok() && other.ok());
  EXPECT_EQ(one->summary.digest, two->summary.digest);
  EXPECT_FALSE(one->summary.digest == other->summary.digest);
  std::string canonical;
  AppendField(AsBytes("a"), canonical);
  AppendField(std::int32_t{0}, canonical);
  AppendField(std::int32_t{1}, canonical);
  RowDigest expected;
  expected.AddRow(AsBytes(canonical));
  EXPECT_EQ(one->summary.digest, expected);
  EXPECT_EQ(one->summary.raw_bytes, std::ssize(canonical) + 2);
}

TEST(PartWriterTest, PassesTheSinksErrorOn) {
  MemorySink sink;
  auto writer = PartWriter::Make(Schema(), {}, {}, sink);
  ASSERT_TRUE(writer.ok());
  const CopyStream stream = CopyStream().Add({Text("a"), Day(0), Must()}).End();
  ASSERT_TRUE((*writer)->Append(AsBytes(stream.bytes())).ok());
  EXPECT_EQ((*writer)->rows(), 1);
  sink.error = Status(Code::kUnavailable, "the bucket is gone");
  EXPECT_EQ((*writer)->Finish().code(), Code::kUnavailable);
  EXPECT_EQ((*writer)->Finish().code(), Code::kFailedPrecondition);
}

TEST(PartWriterTest, WritesNothingMoreWhenItIsGivenUp) {
  MemorySink sink;
  auto writer = PartWriter::Make(Schema(), {}, {}, sink);
  ASSERT_TRUE(writer.ok());
  const CopyStream stream = CopyStream().Add({Text("a"), Day(0), Must()}).End();
  ASSERT_TRUE((*writer)->Append(AsBytes(stream.bytes())).ok());
  const std::size_t before = sink.content.size();
  writer->reset();
  EXPECT_EQ(sink.content.size(), before);
}

TEST(PartWriterTest, TakesNothingAfterAnError) {
  MemorySink sink;
  auto writer = PartWriter::Make(Schema(), {}, {}, sink);
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ((*writer)->Append(AsBytes("not a COPY stream at all")).code(), Code::kCorruption);
  EXPECT_EQ((*writer)->Append(AsBytes("x")).code(), Code::kFailedPrecondition);
  EXPECT_EQ((*writer)->Finish().code(), Code::kFailedPrecondition);
}

TEST(PartWriterTest, RefusesSchemasThatCannotBeWritten) {
  MemorySink sink;
  const auto refused = [&](const model::TableSchema& schema) {
    return PartWriter::Make(schema, {}, {}, sink).Is(Code::kInvalidArgument);
  };
  EXPECT_TRUE(refused(MakeSchema({})));
  EXPECT_TRUE(refused(MakeSchema({MakeColumn("a", 25)}, 1)));
  EXPECT_TRUE(refused(MakeSchema({MakeColumn("a", 25), MakeColumn("a", 23)})));
  EXPECT_TRUE(refused(MakeSchema({MakeColumn("a", 701)})));
  model::Column numeric = MakeColumn("n", 1700);
  numeric.transport = model::Transport::kDecimal;
  EXPECT_TRUE(refused(MakeSchema({MakeColumn("a", 25), numeric})));
}

/// Blocks of a zstd frame of known size without a dictionary (RFC 8878, 3.1.1).
int BlocksOf(ByteView frame) {
  const std::array<std::size_t, 4> content_size_bytes = {1, 2, 4, 8};
  const std::uint8_t descriptor = frame[4];
  const bool is_single_segment = (descriptor & 0x20U) != 0;
  std::size_t at = 5 + (is_single_segment ? 0 : 1) + content_size_bytes.at(descriptor >> 6U);
  int blocks = 0;
  for (bool is_last = false; !is_last && at + 3 <= frame.size(); ++blocks) {
    const std::uint32_t head = std::uint32_t{frame[at]} | std::uint32_t{frame[at + 1]} << 8U |
                               std::uint32_t{frame[at + 2]} << 16U;
    const bool is_repeated_byte = ((head >> 1U) & 3U) == 1;
    is_last = (head & 1U) != 0;
    at += 3 + (is_repeated_byte ? 1 : head >> 3U);
  }
  return blocks;
}

// Of what a page has to be decompressed up to a row.
TEST(PartWriterTest, CutsPagesIntoSmallBlocks) {
  const auto schema = MakeSchema({MakeColumn("id", 25, -1, false)});
  CopyStream stream;
  for (int i = 0; i < 4000; ++i) {
    std::string id = std::to_string(100'000 + i);
    for (const std::int64_t prime : {104'729, 1'299'709, 15'485'863}) {
      id += "-" + std::to_string((i + 1) * prime * 7919);
    }
    stream.Add({Text(id)});
  }
  const auto blocks = [&](int block_bytes) {
    PartWriterOptions options;
    options.block_bytes = block_bytes;
    const std::string part = WritePart(schema, stream.bytes(), options).value().bytes;
    const auto header = ParsePageHeader(AsBytes(part).subspan(4)).value();
    return BlocksOf(AsBytes(part).subspan(4 + header.header_bytes, header.frame_bytes));
  };
  stream.End();
  EXPECT_EQ(blocks(0), 1);
  EXPECT_GE(blocks(PartWriterOptions().block_bytes), 3);
  EXPECT_GT(blocks(1340), blocks(PartWriterOptions().block_bytes));
}

}  // namespace
}  // namespace pgattic::columnar
