#include "api/route.h"

#include <gtest/gtest.h>

namespace pgattic::api {
namespace {

using metrics::HttpRoute;

HttpRoute NameOf(const std::string& target) {
  const Result<Route> route = ParseTarget(target);
  return route.ok() ? route->name : HttpRoute::kUnknown;
}

TEST(ParseTargetTest, KnowsItsPaths) {
  EXPECT_EQ(NameOf("/"), HttpRoute::kPage);
  EXPECT_EQ(NameOf("/page.js?x"), HttpRoute::kPage);
  EXPECT_EQ(NameOf("/healthz"), HttpRoute::kHealthz);
  EXPECT_EQ(NameOf("/readyz?"), HttpRoute::kReadyz);
  EXPECT_EQ(NameOf("/metrics"), HttpRoute::kMetrics);
  EXPECT_EQ(NameOf("/v1/archives"), HttpRoute::kArchives);
  EXPECT_EQ(NameOf("/v1/overview"), HttpRoute::kOverview);
  EXPECT_EQ(NameOf("/v1/games:batchGet"), HttpRoute::kGames);
  EXPECT_EQ(NameOf("/v1/games%3AbatchGet"), HttpRoute::kGames);
  EXPECT_EQ(NameOf("/pgattic.v1.ArchiveService/GetGame"), HttpRoute::kConnect);
  for (const char* unknown :
       {"/v1", "/v1/", "/v1/games", "/v1/games/a/b", "/v1/rows/a", "/V1/archives", "//",
        "/healthz/", "/v1/rows/a/b/c", "/etc/passwd", "/../metrics"}) {
    EXPECT_EQ(NameOf(unknown), HttpRoute::kUnknown) << unknown;
  }
}

TEST(ParseTargetTest, GivesWhatThePathNames) {
  const Result<Route> row = ParseTarget("/v1/rows/public.a%2Fb/..%2f..?created_at=2024-01-01+00&x");
  ASSERT_TRUE(row.ok());
  EXPECT_EQ(row->name, HttpRoute::kRow);
  EXPECT_EQ(row->arguments, (std::vector<std::string>{"public.a/b", "../.."}));
  EXPECT_EQ(row->query.at("created_at"), "2024-01-01+00");
  EXPECT_EQ(row->query.at("x"), "");
  EXPECT_EQ(ParseTarget("/v1/games/")->arguments, std::vector<std::string>{""});
}

TEST(ParseTargetTest, RefusesBrokenEncoding) {
  for (const char* bad :
       {"", "x", "*", "http://host/", "/%", "/v1/games/%ff", "/v1/games/%00", "/?a=%", "/?%=a"}) {
    EXPECT_TRUE(ParseTarget(bad).Is(Code::kInvalidArgument)) << bad;
  }
}

}  // namespace
}  // namespace pgattic::api
