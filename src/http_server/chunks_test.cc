#include "http_server/chunks.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

namespace pgattic::http_server {
namespace {

/// What `bytes` hold; nothing where they are broken. `most` at a time. Sets `rest`.
std::optional<std::string> BodyOf(std::string bytes, std::size_t most,
                                  std::string* rest = nullptr) {
  Chunks chunks([&](char* ptr, std::size_t size) {
    const std::size_t taken = bytes.copy(ptr, std::min(size, most));
    bytes.erase(0, taken);
    return static_cast<ssize_t>(taken);
  });
  std::string body;
  std::array<char, 64> buffer{};
  for (;;) {
    const ssize_t moved = chunks.Read(buffer.data(), buffer.size());
    if (moved < 0) return std::nullopt;
    if (moved == 0) break;
    body.append(buffer.data(), static_cast<std::size_t>(moved));
  }
  if (rest != nullptr) *rest = bytes;
  return body;
}

TEST(ChunksTest, GiveWhatTheyHoldAndLeaveWhatFollows) {
  const std::string body = std::string(200, 'x') + "\r\n";
  const std::string bytes = "3\r\nabc\r\n00cA;name=\"value\"\r\n" + body + "\r\n0;x\r\n\r\nGET /";
  for (const std::size_t most : {1U, 7U, 1000U}) {
    std::string rest;
    EXPECT_EQ(BodyOf(bytes, most, &rest), "abc" + body) << most;
    EXPECT_EQ(rest, "GET /") << most;
  }
  EXPECT_EQ(BodyOf("0\r\n\r\n", 9), "");
}

TEST(ChunksTest, AreBrokenWhereOneMayReadThemOtherwise) {
  const std::string last = "0\r\n\r\n";
  for (const std::string bytes :
       {"0x3\r\nabc\r\n", "+3\r\nabc\r\n", "-3\r\nabc\r\n", " 3\r\nabc\r\n", "3 \r\nabc\r\n",
        "3\nabc\r\n", "3\r\nabc\n", "3\r\nabcX\r\n", "3\r\n\r\n\r\n", "3;\rx\r\nabc\r\n", "\r\n",
        "10000000000000003\r\nabc\r\n", "fffffffffffffffd\r\nabc\r\n", "0\r\nA: b\r\n", "0\n",
        "0\r\n\n"}) {
    EXPECT_EQ(BodyOf(bytes + last, 1000), std::nullopt) << bytes;
  }
  EXPECT_EQ(BodyOf("3;" + std::string(2000, 'x') + "\r\nabc\r\n" + last, 1000), std::nullopt);
  for (const char* cut : {"", "3", "3\r\n", "3\r\nab", "3\r\nabc", "3\r\nabc\r\n", "0\r\n"}) {
    EXPECT_EQ(BodyOf(cut, 1000), std::nullopt) << cut;
  }
}

}  // namespace
}  // namespace pgattic::http_server
