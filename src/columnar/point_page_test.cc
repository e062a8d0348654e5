#include "columnar/point_page.h"

#include <gtest/gtest.h>

#include <string>

#include "columnar/page_format.h"
#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

constexpr std::int64_t kRows = 40;

/// Header and frame of the first page of a part of one column.
std::string FirstPage() {
  testing::CopyStream stream;
  for (int i = 0; i < kRows; ++i) stream.Add({testing::Text(std::to_string(1000 + i))});
  const auto schema = testing::MakeSchema({testing::MakeColumn("id", 25, -1, false)});
  const std::string part = testing::WritePart(schema, stream.End().bytes()).value().bytes.substr(4);
  const PageHeader header = ParsePageHeader(AsBytes(part)).value();
  return part.substr(0, header.header_bytes + header.frame_bytes);
}

bool Opens(const std::string& page, std::int64_t rows) {
  return PointPage::Open(AsBytes(page), rows, /*is_nullable=*/false).has_value();
}

TEST(PointPage, IsThePageThatItsIndexSpeaksOf) {
  const std::string page = FirstPage();
  EXPECT_TRUE(Opens(page, kRows));
  EXPECT_FALSE(Opens(page, kRows - 1));
  EXPECT_FALSE(Opens(page, kRows + 1));
  EXPECT_FALSE(Opens(page + "x", kRows));
  EXPECT_FALSE(Opens(page.substr(0, page.size() - 1), kRows));
  EXPECT_FALSE(Opens("", kRows));
}

}  // namespace
}  // namespace pgattic::columnar
