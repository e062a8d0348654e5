#include "s3/s3_xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgattic::s3 {
namespace {

TEST(S3XmlTest, FindsElementsByTheirWholeName) {
  const std::string xml =
      "<List xmlns=\"x\"><KeyCount>2</KeyCount><Contents><Key>a</Key></Contents>"
      "<Contents><Key>b</Key></Contents><Empty/></List>";
  EXPECT_THAT(XmlElements(xml, "Contents"), testing::ElementsAre("<Key>a</Key>", "<Key>b</Key>"));
  EXPECT_THAT(XmlElements(xml, "Key"), testing::ElementsAre("a", "b"));
  EXPECT_EQ(XmlElements(xml, "List").size(), 1U);
  EXPECT_EQ(XmlText(xml, "KeyCount"), "2");
  EXPECT_EQ(XmlText(xml, "Empty"), "");
  EXPECT_EQ(XmlText(xml, "Missing"), "");
}

TEST(S3XmlTest, ResolvesEntities) {
  EXPECT_EQ(XmlText("<E>&quot;a&amp;b&lt;c&gt;&apos;</E>", "E"), "\"a&b<c>'");
  EXPECT_EQ(XmlText("<E>&#34;&#xe9;&#x20AC;&#x1F3B2;</E>", "E"),
            "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xB2");
  EXPECT_EQ(XmlText("<E>&unknown; &#xZZ; & &#99999999;</E>", "E"),
            "&unknown; &#xZZ; & &#99999999;");
}

TEST(S3XmlTest, SurvivesBrokenInput) {
  for (const char* xml : {"", "<", "<Key", "<Key>", "<Key>a", "</Key>", "<Key>a</Ke", "not xml"}) {
    EXPECT_EQ(XmlText(xml, "Key"), "") << xml;
  }
}

TEST(S3XmlTest, EscapesWhatItResolves) {
  const std::string text = "<\"a\" & 'b'>";
  EXPECT_EQ(XmlText("<E>" + XmlEscape(text) + "</E>", "E"), text);
}

}  // namespace
}  // namespace pgattic::s3
