// A part without some of its rows.
#include "columnar/part_rewriter.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using testing::Big;
using testing::CopyStream;
using testing::FindRows;
using testing::MakeColumn;
using testing::MakeSchema;
using testing::MemorySink;
using testing::ParseFooter;
using testing::Part;
using testing::Reader;
using testing::Text;
using testing::WritePart;

std::string IdOf(int number) { return "id" + std::to_string(100'000 + number); }

model::TableSchema Schema() {
  return MakeSchema({MakeColumn("gid", 25, -1, false), MakeColumn("n", 20),
                     MakeColumn("d", 1700, testing::NumericTypmod(10, 2))});
}

/// Rows 0, 1, 2 … in order; every third has a NULL.
Part PartOf(const std::set<int>& rows) {
  CopyStream stream;
  for (const int i : rows) {
    stream.Add({Text(IdOf(i)), i % 3 == 0 ? testing::Field() : Big(std::int64_t{i}),
                testing::Numeric({7}, 0, 0, 2)});
  }
  return WritePart(Schema(), stream.End().bytes()).value();
}

std::set<int> UpTo(int count) {
  std::set<int> rows;
  for (int i = 0; i < count; ++i) rows.insert(i);
  return rows;
}

class Rewriting : public ::testing::Test {
 protected:
  Result<Rewritten> Rewrite(const Part& part, const std::set<std::string>& ids) {
    sink_.content.clear();
    const auto footer = ParseFooter(part).value();
    const ReadRange read = Reader(part.bytes);
    return RewritePart(
        OpContext(), {read, part.summary.file_bytes, *footer},
        [&](const std::string& id) { return ids.contains(id); },
        {{}, {{"pgattic.generation", "2"}}}, sink_);
  }
  Part Written(const Rewritten& done) const { return {sink_.content, done.written}; }

  MemorySink sink_;
};

TEST_F(Rewriting, LeavesOutTheRowsNamedAndKeepsAllOthers) {
  const Part part = PartOf(UpTo(5000));
  const auto done = Rewrite(part, {IdOf(0), IdOf(2500), IdOf(4999), "not there"});
  ASSERT_TRUE(done.ok()) << done.error().ToString();
  EXPECT_EQ(done->left_out.rows, 3);
  std::set<int> rest = UpTo(5000);
  for (const int i : {0, 2500, 4999}) rest.erase(i);
  const Part expected = PartOf(rest);
  EXPECT_EQ(done->written.digest, expected.summary.digest);
  EXPECT_EQ(done->written.raw_bytes, expected.summary.raw_bytes);
  EXPECT_EQ(done->written.min_id, IdOf(1));
  EXPECT_EQ(done->written.max_id, IdOf(4998));
  EXPECT_EQ(done->former.digest, part.summary.digest);
  EXPECT_EQ(sink_.content.find(IdOf(2500)), std::string::npos);
  const Part written = Written(*done);
  const auto footer = ParseFooter(written).value();
  EXPECT_TRUE(FindRows(*footer, written.bytes, IdOf(2500))->empty());
  EXPECT_EQ(FindRows(*footer, written.bytes, IdOf(2501))->size(), 1U);
  EXPECT_EQ(footer->file_metadata().at("pgattic.generation"), "2");
  EXPECT_EQ(footer->file_metadata().at("pgattic.test"), "yes");
  EXPECT_EQ(footer->schema().columns, Schema().columns);
}

TEST_F(Rewriting, OfAllRowsLeavesAPartWithoutRows) {
  const Part part = PartOf({1, 2});
  const auto done = Rewrite(part, {IdOf(1), IdOf(2)});
  ASSERT_TRUE(done.ok()) << done.error().ToString();
  EXPECT_EQ(done->written.digest, RowDigest());
  const Part written = Written(*done);
  const auto back = ReadPart(OpContext(), Reader(written.bytes), written.summary.file_bytes, {},
                             [](const Row&) { return Status::Ok(); });
  ASSERT_TRUE(back.ok()) << back.error().ToString();
  EXPECT_EQ(back->digest.rows, 0);
}

TEST_F(Rewriting, OfADamagedPartIsAnError) {
  Part part = PartOf(UpTo(2000));
  part.bytes[part.bytes.size() / 3] ^= 1;
  EXPECT_TRUE(Rewrite(part, {IdOf(7)}).Is(Code::kCorruption));
}

}  // namespace
}  // namespace pgattic::columnar
