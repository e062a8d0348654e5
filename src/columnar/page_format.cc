#include "columnar/page_format.h"

#include <limits>

#include "columnar/compact_reader.h"

namespace pgattic::columnar {
namespace {

using Type = CompactReader::Type;

// Enumerations of parquet.thrift.
constexpr std::int64_t kDataPage = 0;
constexpr std::int64_t kPlain = 0;
constexpr std::int64_t kRle = 3;

bool IsSize(std::int64_t value) {
  return value >= 0 && value <= std::numeric_limits<std::int32_t>::max();
}

// struct DataPageHeader
struct DataPage {
  std::int64_t rows = -1;
  std::int64_t encoding = -1;
  std::int64_t levels = -1;
};

DataPage ReadDataPage(CompactReader& reader) {
  DataPage page;
  reader.Struct([&](std::int64_t id, Type type) {
    if (type != Type::kInt32) return false;
    if (id == 1) page.rows = reader.Integer();
    if (id == 2) page.encoding = reader.Integer();
    if (id == 3) page.levels = reader.Integer();
    return id >= 1 && id <= 3;
  });
  return page;
}

// struct PageLocation
PagePlace ReadPlace(CompactReader& reader) {
  PagePlace place;
  reader.Struct([&](std::int64_t id, Type type) {
    if (type != Type::kInt64 && type != Type::kInt32) return false;
    if (id == 1) place.offset = reader.Integer();
    if (id == 2) place.bytes = reader.Integer();
    if (id == 3) place.first_row = reader.Integer();
    return id >= 1 && id <= 3;
  });
  return place;
}

}  // namespace

// struct PageHeader
std::optional<PageHeader> ParsePageHeader(ByteView bytes) {
  CompactReader reader(bytes);
  std::int64_t kind = -1;
  std::int64_t value_bytes = -1;
  std::int64_t frame_bytes = -1;
  std::optional<std::int64_t> crc;
  DataPage page;
  reader.Struct([&](std::int64_t id, Type type) {
    if (id == 5 && type == Type::kStruct) {
      page = ReadDataPage(reader);
      return true;
    }
    if (type != Type::kInt32) return false;
    if (id == 1) kind = reader.Integer();
    if (id == 2) value_bytes = reader.Integer();
    if (id == 3) frame_bytes = reader.Integer();
    if (id == 4) crc = reader.Integer();
    return id >= 1 && id <= 4;
  });
  const bool is_ours = kind == kDataPage && page.encoding == kPlain && page.levels == kRle && crc;
  if (!reader.ok() || !is_ours || !IsSize(value_bytes) || !IsSize(frame_bytes) ||
      !IsSize(page.rows)) {
    return std::nullopt;
  }
  return PageHeader{reader.position(), static_cast<std::size_t>(frame_bytes),
                    static_cast<std::size_t>(value_bytes), static_cast<std::uint32_t>(*crc),
                    page.rows};
}

// struct OffsetIndex
std::optional<std::vector<PagePlace>> ParseOffsetIndex(ByteView bytes) {
  CompactReader reader(bytes);
  std::vector<PagePlace> pages;
  bool is_index = true;
  reader.Struct([&](std::int64_t id, Type type) {
    if (id != 1 || type != Type::kList) return false;
    const CompactReader::List list = reader.ListHead();
    is_index = is_index && list.element == Type::kStruct && pages.empty();
    if (is_index) pages.reserve(list.size);
    for (std::size_t i = 0; is_index && i < list.size && reader.ok(); ++i) {
      pages.push_back(ReadPlace(reader));
    }
    return true;
  });
  if (!reader.ok() || !is_index) return std::nullopt;
  return pages;
}

}  // namespace pgattic::columnar
