#include "base/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace pgattic::log {
namespace {

TEST(LogLineTest, LeavesPlainWordsAsTheyAre) {
  EXPECT_EQ(Line("part-uploaded", {{"key", "2024/a.parquet"}, {"rows", "12"}, {"who", "é€😀"}}),
            "part-uploaded key=2024/a.parquet rows=12 who=é€😀");
  EXPECT_EQ(Line("swap", {}), "swap");
}

TEST(LogLineTest, NothingInAValueBeginsAnotherFieldOrLine) {
  EXPECT_EQ(Line("failed", {{"error", "no \"x\"\nfake-event code=ok \x1b[31m \\"}}),
            R"(failed error="no \"x\"\nfake-event code=ok \u001b[31m \\")");
  EXPECT_EQ(Line("failed", {{"error", ""}}), R"(failed error="")");
  EXPECT_EQ(Line("part", {{"key", "year=2024/a"}}), R"(part key="year=2024/a")");
  EXPECT_EQ(Line("e", {{"v", "a\r\tb\x7f"}}), R"(e v="a\r\tb\u007f")");
  EXPECT_EQ(Line("e", {{"v", "\u0085\u009b31m\u2028\u2029\u00a0"}}),
            "e v=\"\\u0085\\u009b31m\\u2028\\u2029\u00a0\"");
}

TEST(LogLineTest, WhateverTheBytesTheLineIsText) {
  EXPECT_EQ(Line("e", {{"v", std::string("a\0b", 3)}}), R"(e v="a\u0000b")");
  EXPECT_EQ(Line("e", {{"v", "a\xff\xc3"}}), R"(e v="a\ufffd\ufffd")");
  EXPECT_EQ(Line("e", {{"v", "\xc2"}}), R"(e v="\ufffd")");
}

/// Reads a line back as a reader of logfmt does.
std::vector<std::string> ValuesOf(std::string_view line) {
  std::vector<std::string> values;
  for (std::size_t at = line.find('='); at < line.size(); at = line.find('=', at)) {
    if (line[++at] != '"') {
      const std::size_t end = std::min(line.find(' ', at), line.size());
      values.emplace_back(line.substr(at, end - at));
      at = end;
      continue;
    }
    std::size_t end = at + 1;
    while (line[end] != '"') end += line[end] == '\\' ? 2U : 1U;
    values.push_back(nlohmann::json::parse(line.substr(at, end + 1 - at)).get<std::string>());
    at = end + 1;
  }
  return values;
}

TEST(LogLineTest, AReaderOfLogfmtGetsTheVeryValues) {
  std::vector<std::string> hostile;
  for (int code = 1; code < 128; ++code) {
    const auto c = static_cast<char>(code);
    hostile.push_back({c});
    hostile.push_back({'a', c, 'b'});
  }
  for (const std::string& value : hostile) {
    const std::string line = Line("e", {{"first", value}, {"last", "x y"}});
    EXPECT_EQ(line.find('\n'), line.npos);
    EXPECT_EQ(ValuesOf(line), (std::vector<std::string>{value, "x y"})) << line;
  }
}

}  // namespace
}  // namespace pgattic::log
