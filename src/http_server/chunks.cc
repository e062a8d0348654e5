#include "http_server/chunks.h"

#include <algorithm>
#include <charconv>

namespace pgattic::http_server {
namespace {

/// A size with its extensions.
constexpr std::size_t kLongestLine = 1024;
constexpr std::uint64_t kLargestChunk = std::uint64_t{1} << 32U;

}  // namespace

ssize_t Chunks::Read(char* ptr, std::size_t size) {
  if (state_ == State::kSize) state_ = Next();
  if (state_ == State::kOver) return 0;
  if (state_ == State::kBroken) return -1;
  const ssize_t moved =
      source_(ptr, static_cast<std::size_t>(std::min<std::uint64_t>(size, left_)));
  left_ -= moved > 0 ? static_cast<std::uint64_t>(moved) : 0;
  std::string line;
  if (moved <= 0) {
    state_ = State::kBroken;
  } else if (left_ == 0) {
    state_ = ReadLine(line) && line.empty() ? State::kSize : State::kBroken;
  }
  return moved > 0 ? moved : -1;
}

Chunks::State Chunks::Next() {
  std::string line;
  if (!ReadLine(line)) return State::kBroken;
  const char* const end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data(), end, left_, 16);
  const bool is_size = error == std::errc() && left_ <= kLargestChunk;
  if (!is_size || (stop != end && *stop != ';')) return State::kBroken;
  if (left_ > 0) return State::kData;
  return ReadLine(line) && line.empty() ? State::kOver : State::kBroken;
}

bool Chunks::ReadLine(std::string& line) {
  line.clear();
  char byte = 0;
  while (line.size() <= kLongestLine && source_(&byte, 1) == 1) {
    line += byte;
    if (byte != '\n') continue;
    const bool is_line = line.ends_with("\r\n") && line.find('\r') == line.size() - 2;
    line.resize(is_line ? line.size() - 2 : 0);
    return is_line;
  }
  return false;
}

}  // namespace pgattic::http_server
