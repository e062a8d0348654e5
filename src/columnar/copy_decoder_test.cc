#include "columnar/copy_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using testing::CopyStream;
using testing::Field;
using testing::Text;

class Collector final : public TupleSink {
 public:
  Status OnTuple(const CopyTuple& tuple) override {
    std::vector<Field> row;
    std::string canonical;
    for (const CopyField& field : tuple.fields) {
      if (field.is_null()) {
        row.emplace_back();
        AppendNullField(canonical);
      } else {
        row.emplace_back(std::string(AsText(field.bytes())));
        AppendField(field.bytes(), canonical);
      }
    }
    EXPECT_EQ(AsText(tuple.bytes), canonical);
    rows.push_back(std::move(row));
    return rows.size() == fail_at ? Status(Code::kUnavailable, "told to") : Status::Ok();
  }
  std::vector<std::vector<Field>> rows;
  std::size_t fail_at = 0;
};

// Decodes `stream` in pieces of `piece` bytes.
Status Decode(std::string_view stream, std::size_t piece, Collector& rows, std::size_t fields = 3) {
  CopyDecoder decoder(fields, rows);
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    PGATTIC_RETURN_IF_ERROR(decoder.Append(AsBytes(stream.substr(at, piece))));
  }
  return decoder.Finish();
}

const std::vector<std::vector<Field>>& Rows() {
  static const std::vector<std::vector<Field>> rows{
      {Text("a"), Field(), Text("")},
      {Text(std::string(300, 'x')), Text("yy"), Field()},
      {Field(), Field(), Field()}};
  return rows;
}

std::string Stream() {
  CopyStream stream;
  for (const auto& row : Rows()) stream.AddRaw(row);
  return stream.End().bytes();
}

TEST(CopyDecoderTest, TakesPiecesOfEverySize) {
  const std::string stream = Stream();
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    Collector collector;
    const Status status = Decode(stream, piece, collector);
    ASSERT_TRUE(status.ok()) << piece << ": " << status.ToString();
    ASSERT_EQ(collector.rows, Rows()) << piece;
  }
}

TEST(CopyDecoderTest, TakesAStreamCutAtEveryByte) {
  const std::string stream = Stream();
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Collector collector;
    CopyDecoder decoder(3, collector);
    ASSERT_TRUE(decoder.Append(AsBytes(std::string_view(stream).substr(0, cut))).ok());
    EXPECT_EQ(decoder.Finish().ok(), cut == stream.size()) << cut;
    ASSERT_TRUE(decoder.Append(AsBytes(std::string_view(stream).substr(cut))).ok());
    EXPECT_TRUE(decoder.Finish().ok()) << cut;
    ASSERT_EQ(collector.rows, Rows()) << cut;
  }
}

TEST(CopyDecoderTest, SaysThatAStreamCutShortIsDamaged) {
  const std::string stream = Stream();
  for (std::size_t cut = 0; cut < stream.size(); ++cut) {
    Collector collector;
    EXPECT_TRUE(
        Decode(std::string_view(stream).substr(0, cut), 7, collector).Is(Code::kCorruption));
  }
}

TEST(CopyDecoderTest, PassesOverTheHeadersExtension) {
  std::string stream = Stream();
  const std::string extension = "an extension of the future";
  std::string length;
  AppendBig(static_cast<std::int32_t>(extension.size()), length);
  stream.replace(15, 4, length + extension);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{20}, stream.size()}) {
    Collector collector;
    ASSERT_TRUE(Decode(stream, piece, collector).ok());
    EXPECT_EQ(collector.rows, Rows());
  }
}

TEST(CopyDecoderTest, IgnoresFlagsThatAreNotCritical) {
  std::string stream = Stream();
  stream[14] = '\x05';
  Collector collector;
  EXPECT_TRUE(Decode(stream, 100, collector).ok());
}

TEST(CopyDecoderTest, RefusesDamage) {
  const std::string good = Stream();
  constexpr std::size_t kHeader = 19;
  struct Case {
    const char* what;
    std::size_t at;
    std::string bytes;
  };
  const std::vector<Case> cases{
      {"signature", 0, "X"},
      {"critical flag", 11, std::string("\x00\x01", 2)},
      {"negative extension", 15, "\xff\xff\xff\xff"},
      {"too few fields", kHeader, std::string("\x00\x02", 2)},
      {"negative count", kHeader, "\xff\xfe"},
      {"field length of -2", kHeader + 2, "\xff\xff\xff\xfe"},
      {"length past the end", kHeader + 2, "\x7f\xff\xff\xff"},
  };
  for (const Case& test : cases) {
    std::string stream = good;
    stream.replace(test.at, test.bytes.size(), test.bytes);
    for (const std::size_t piece : {std::size_t{1}, stream.size()}) {
      Collector collector;
      EXPECT_TRUE(Decode(stream, piece, collector).Is(Code::kCorruption)) << test.what;
    }
  }
}

TEST(CopyDecoderTest, RefusesBytesAfterTheTrailer) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
    Collector collector;
    EXPECT_TRUE(Decode(Stream() + "x", piece, collector).Is(Code::kCorruption));
  }
}

TEST(CopyDecoderTest, PassesTheSinksErrorOn) {
  Collector collector;
  collector.fail_at = 2;
  EXPECT_TRUE(Decode(Stream(), 5, collector).Is(Code::kUnavailable));
  EXPECT_EQ(collector.rows.size(), 2U);
}

TEST(CopyDecoderTest, TakesRowsWithoutFields) {
  CopyStream stream;
  stream.AddRaw({}).AddRaw({}).End();
  Collector collector;
  EXPECT_TRUE(Decode(stream.bytes(), 1, collector, 0).ok());
  EXPECT_EQ(collector.rows.size(), 2U);
}

}  // namespace
}  // namespace pgattic::columnar
