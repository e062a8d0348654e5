#include "engine/trino_page.h"

#include <gtest/gtest.h>

namespace pgattic::engine {
namespace {

TEST(TrinoPage, KeepsValuesAsTheyWereWritten) {
  const auto page = ParseTrinoPage(R"json({"id":"q1","nextUri":"http://t/2",
      "stats":{"progressPercentage":12.5,"physicalInputBytes":4599},
      "columns":[{"name":"a","type":"bigint"},{"name":"b","type":"varchar"},
        {"name":"c","type":"array(bigint)"},{"name":"d","type":"boolean"},
        {"name":"e","type":"double"}],
      "data":[[9223372036854775807,"x",[1,null],true,0.1],[null,"",null,false,"NaN"]]})json");
  ASSERT_TRUE(page.ok()) << page.error().ToString();
  EXPECT_EQ(page->query_id, "q1");
  EXPECT_EQ(page->next_uri, "http://t/2");
  EXPECT_EQ(page->percent, 12.5);
  EXPECT_EQ(page->bytes_scanned, 4599);
  ASSERT_EQ(page->columns->size(), 5U);
  EXPECT_EQ(page->columns->at(0).type, "bigint");
  ASSERT_EQ(page->rows.size(), 2U);
  const std::vector<AnswerValue> first = {"9223372036854775807", "x", "[1,null]", "true", "0.1"};
  const std::vector<AnswerValue> second = {std::nullopt, "", std::nullopt, "false", "NaN"};
  EXPECT_EQ(page->rows[0], first);
  EXPECT_EQ(page->rows[1], second);
}

TEST(TrinoPage, FindsTheErrorOnAnyPage) {
  const auto page = ParseTrinoPage(
      R"({"id":"q","columns":[{"name":"a","type":"x"}],"data":[[1]],"stats":{},)"
      R"("error":{"message":"m","errorName":"SYNTAX_ERROR","errorType":"USER_ERROR"}})");
  ASSERT_TRUE(page.ok());
  ASSERT_TRUE(page->error.has_value());
  EXPECT_EQ(page->error->name, "SYNTAX_ERROR");
  EXPECT_EQ(page->error->type, "USER_ERROR");
  EXPECT_EQ(page->error->message, "m");
}

TEST(TrinoPage, RefusesWhatNoTrinoWrites) {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"id":7})", R"({"id":"q","data":[[1]]})",
                           R"({"id":"q","columns":[1]})",
                           R"({"id":"q","columns":[{"name":"a","type":"t"}],"data":[1]})",
                           R"({"id":"q","columns":[{"name":"a","type":"t"}],"data":[[1,2]]})"}) {
    EXPECT_TRUE(ParseTrinoPage(body).Is(Code::kUnavailable)) << body;
  }
  // Fields of other types are left out, not taken for what they are not.
  const auto odd =
      ParseTrinoPage(R"({"id":"q","nextUri":3,"stats":[],"columns":{},"data":"x","error":null})");
  ASSERT_TRUE(odd.ok());
  EXPECT_EQ(odd->next_uri, "");
}

}  // namespace
}  // namespace pgattic::engine
