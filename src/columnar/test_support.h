// For the tests and benchmarks of this module: COPY streams made by hand, parts in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "columnar/part_reader.h"
#include "columnar/part_writer.h"
#include "columnar/wire.h"
#include "model/column.h"

namespace pgattic::columnar::testing {

/// The bytes of one COPY field, without its length; nullopt is NULL.
using Field = std::optional<std::string>;

template <typename T>
Field Big(T value) {
  std::string bytes;
  AppendBig(value, bytes);
  return bytes;
}
inline Field Text(std::string_view text) { return std::string(text); }
inline Field Jsonb(std::string_view text) { return "\x01" + std::string(text); }
/// numeric_send's bytes.
inline Field Numeric(const std::vector<std::uint16_t>& digits, std::int16_t weight,
                     std::uint16_t sign, std::int16_t dscale) {
  std::string bytes;
  AppendBig(static_cast<std::int16_t>(digits.size()), bytes);
  AppendBig(weight, bytes);
  AppendBig(sign, bytes);
  AppendBig(dscale, bytes);
  for (const std::uint16_t digit : digits) AppendBig(digit, bytes);
  return bytes;
}

/// Builds a stream of COPY … (FORMAT binary).
class CopyStream {
 public:
  CopyStream() {
    bytes_.assign("PGCOPY\n\377\r\n\0", 11);
    AppendBig(std::int32_t{0}, bytes_);
    AppendBig(std::int32_t{0}, bytes_);
  }
  /// Adds a row as it is.
  CopyStream& AddRaw(const std::vector<Field>& fields) {
    AppendBig(static_cast<std::int16_t>(fields.size()), bytes_);
    for (const Field& field : fields) {
      if (field) {
        AppendField(AsBytes(*field), bytes_);
      } else {
        AppendNullField(bytes_);
      }
    }
    return *this;
  }
  /// Adds a row and its fingerprint.
  CopyStream& Add(std::vector<Field> fields, std::int64_t fingerprint = 1) {
    fields.push_back(Big(fingerprint));
    return AddRaw(fields);
  }
  CopyStream& End() {
    AppendBig(std::int16_t{-1}, bytes_);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Keeps what is written.
class MemorySink final : public ByteSink {
 public:
  Status Write(ByteView bytes) override {
    if (!error.ok()) return error.Clone();
    content.append(AsText(bytes));
    return Status::Ok();
  }
  std::string content;
  Status error;
};

inline model::Column MakeColumn(std::string name, std::uint32_t oid, std::int32_t typmod = -1,
                                bool nullable = true) {
  model::Column column;
  column.name = std::move(name);
  column.type = {oid, typmod, "type" + std::to_string(oid)};
  column.transport = model::TransportOf(column.type);
  column.nullable = nullable;
  return column;
}

/// The type modifier of numeric(precision, scale).
inline std::int32_t NumericTypmod(std::int32_t precision, std::int32_t scale) {
  return ((precision << 16) | scale) + 4;
}

inline model::TableSchema MakeSchema(std::vector<model::Column> columns, std::size_t id_index = 0) {
  model::TableSchema schema;
  schema.columns = std::move(columns);
  schema.id_index = id_index;
  return schema;
}

/// A part in memory.
struct Part {
  std::string bytes;
  PartSummary summary;
};

/// Writes the whole stream as one part, in pieces of `piece` bytes.
inline Result<Part> WritePart(const model::TableSchema& schema, std::string_view stream,
                              const PartWriterOptions& options = {},
                              std::size_t piece = std::size_t{1} << 16U) {
  MemorySink sink;
  PGATTIC_ASSIGN_OR_RETURN(auto writer,
                           PartWriter::Make(schema, options, {{"pgattic.test", "yes"}}, sink));
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    PGATTIC_RETURN_IF_ERROR(writer->Append(AsBytes(stream.substr(at, piece))));
  }
  PGATTIC_ASSIGN_OR_RETURN(PartSummary summary, writer->Finish());
  return Part{std::move(sink.content), std::move(summary)};
}

/// Reads ranges of `bytes`, which must outlive the reader.
inline ReadRange Reader(const std::string& bytes) {
  return [&bytes](std::int64_t offset, std::int64_t length) -> Result<std::string> {
    if (offset < 0 || length < 0 || offset > static_cast<std::int64_t>(bytes.size())) {
      return Status(Code::kInvalidArgument, "outside the file");
    }
    return bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  };
}

/// Parses the footer of a part from just the bytes that its summary names.
inline Result<std::shared_ptr<const Footer>> ParseFooter(const Part& part) {
  const auto bytes = static_cast<std::size_t>(part.summary.footer_bytes);
  return Footer::Parse(part.bytes.substr(part.bytes.size() - bytes),
                       static_cast<std::int64_t>(part.bytes.size()));
}

/// Finds the rows of an id as a lookup does.
inline Result<std::vector<Row>> FindRows(const Footer& footer, const std::string& bytes,
                                         const std::string& id) {
  std::vector<Row> found;
  for (const RowGroupSpan& span : footer.Find(id)) {
    PGATTIC_ASSIGN_OR_RETURN(auto rows,
                             footer.ReadRows(span,
                                             bytes.substr(static_cast<std::size_t>(span.offset),
                                                          static_cast<std::size_t>(span.length)),
                                             id));
    std::move(rows.begin(), rows.end(), std::back_inserter(found));
  }
  return found;
}

}  // namespace pgattic::columnar::testing
