// CopyDecoder: cuts a COPY … (FORMAT binary) stream into tuples and fields.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pgattic::columnar {

/// One field of a tuple; size -1 is NULL. Points into the stream's bytes.
struct CopyField {
  const std::uint8_t* data = nullptr;
  std::int32_t size = -1;

  bool is_null() const { return size < 0; }
  ByteView bytes() const { return {data, static_cast<std::size_t>(size)}; }
};

/// One tuple. Valid during OnTuple only.
struct CopyTuple {
  ByteView bytes;                     ///< All fields, each after its int32 length.
  std::span<const CopyField> fields;  ///< The same, cut.
};

/// Takes the tuples of a stream.
class TupleSink {
 public:
  TupleSink() = default;
  TupleSink(const TupleSink&) = delete;
  TupleSink& operator=(const TupleSink&) = delete;
  virtual ~TupleSink() = default;
  virtual Status OnTuple(const CopyTuple& tuple) = 0;
};

/// Decodes a stream that arrives in pieces cut anywhere. Tuples that lie in one piece are not
/// copied; of a tuple that is cut, only that tuple is kept. Not thread-safe. After an error
/// the decoder must not be used again.
/// Source: PostgreSQL manual, COPY, "Binary Format".
class CopyDecoder {
 public:
  /// Every tuple must have `field_count` fields. `sink` must outlive the decoder.
  CopyDecoder(std::size_t field_count, TupleSink& sink);

  /// Takes the next bytes. Errors: Corruption, or the sink's.
  Status Append(ByteView data);
  /// Returns Corruption unless the trailer was the last thing that came.
  Status Finish() const;

 private:
  enum class State { kHeader, kExtension, kTuples, kEnd };

  // Each takes whole units off the front of `window`, or sets `need_` to the number of bytes
  // with which the unit at the front can be looked at again.
  Status Consume(ByteView window, std::size_t& used);
  Status ConsumeHeader(ByteView window, std::size_t& used);
  Status ConsumeTuple(ByteView window, std::size_t& used);
  bool ScanFields(ByteView tuple, Status& status);
  Status Deliver(ByteView tuple);

  std::size_t field_count_;
  TupleSink& sink_;
  State state_ = State::kHeader;
  std::string carry_;     // the unit at the front, as far as it has come
  std::size_t need_ = 0;  // bytes of the unit needed to go on
  std::size_t scanned_ = 0;
  std::vector<std::int32_t> sizes_;  // of the fields scanned so far
  std::vector<CopyField> fields_;
  std::int64_t tuples_ = 0;
};

}  // namespace pgattic::columnar
