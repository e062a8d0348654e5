// Any bytes as a COPY stream: an error, or a part that reads back as the very same rows.
#include <array>
#include <string>

#include "base/check.h"
#include "columnar/test_support.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::columnar {
namespace {

using testing::Big;
using testing::CopyStream;
using testing::MakeColumn;
using testing::MakeSchema;
using testing::Text;

model::TableSchema WideSchema() {
  return MakeSchema({MakeColumn("id", 25, -1, false), MakeColumn("b", 16), MakeColumn("i2", 21),
                     MakeColumn("i4", 23), MakeColumn("i8", 20), MakeColumn("oid", 26),
                     MakeColumn("money", 790), MakeColumn("f4", 700), MakeColumn("f8", 701),
                     MakeColumn("n", 1700, testing::NumericTypmod(20, 5)), MakeColumn("date", 1082),
                     MakeColumn("time", 1083), MakeColumn("ts", 1114), MakeColumn("tz", 1184),
                     MakeColumn("jsonb", 3802), MakeColumn("bytes", 17), MakeColumn("inet", 869)});
}

model::TableSchema DecimalSchema() {
  return MakeSchema({MakeColumn("id", 23, -1, false),
                     MakeColumn("most", 1700, testing::NumericTypmod(38, 0), false),
                     MakeColumn("small", 1700, testing::NumericTypmod(4, 4))});
}

model::TableSchema IdSchema() {
  return MakeSchema({MakeColumn("name", 25), MakeColumn("id", 20, -1, false)}, 1);
}

std::string WideStream() {
  CopyStream stream;
  stream.Add({Text("a"), Big<std::int8_t>(1), Big<std::int16_t>(-2), Big<std::int32_t>(3),
              Big<std::int64_t>(-4), Big<std::uint32_t>(5), Big<std::int64_t>(6),
              Big<std::int32_t>(0x3f800000), Big<std::int64_t>(0x3ff0000000000000),
              testing::Numeric({1234, 5000}, 0, 0, 5), Big<std::int32_t>(8766),
              Big<std::int64_t>(86'399'999'999), Big<std::int64_t>(757'382'400'000'000),
              Big<std::int64_t>(-1), testing::Jsonb("{\"a\": 1}"), Text("\xff"), Text("::1")});
  std::vector<testing::Field> nulls(17);
  nulls[0] = Text("b");
  stream.Add(nulls, -7);
  return stream.End().bytes();
}

std::string DecimalStream() {
  CopyStream stream;
  stream.Add({Big<std::int32_t>(-1), testing::Numeric({99, 9999, 9999}, 2, 0x4000, 0),
              testing::Numeric({1234}, -1, 0, 4)});
  stream.Add({Big<std::int32_t>(0), testing::Numeric({}, 0, 0, 0), {}});
  return stream.End().bytes();
}

std::string IdStream() {
  CopyStream stream;
  for (std::int64_t id = 0; id < 40; ++id) stream.Add({Text("row"), Big(id / 2)}, id);
  return stream.End().bytes();
}

struct Choice {
  model::TableSchema (*schema)();
  std::string (*stream)();
};
constexpr std::array<Choice, 3> kChoices = {
    {{WideSchema, WideStream}, {DecimalSchema, DecimalStream}, {IdSchema, IdStream}}};
constexpr std::array<std::size_t, 4> kPieces = {1, 7, 64, 1 << 20};

// The part must hold what the stream held.
void CheckPart(const testing::Part& part) {
  const auto back = ReadPart(OpContext(), testing::Reader(part.bytes), part.summary.file_bytes,
                             {.by_hash = -1}, [](const Row&) { return Status::Ok(); });
  PGATTIC_CHECK(back.ok(), back.ok() ? "" : back.error().ToString());
  PGATTIC_CHECK(back->digest == part.summary.digest, "the digests differ");
  PGATTIC_CHECK(back->min_id == part.summary.min_id, "the first ids differ");
  PGATTIC_CHECK(back->max_id == part.summary.max_id, "the last ids differ");
  const auto footer = testing::ParseFooter(part);
  PGATTIC_CHECK(footer.ok(), footer.ok() ? "" : footer.error().ToString());
  if (part.summary.digest.rows == 0) return;
  const auto rows = testing::FindRows(**footer, part.bytes, part.summary.max_id);
  PGATTIC_CHECK(rows.ok() && !rows->empty(), "the last id is not found");
}

}  // namespace
}  // namespace pgattic::columnar

namespace pgattic::fuzz {

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (std::size_t i = 0; i < columnar::kChoices.size(); ++i) {
    for (std::size_t piece = 0; piece < columnar::kPieces.size(); ++piece) {
      const auto first = static_cast<char>(i * columnar::kPieces.size() + piece);
      seeds.push_back(first + columnar::kChoices[i].stream());
    }
  }
  return seeds;
}

}  // namespace pgattic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace columnar = pgattic::columnar;
  if (size == 0) return 0;
  const std::size_t choice = data[0] / columnar::kPieces.size() % columnar::kChoices.size();
  const std::size_t piece = columnar::kPieces[data[0] % columnar::kPieces.size()];
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  columnar::PartWriterOptions options;
  options.row_group_bytes = 1 << 10;
  options.page_rows = 3;
  options.zstd_level = 1;
  const auto part =
      columnar::testing::WritePart(columnar::kChoices[choice].schema(), stream, options, piece);
  if (part.ok()) columnar::CheckPart(*part);
  return 0;
}
