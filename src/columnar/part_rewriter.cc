#include "columnar/part_rewriter.h"

#include <memory>
#include <string_view>
#include <utility>

#include "columnar/part_reader.h"
#include "columnar/wire.h"

namespace pgattic::columnar {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kFlushBytes = std::size_t{64} << 10;

/// Source: PostgreSQL manual, COPY, "Binary Format": signature, flags, length of the extension.
constexpr std::string_view kCopyHeader = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"sv;

/// Makes a COPY stream of canonical rows, each with a fingerprint of 0.
class CopyStream {
 public:
  CopyStream(PartWriter& writer, std::size_t columns)
      : writer_(writer), fields_(static_cast<std::int16_t>(columns + 1)), buffer_(kCopyHeader) {}

  Status Add(ByteView canonical) {
    AppendBig(fields_, buffer_);
    buffer_.append(AsText(canonical));
    AppendField(std::int64_t{0}, buffer_);
    return buffer_.size() < kFlushBytes ? Status::Ok() : Flush();
  }
  Result<PartSummary> Finish() {
    AppendBig(std::int16_t{-1}, buffer_);
    PGATTIC_RETURN_IF_ERROR(Flush());
    return writer_.Finish();
  }

 private:
  Status Flush() {
    Status written = writer_.Append(AsBytes(buffer_));
    buffer_.clear();
    return written;
  }

  PartWriter& writer_;
  const std::int16_t fields_;
  std::string buffer_;
};

std::map<std::string, std::string> FileMetadata(const Footer& footer,
                                                const std::map<std::string, std::string>& over) {
  std::map<std::string, std::string> merged = over;
  for (const auto& [key, value] : footer.file_metadata()) {
    if (key.starts_with("pgattic.") && key != "pgattic.schema") merged.try_emplace(key, value);
  }
  return merged;
}

}  // namespace

Result<Rewritten> RewritePart(const OpContext& ctx, const FormerPart& former,
                              const LeavesOut& leaves_out, const RewriteOptions& options,
                              ByteSink& sink) {
  const auto& [read, file_bytes, footer] = former;
  PGATTIC_ASSIGN_OR_RETURN(const auto writer,
                           PartWriter::Make(footer.schema(), options.part,
                                            FileMetadata(footer, options.file_metadata), sink));
  CopyStream stream(*writer, footer.schema().columns.size());
  Rewritten done;
  PGATTIC_ASSIGN_OR_RETURN(done.former,
                           ReadPartRows(ctx, read, file_bytes, [&](const RowView& row) {
                             if (!leaves_out(row.id())) return stream.Add(row.canonical());
                             done.left_out.AddRow(row.canonical());
                             return Status::Ok();
                           }));
  PGATTIC_ASSIGN_OR_RETURN(done.written, stream.Finish());
  RowDigest sum = done.written.digest;
  sum.Add(done.left_out);
  if (sum == done.former.digest) return done;
  return {Code::kCorruption,
          "the rows written and left out are not those that were read; nothing was changed"};
}

}  // namespace pgattic::columnar
