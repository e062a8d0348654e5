// SinkStream: a ByteSink as Arrow's output stream.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>

#include "columnar/part_writer.h"

namespace pgattic::columnar {

/// Hands bytes on to a ByteSink and keeps its error, which Arrow's status cannot carry. Once
/// closed it swallows nothing and writes nothing. Not thread-safe.
class SinkStream final : public arrow::io::OutputStream {
 public:
  /// `sink` must outlive the stream.
  explicit SinkStream(ByteSink& sink) : sink_(sink) {}

  arrow::Status Write(const void* data, std::int64_t bytes) override;
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Status Close() override;
  bool closed() const override { return closed_; }

  std::int64_t position() const { return position_; }
  /// Returns the sink's error if there was one, else `otherwise`.
  Status FirstError(Status otherwise) const;

 private:
  ByteSink& sink_;
  Status error_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace pgattic::columnar
