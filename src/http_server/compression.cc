#include "http_server/compression.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"

namespace pgattic::http_server {
namespace {

constexpr int kGzipLevel = 5;
constexpr int kZstdLevel = 3;
constexpr int kGzipWindow = 15 + 16;  // zlib.h: 16 more asks for a gzip header

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The weight in "gzip;q=0.5", 1 without one, 0 when it is no number.
double WeightOf(std::string_view parameters) {
  parameters = Trim(parameters);
  if (parameters.empty()) return 1;
  if (!parameters.starts_with("q=") && !parameters.starts_with("Q=")) return 0;
  parameters.remove_prefix(2);
  double weight = 0;
  const auto [end, error] =
      std::from_chars(parameters.data(), parameters.data() + parameters.size(), weight);
  const bool is_good = error == std::errc() && end == parameters.data() + parameters.size();
  return is_good && weight >= 0 && weight <= 1 ? weight : 0;
}

std::optional<std::string> Gzip(const std::string& body) {
  z_stream stream{};
  if (deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return std::nullopt;
  }
  std::string out(body.size(), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));  // NOLINT: zlib's way
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT: bytes are bytes
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END) return std::nullopt;  // Not smaller.
  return out;
}

std::optional<std::string> Zstd(const std::string& body) {
  std::string out(body.size(), '\0');
  const std::size_t size =
      ZSTD_compress(out.data(), out.size(), body.data(), body.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0U) return std::nullopt;  // Not smaller.
  out.resize(size);
  return out;
}

}  // namespace

std::string_view CodingName(Coding coding) {
  switch (coding) {
    case Coding::kGzip:
      return "gzip";
    case Coding::kZstd:
      return "zstd";
    case Coding::kIdentity:
      break;
  }
  return "identity";
}

Coding ChooseCoding(std::string_view accept_encoding) {
  double gzip = 0;
  double zstd = 0;
  while (!accept_encoding.empty()) {
    const std::size_t comma = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string item = AsciiLower(Trim(accept_encoding.substr(0, comma)));
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view name = Trim(std::string_view(item).substr(0, semicolon));
    const double weight =
        WeightOf(std::string_view(item).substr(std::min(semicolon + 1, item.size())));
    if (name == "gzip") gzip = weight;
    if (name == "zstd") zstd = weight;
  }
  if (zstd > 0 && zstd >= gzip) return Coding::kZstd;
  return gzip > 0 ? Coding::kGzip : Coding::kIdentity;
}

std::optional<std::string> Compress(Coding coding, const std::string& body) {
  constexpr std::size_t kLeast = 256;       // Below it headers cost more than is won.
  constexpr std::size_t kMost = 1U << 30U;  // zlib counts in 32 bits.
  if (body.size() < kLeast || body.size() > kMost) return std::nullopt;
  switch (coding) {
    case Coding::kGzip:
      return Gzip(body);
    case Coding::kZstd:
      return Zstd(body);
    case Coding::kIdentity:
      break;
  }
  return std::nullopt;
}

}  // namespace pgattic::http_server
