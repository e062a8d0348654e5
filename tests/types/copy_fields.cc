#include "tests/types/copy_fields.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "columnar/copy_decoder.h"

namespace pgattic::test {
namespace {

using Fields = std::vector<std::string>;

constexpr std::uint32_t kFloat4 = 700;
constexpr std::uint32_t kFloat8 = 701;
constexpr std::uint32_t kFloat4Array = 1021;
constexpr std::uint32_t kFloat8Array = 1022;

/// Keeps all fields; a NULL is kept as "NULL", which is no type's binary form of four bytes.
class FieldSink final : public columnar::TupleSink {
 public:
  Status OnTuple(const columnar::CopyTuple& tuple) override {
    for (const columnar::CopyField& field : tuple.fields) {
      fields.emplace_back(field.is_null() ? "null:" : "value:");
      if (!field.is_null()) fields.back().append(AsText(field.bytes()));
    }
    return Status::Ok();
  }
  Fields fields;
};

/// Replaces each NaN with its sign set by one without: PostgreSQL's text of both is "NaN".
std::string Canonical(std::string field, std::uint32_t type) {
  const bool is_single = type == kFloat4 || type == kFloat4Array;
  if (!is_single && type != kFloat8 && type != kFloat8Array) return field;
  const std::string signed_nan =
      is_single ? std::string("\xff\xc0\0\0", 4) : std::string("\xff\xf8\0\0\0\0\0\0", 8);
  for (std::size_t at = 0; (at = field.find(signed_nan, at)) != field.npos; ++at) {
    field[at] = '\x7f';
  }
  return field;
}

Result<Fields> FieldsOf(std::size_t columns, const std::string& stream) {
  FieldSink sink;
  columnar::CopyDecoder decoder(columns, sink);
  PGATTIC_RETURN_IF_ERROR(decoder.Append(AsBytes(stream)));
  PGATTIC_RETURN_IF_ERROR(decoder.Finish());
  return std::move(sink.fields);
}

std::string Hex(const std::string& field) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  const std::size_t colon = field.find(':');
  std::string hex = field.substr(0, colon + 1);
  for (std::size_t i = colon + 1; i < std::min(field.size(), colon + 60); ++i) {
    const auto byte = static_cast<std::uint8_t>(field[i]);
    hex += {kDigits[byte >> 4U], kDigits[byte & 0xFU]};
  }
  return hex;
}

}  // namespace

Status CompareCopies(const model::TableSchema& schema, const std::string& left,
                     const std::string& right) {
  if (left == right) return Status::Ok();
  const std::size_t columns = schema.columns.size();
  PGATTIC_ASSIGN_OR_RETURN(const Fields ours, FieldsOf(columns, left));
  PGATTIC_ASSIGN_OR_RETURN(const Fields theirs, FieldsOf(columns, right));
  if (ours.size() != theirs.size()) return {Code::kCorruption, "the numbers of rows differ"};
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const model::Column& column = schema.columns[i % columns];
    if (Canonical(ours[i], column.type.oid) == Canonical(theirs[i], column.type.oid)) continue;
    return {Code::kCorruption, "row " + std::to_string(i / columns) + ", column '" + column.name +
                                   "' (" + column.type.formatted + "): " + Hex(ours[i]) +
                                   " came back as " + Hex(theirs[i])};
  }
  return Status::Ok();
}

}  // namespace pgattic::test
