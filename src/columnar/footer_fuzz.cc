// Any bytes as a part: an error, or rows; never a crash, and never more memory than is there.
#include <algorithm>
#include <string>

#include "columnar/test_support.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::columnar {
namespace {

using testing::Big;
using testing::MakeColumn;
using testing::Text;

constexpr int kRowGroups = 4;

std::string PartOf(bool integer_ids, int rows) {
  testing::CopyStream stream;
  for (int row = 0; row < rows; ++row) {
    const std::string name = "id" + std::to_string(1000 + row / 2);
    const testing::Field score = row % 3 == 0 ? testing::Field() : Big(std::int32_t{row});
    stream.Add({integer_ids ? Big(std::int64_t{row / 2}) : Text(name), score, Text(name)});
  }
  const auto schema = testing::MakeSchema({MakeColumn("id", integer_ids ? 20 : 25, -1, false),
                                           MakeColumn("score", 23), MakeColumn("doc", 114)});
  PartWriterOptions options;
  options.page_rows = 4;
  options.row_group_bytes = 512;
  auto part = testing::WritePart(schema, stream.End().bytes(), options);
  PGATTIC_CHECK(part.ok(), "a good stream is refused");
  return std::move(part->bytes);
}

void ReadRowGroup(const Footer& footer, int index, const std::string& file) {
  const RowGroupSpan span = footer.row_group(index);
  const RowGroupSpan ids = footer.id_chunk(index);
  const auto cut = [&file](const RowGroupSpan& of) {
    return file.substr(static_cast<std::size_t>(of.offset), static_cast<std::size_t>(of.length));
  };
  for (const char* id : {"id1000", "id1003", "0", "7"}) {
    const auto rows = footer.ReadRows(span, cut(span), id);
    if (rows.ok()) continue;
  }
  const Status decoded =
      footer.DecodeIds(index, AsBytes(cut(ids)), [](const std::string&) { return Status::Ok(); });
}

}  // namespace
}  // namespace pgattic::columnar

namespace pgattic::fuzz {

std::vector<std::string> Seeds() {
  return {columnar::PartOf(true, 0), columnar::PartOf(true, 20), columnar::PartOf(false, 1),
          columnar::PartOf(false, 60)};
}

}  // namespace pgattic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace columnar = pgattic::columnar;
  const std::string file(reinterpret_cast<const char*>(data), size);
  const auto bytes = static_cast<std::int64_t>(size);
  const auto back = columnar::ReadPart(pgattic::OpContext(), columnar::testing::Reader(file), bytes,
                                       {.by_hash = -1},
                                       [](const columnar::Row&) { return pgattic::Status::Ok(); });
  const auto footer = columnar::Footer::Parse(file, bytes);
  if (!footer.ok()) return back.ok() ? 1 : 0;
  const int groups = std::min((*footer)->row_group_count(), columnar::kRowGroups);
  for (int i = 0; i < groups; ++i) columnar::ReadRowGroup(**footer, i, file);
  return 0;
}
