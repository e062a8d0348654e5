#include "columnar/sink_stream.h"

#include <arrow/status.h>

namespace pgattic::columnar {

arrow::Status SinkStream::Write(const void* data, std::int64_t bytes) {
  if (closed_ || !error_.ok()) return arrow::Status::IOError("the sink is closed");
  const auto* begin = static_cast<const std::uint8_t*>(data);
  error_ = sink_.Write({begin, static_cast<std::size_t>(bytes)});
  if (!error_.ok()) return arrow::Status::IOError("the sink failed");
  position_ += bytes;
  return arrow::Status::OK();
}

arrow::Status SinkStream::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

Status SinkStream::FirstError(Status otherwise) const {
  return error_.ok() ? std::move(otherwise) : error_.Clone();
}

}  // namespace pgattic::columnar
