#include "lookup/row_json.h"

#include <gtest/gtest.h>

#include "lookup/row_values.h"

namespace pgattic::lookup {
namespace {

model::Column Named(const std::string& name, std::uint32_t oid, model::Transport transport) {
  model::Column column;
  column.name = name;
  column.type.oid = oid;
  column.transport = transport;
  return column;
}

std::string ValueOf(std::uint32_t oid, model::Transport transport, const std::string& text) {
  const std::string row = RowToJson({Named("c", oid, transport)}, {text});
  return row.substr(6, row.size() - 7);
}

TEST(RowJson, MoneyIsPrintedInTheLocaleC) {
  const auto money = [](const char* cents) {
    return ValueOf(790, model::Transport::kMoney, cents);
  };
  EXPECT_EQ(money("0"), "\"$0.00\"");
  EXPECT_EQ(money("-5"), "\"-$0.05\"");
  EXPECT_EQ(money("100000"), "\"$1,000.00\"");
  EXPECT_EQ(money("-9223372036854775808"), "\"-$92,233,720,368,547,758.08\"");
}

TEST(RowJson, JsonIsOnOneLineAndElseUntouched) {
  EXPECT_EQ(ValueOf(114, model::Transport::kString, "{\"a\":\r\n\t1.0,\"b\":\"\\n\"}"),
            "{\"a\":   1.0,\"b\":\"\\n\"}");
}

TEST(RowJson, ATimeKnowsItsInstantWhereItHasOne) {
  const std::vector<model::Column> columns = {Named("at", 1184, model::Transport::kTimestampTz)};
  EXPECT_EQ(MakeRow(columns, {"2024-01-15 10:30:00.5+00"}, 0).created_at, "2024-01-15T10:30:00.5Z");
  EXPECT_EQ(MakeRow(columns, {"infinity"}, 0).created_at, "infinity");
  EXPECT_FALSE(MakeRow(columns, {"infinity"}, 0).at_us);
  EXPECT_EQ(MakeRow(columns, {"2024-01-15 10:30:00.5+00"}, 1).created_at, "");
}

TEST(RowValues, ComeBackAsTheyWere) {
  const std::vector<FoundRow> rows = {{"{\"a\": \"\\u0000\xC3\xA9\"}", "2024-01-15", 17},
                                      {"{}", "infinity", std::nullopt}};
  const auto again = DecodeRows(EncodeRows(rows));
  ASSERT_TRUE(again);
  ASSERT_EQ(again->size(), 2U);
  EXPECT_EQ(again->at(0).json, rows[0].json);
  EXPECT_EQ(again->at(0).at_us, rows[0].at_us);
  EXPECT_FALSE(again->at(1).at_us);
  EXPECT_TRUE(DecodeRows(EncodeRows({}))->empty());
  for (const char* bad : {"", "{}", "[1]", "[[1,2,3]]", "[[\"a\",\"b\",1.5]]"}) {
    EXPECT_FALSE(DecodeRows(bad)) << bad;
  }
}

}  // namespace
}  // namespace pgattic::lookup
