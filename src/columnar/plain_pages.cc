#include "columnar/plain_pages.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/memory_pool.h>
#include <parquet/exception.h>
#include <parquet/properties.h>

#include <cstddef>
#include <utility>

#include "base/zstd_frame.h"

namespace pgattic::columnar {
namespace {

parquet::ReaderProperties CheckingProperties() {
  parquet::ReaderProperties properties(arrow::system_memory_pool());
  properties.set_page_checksum_verification(true);
  return properties;
}

class PlainPages final : public parquet::PageReader {
 public:
  PlainPages(std::unique_ptr<parquet::PageReader> pages, std::int64_t rows)
      : pages_(std::move(pages)), rows_left_(rows) {}

  std::shared_ptr<parquet::Page> NextPage() override {
    const auto page = pages_->NextPage();
    if (!page || page->type() != parquet::PageType::DATA_PAGE) return nullptr;
    const auto& data = static_cast<const parquet::DataPageV1&>(*page);
    rows_left_ -= data.num_values();
    const bool plain = data.encoding() == parquet::Encoding::PLAIN &&
                       data.definition_level_encoding() == parquet::Encoding::RLE &&
                       data.num_values() > 0 && rows_left_ >= 0;
    return plain ? Decompressed(data) : nullptr;
  }
  void set_max_page_header_size(std::uint32_t size) override {
    pages_->set_max_page_header_size(size);
  }

 private:
  static std::shared_ptr<parquet::Page> Decompressed(const parquet::DataPageV1& page) {
    const ByteView frame(page.data(), static_cast<std::size_t>(page.size()));
    const std::int64_t size = page.uncompressed_size();
    if (size < 0 || !std::cmp_equal(ContentSize(frame), size)) return nullptr;
    PARQUET_ASSIGN_OR_THROW(std::shared_ptr<arrow::Buffer> values,
                            arrow::AllocateBuffer(size, arrow::system_memory_pool()));
    if (!Decompress(frame, {values->mutable_data(), static_cast<std::size_t>(size)})) {
      return nullptr;
    }
    return std::make_shared<parquet::DataPageV1>(std::move(values), page.num_values(),
                                                 page.encoding(), page.definition_level_encoding(),
                                                 page.repetition_level_encoding(), size);
  }

  std::unique_ptr<parquet::PageReader> pages_;
  std::int64_t rows_left_;
};

}  // namespace

std::unique_ptr<parquet::PageReader> OpenPlainPages(const parquet::ColumnDescriptor& descriptor,
                                                    ByteView bytes, std::int64_t rows) {
  auto stream = std::make_shared<arrow::io::BufferReader>(
      std::make_shared<arrow::Buffer>(bytes.data(), static_cast<std::int64_t>(bytes.size())));
  // As if they were not compressed: then Arrow hands out the frames as they are.
  auto pages =
      parquet::PageReader::Open(std::move(stream), rows, parquet::Compression::UNCOMPRESSED,
                                CheckingProperties(), descriptor);
  return std::make_unique<PlainPages>(std::move(pages), rows);
}

}  // namespace pgattic::columnar
