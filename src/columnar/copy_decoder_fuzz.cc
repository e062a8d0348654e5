// Any bytes as a COPY stream: the same tuples, or an error, however the stream is cut.
#include "base/check.h"
#include "base/hash.h"
#include "columnar/copy_decoder.h"
#include "columnar/test_support.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::columnar {
namespace {

constexpr std::size_t kFields = 3;

/// Counts and digests tuples; every byte of every field is read.
class DigestSink final : public TupleSink {
 public:
  Status OnTuple(const CopyTuple& tuple) override {
    digest.AddRow(tuple.bytes);
    for (const CopyField& field : tuple.fields) {
      if (!field.is_null()) digest.sum.Add(HashRow(field.bytes()));
    }
    return Status::Ok();
  }
  RowDigest digest;
};

/// What a stream came to.
struct Outcome {
  bool whole = false;
  RowDigest digest;
  bool operator==(const Outcome&) const = default;
};

Outcome Decode(ByteView stream, std::size_t piece) {
  DigestSink sink;
  CopyDecoder decoder(kFields, sink);
  Outcome outcome;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    if (!decoder.Append(stream.subspan(at, std::min(piece, stream.size() - at))).ok()) {
      outcome.digest = sink.digest;
      return outcome;
    }
  }
  outcome.whole = decoder.Finish().ok();
  outcome.digest = sink.digest;
  return outcome;
}

}  // namespace
}  // namespace pgattic::columnar

namespace pgattic::fuzz {

std::vector<std::string> Seeds() {
  using columnar::testing::CopyStream;
  using columnar::testing::Text;
  CopyStream few;
  few.AddRaw({Text("a"), {}, Text("")}).AddRaw({Text(std::string(300, 'b')), Text("c"), {}}).End();
  CopyStream none;
  none.End();
  return {"\1" + few.bytes(), "\x10" + few.bytes(), "\2" + none.bytes()};
}

}  // namespace pgattic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace columnar = pgattic::columnar;
  if (size == 0) return 0;
  const pgattic::ByteView stream(data + 1, size - 1);
  const columnar::Outcome at_once = columnar::Decode(stream, stream.size() + 1);
  const columnar::Outcome in_pieces = columnar::Decode(stream, std::size_t{data[0]} + 1);
  PGATTIC_CHECK(at_once == in_pieces, "the outcome depends on how the stream is cut");
  return 0;
}
