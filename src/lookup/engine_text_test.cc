#include "lookup/engine_text.h"

#include <gtest/gtest.h>

#include <string>

namespace pgattic::lookup {
namespace {

using model::Transport;

model::Column Of(Transport transport) {
  model::Column column;
  column.name = "c";
  column.transport = transport;
  return column;
}

std::string Text(Transport transport, const std::string& from, bool pads_fractions = false) {
  const Result<std::string> text = FromEngine(Of(transport), from, pads_fractions);
  return text.ok() ? *text : "refused: " + std::string(TraitsOf(text.code()).name);
}

constexpr const char* kRefused = "refused: Unsupported";

TEST(EngineTextTest, MomentsOfEveryEngineBecomePostgresText) {
  const std::string expected = "2024-01-15 10:30:00.1234+00";
  EXPECT_EQ(Text(Transport::kTimestampTz, "2024-01-15 10:30:00.123400 UTC"), expected);
  EXPECT_EQ(Text(Transport::kTimestampTz, "2024-01-15 10:30:00.1234"), expected);
  EXPECT_EQ(Text(Transport::kTimestampTz, "2024-01-15 10:30:00.1234+00"), expected);
  EXPECT_EQ(Text(Transport::kTimestampTz, "2024-01-15 10:30:00.123400000 UTC"), expected);
  EXPECT_EQ(Text(Transport::kTimestamp, "2024-01-15 10:30:00.000000"), "2024-01-15 10:30:00");
  EXPECT_EQ(Text(Transport::kDate, "2024-01-15"), "2024-01-15");
  EXPECT_EQ(Text(Transport::kTime, "10:30:00.500000"), "10:30:00.5");
}

TEST(EngineTextTest, AMomentThatIsRoundedOrOfAnotherZoneIsRefused) {
  EXPECT_EQ(Text(Transport::kTimestampTz, "2024-01-15 10:30:00.123 UTC", true), kRefused);
  EXPECT_EQ(Text(Transport::kTimestampTz, "2024-01-15 10:30:00 UTC", true), kRefused);
  EXPECT_EQ(Text(Transport::kTimestampTz, "2024-01-15 10:30:00.123000 UTC", true),
            "2024-01-15 10:30:00.123+00");
  EXPECT_EQ(Text(Transport::kTimestampTz, "2024-01-15 10:30:00+02"), kRefused);
  EXPECT_EQ(Text(Transport::kTimestampTz, "2024-01-15 10:30:00 Europe/Berlin"), kRefused);
  EXPECT_EQ(Text(Transport::kTimestamp, "2024-01-15 10:30:00.1234567"), kRefused);
  EXPECT_EQ(Text(Transport::kTimestamp, "infinity"), kRefused);
}

TEST(EngineTextTest, NumbersAreWrittenAsPostgresDoes) {
  EXPECT_EQ(Text(Transport::kFloat64, "1.0E20"), "1e+20");
  EXPECT_EQ(Text(Transport::kFloat64, "0.1"), "0.1");
  EXPECT_EQ(Text(Transport::kFloat64, "Infinity"), "Infinity");
  EXPECT_EQ(Text(Transport::kFloat64, "-inf"), "-Infinity");
  EXPECT_EQ(Text(Transport::kFloat64, "nan"), "NaN");
  EXPECT_EQ(Text(Transport::kFloat32, "0.1"), "0.1");
  EXPECT_EQ(Text(Transport::kInt64, "-42"), "-42");
  EXPECT_EQ(Text(Transport::kInt64, "4.2"), kRefused);
  EXPECT_EQ(Text(Transport::kDecimal, "12.50"), "12.50");
  EXPECT_EQ(Text(Transport::kFloat64, "1,5"), kRefused);
}

TEST(EngineTextTest, TheRestIsVerbatimOrRefused) {
  EXPECT_EQ(Text(Transport::kBool, "true"), "t");
  EXPECT_EQ(Text(Transport::kBool, "1"), kRefused);
  EXPECT_EQ(Text(Transport::kBinary, "00FF"), "\\x00ff");
  EXPECT_EQ(Text(Transport::kBinary, "0"), kRefused);
  EXPECT_EQ(Text(Transport::kJsonb, "{\"a\" :1}"), "{\"a\" :1}");
  EXPECT_EQ(Text(Transport::kText, ""), "");
}

TEST(EngineTextTest, NamesCannotLeaveTheirQuotes) {
  model::Column column;
  column.name = "a\" OR 1=1 --";
  EXPECT_EQ(SelectedFromEngine(column), "CAST(\"a\"\" OR 1=1 --\" AS varchar)");
}

}  // namespace
}  // namespace pgattic::lookup
