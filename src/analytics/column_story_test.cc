#include "analytics/column_story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgattic::analytics {
namespace {

std::string Schema(const std::string& name, const std::string& type, const std::string& transport) {
  return R"([{"name": ")" + name + R"(", "pg_type": ")" + type + R"(", "transport": ")" +
         transport + R"("}])";
}

TEST(ColumnStory, SaysNothingOfColumnsThatCameOrWent) {
  ColumnStory story;
  ASSERT_TRUE(story.Add(Schema("a", "integer", "int32"), "2024-01").ok());
  ASSERT_TRUE(story.Add(Schema("b", "text", "string"), "2024-02").ok());
  EXPECT_TRUE(story.Changes().empty());
}

TEST(ColumnStory, SaysWhichTypeWasWhen) {
  ColumnStory story;
  ASSERT_TRUE(story.Add(Schema("n", "integer", "int32"), "2024-02").ok());
  ASSERT_TRUE(story.Add(Schema("n", "integer", "int32"), "2024-01").ok());
  ASSERT_TRUE(story.Add(Schema("n", "bigint", "int64"), "2024-03").ok());
  EXPECT_THAT(story.Changes(),
              testing::ElementsAre("the type of column n changed: bigint (2024-03), integer "
                                   "(2024-01 to 2024-02); it reads as a type that holds them all"));
}

TEST(ColumnStory, TellsATypeThatTravelsAsTextApart) {
  ColumnStory story;
  ASSERT_TRUE(story.Add(Schema("t", "timestamp with time zone", "timestamptz"), "2024-01").ok());
  ASSERT_TRUE(story.Add(Schema("t", "timestamp with time zone", "text"), "2024-02").ok());
  ASSERT_EQ(story.Changes().size(), 1U);
  EXPECT_NE(story.Changes()[0].find("timestamp with time zone kept as text (2024-02)"),
            std::string::npos)
      << story.Changes()[0];
}

TEST(ColumnStory, RefusesWhatIsNoSchema) {
  ColumnStory story;
  const Status added = story.Add("{}", "2024-01");
  ASSERT_FALSE(added.ok());
  EXPECT_TRUE(added.Is(Code::kCorruption));
}

}  // namespace
}  // namespace pgattic::analytics
