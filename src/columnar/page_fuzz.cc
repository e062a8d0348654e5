// Any bytes as the values of a page whose checksum is right, as a forger would write them.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/util/compression.h>
#include <parquet/column_page.h>
#include <parquet/column_writer.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "columnar/column_cursor.h"
#include "columnar/parquet_schema.h"
#include "columnar/point_column.h"
#include "columnar/test_support.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::columnar {
namespace {

using testing::MakeColumn;

constexpr std::array<std::uint32_t, 17> kTypes = {16,   21,   23,   20,   26,   790, 700, 701, 1700,
                                                  1082, 1083, 1114, 1184, 3802, 17,  25,  869};
constexpr std::size_t kHeader = 3;  // type, nullability and encoding; values; rows

model::Column ColumnOf(std::uint8_t choice) {
  const std::uint32_t oid = kTypes[choice % kTypes.size()];
  const std::int32_t typmod = oid == 1700 ? testing::NumericTypmod(20, 5) : -1;
  return MakeColumn("c", oid, typmod, choice >= 128);
}

/// A page of `payload` that claims `values` values, with header and checksum.
std::string Page(const parquet::SchemaDescriptor& schema, const std::string& payload,
                 std::int32_t values) {
  auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto properties =
      parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->build();
  auto builder = parquet::ColumnChunkMetaDataBuilder::Make(properties, schema.Column(0));
  auto writer = parquet::PageWriter::Open(sink, parquet::Compression::ZSTD, builder.get(), -1, -1,
                                          arrow::default_memory_pool(), false, nullptr, nullptr,
                                          /*page_write_checksum_enabled=*/true);
  auto raw = std::make_shared<arrow::Buffer>(payload);
  auto packed = arrow::AllocateResizableBuffer(0).ValueOrDie();
  writer->Compress(*raw, packed.get());
  writer->WriteDataPage(parquet::DataPageV1(std::move(packed), values, parquet::Encoding::PLAIN,
                                            parquet::Encoding::RLE, parquet::Encoding::RLE,
                                            static_cast<std::int64_t>(payload.size()), {}));
  return sink->Finish().ValueOrDie()->ToString();
}

using Texts = std::vector<std::optional<std::string>>;

/// Returns what Arrow's reader finds, up to the first error.
Texts Walk(ColumnCursor& cursor, std::int64_t rows) {
  Texts texts;
  std::string field;
  for (std::int64_t row = 0; row < rows; ++row) {
    field.clear();
    if (!cursor.Next().ok() || !cursor.AppendField(field).ok()) return texts;
    auto text = cursor.Text();
    PGATTIC_CHECK(text.ok(), "a value has a field and no text");
    texts.push_back(std::move(*text));
  }
  return texts;
}

/// What both readers take, they read alike; from whatever row on.
void Compare(const PointColumn& point, const Texts& by_arrow, std::int64_t rows) {
  const auto read = static_cast<std::int64_t>(by_arrow.size());
  for (std::int64_t row = 0; row < read; ++row) {
    const auto one = point.Texts(row, 1);
    PGATTIC_CHECK(!one.ok() || one->front() == by_arrow[static_cast<std::size_t>(row)],
                  "two readers, two values");
  }
  const auto all = point.Texts(0, rows);
  PGATTIC_CHECK(!all.ok() || std::equal(by_arrow.begin(), by_arrow.end(), all->begin()),
                "two readers, two columns");
}

}  // namespace
}  // namespace pgattic::columnar

namespace pgattic::fuzz {

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (std::size_t type = 0; type < columnar::kTypes.size(); ++type) {
    const std::string head{static_cast<char>(type), 2, 2};
    seeds.push_back(head + std::string(32, '\0'));
    seeds.push_back(head + std::string("\3\0\0\0abc\1\0\0\0x", 12));
    const std::string nullable{static_cast<char>(type + 128 + (128 % columnar::kTypes.size())), 3,
                               3};
    seeds.push_back(nullable + std::string("\2\0\0\0\3\5\3\0\0\0abc\1\0\0\0x", 18));
  }
  return seeds;
}

}  // namespace pgattic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace columnar = pgattic::columnar;
  if (size < columnar::kHeader) return 0;
  const auto table = columnar::testing::MakeSchema({columnar::ColumnOf(data[0])});
  parquet::SchemaDescriptor schema;
  schema.Init(columnar::ToParquet(table));
  const std::string payload(reinterpret_cast<const char*>(data) + columnar::kHeader,
                            size - columnar::kHeader);
  const std::int64_t rows = data[2];
  const std::string page = columnar::Page(schema, payload, data[1]);
  const auto cursor = columnar::ColumnCursor::Open(table.columns[0], *schema.Column(0),
                                                   {pgattic::AsBytes(page), rows});
  const auto texts = cursor.ok() ? columnar::Walk(**cursor, rows) : columnar::Texts();
  const columnar::PointColumn point(table.columns[0], {{pgattic::AsBytes(page), rows}});
  columnar::Compare(point, texts, rows);
  return 0;
}
