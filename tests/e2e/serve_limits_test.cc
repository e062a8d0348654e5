// What a service has to withstand, and what it must not give away.
#include "served_archive.h"

namespace pgattic::test {
namespace {

class ServeLimits : public ServedArchive {};

TEST_F(ServeLimits, RefusesToListenBeyondThisMachineWithoutTokens) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const Ran refused = Pgattic({"serve", "--listen", "0.0.0.0:0"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("serve.tokens_file"), refused.err.npos) << refused.err;
  for (const char* elsewhere : {"localhost.evil.com:0", "127.0.0.1.evil:0", "[::]:0"}) {
    const Ran hidden = Pgattic({"serve", "--listen", elsewhere});
    EXPECT_EQ(hidden.code, 2) << hidden.err;
    EXPECT_NE(hidden.err.find("serve.tokens_file"), hidden.err.npos) << hidden.err;
  }
  StartServing({"--serve-allow-anonymous", "true"});
  EXPECT_EQ(Pgattic({"serve", "--listen", "here"}).code, 2);
  EXPECT_EQ(Pgattic({"serve", "--serve-tls-key", "/x"}).code, 2);
  EXPECT_EQ(Pgattic({"serve", "--serve-tokens-file", "/none"}).code, 2);
}

TEST_F(ServeLimits, SaysThatTheConfigurationIsWrongWhileTheDatabaseIsDown) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--listen", "0.0.0.0:0"}, {"--serve-tokens-file", "/none"}, {"--serve-tls-key", "/x"}};
  for (std::vector<std::string> flags : wrong) {
    flags.insert(flags.begin(), {"serve", "--database-url", "postgresql://127.0.0.1:1/none"});
    const Ran refused = Pgattic(flags);
    EXPECT_EQ(refused.code, 2) << refused.err;
    EXPECT_NE(refused.err.find("serve."), refused.err.npos) << refused.err;
  }
}

TEST_F(ServeLimits, TakesWhateverAnIdMayBe) {
  ArchiveAll();
  StartServing();
  const std::string rows = "/v1/rows/public.past_games/";
  const std::string games = One("SELECT count(*) FROM public.games");
  const std::vector<std::string> absent = {"%27%3B%20DROP%20TABLE%20public.games%3B--",
                                           "..%2F..%2Fetc%2Fpasswd",
                                           "%25s%25n",
                                           "a%0Ab",
                                           "%F0%9F%98%80",
                                           "%5C",
                                           std::string(1500, 'x'),
                                           "%7B%7D"};
  for (const std::string& id : absent) {
    EXPECT_EQ(web().Get(rows + id).status, 404) << id;
    EXPECT_EQ(web().Get("/v1/games/" + id).status, 404) << id;
  }
  for (const char* bad : {"", "%00", "%ff", "%", "%C3%28"}) {
    EXPECT_EQ(web().Get(rows + bad).status, 400) << bad;
  }
  EXPECT_EQ(web().Get(rows + std::string(3000, 'x')).status, 400);
  EXPECT_EQ(web().Get(rows + SomeId() + "?created_at=yesterday").status, 400);
  EXPECT_EQ(web().Get("/v1/rows/pg_catalog.pg_authid/1").status, 404);
  EXPECT_EQ(web().Get("/../../etc/passwd").status, 404);
  EXPECT_EQ(One("SELECT count(*) FROM public.games"), games);
}

TEST_F(ServeLimits, BoundsABatch) {
  ArchiveAll();
  StartServing({"--serve-max-ids", "3"});
  const auto post = [&](const std::string& body) {
    return web().Post("/v1/games:batchGet", body, "application/json").status;
  };
  EXPECT_EQ(post(R"({"ids":["a","b","c"]})"), 200);
  EXPECT_EQ(post(R"({"ids":["a","b","c","d"]})"), 400);
  for (const char* bad :
       {"", "[]", R"({"ids":1})", R"({"ids":[1]})", R"({"ids":[""]})", "{", "\xff"}) {
    EXPECT_EQ(post(bad), 400) << bad;
  }
  EXPECT_EQ(post(std::string(2 << 20, ' ')), 413);
  EXPECT_EQ(post(std::string(500'000, '[')), 400);
  EXPECT_EQ(web().Get("/v1/games:batchGet").status, 405);
  EXPECT_EQ(web().Get("/healthz").status, 200);
}

TEST_F(ServeLimits, LetsRowsBeKeptOnlyOnceTheyCannotChange) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive", "--partition", "past_games_2024_01"}).code, 0);
  StartServing();
  const std::string rows = "/v1/rows/public.past_games/";
  const Page live = web().Get(rows + One("SELECT gid FROM public.past_games ORDER BY gid LIMIT 1"));
  ASSERT_EQ(live.status, 200);
  EXPECT_EQ(live.Header("x-pgattic-source"), "database");
  EXPECT_EQ(live.Header("cache-control"), "no-store");
  EXPECT_EQ(live.Header("etag"), "");
  const Page first = web().Get(rows + SomeId());
  ASSERT_EQ(first.status, 200);
  EXPECT_EQ(first.Header("cache-control"), "private, max-age=3600, immutable");
  const std::string etag = first.Header("etag");
  ASSERT_NE(etag, "");
  const Page again = web().Get(rows + SomeId(), {{"If-None-Match", etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(web().Get(rows + SomeId(), {{"If-None-Match", "W/\"other\""}}).status, 200);
  const Page game = web().Get("/v1/games/" + SomeId());
  EXPECT_EQ(game.Header("cache-control"), "private, no-cache");
  const Page unchanged =
      web().Get("/v1/games/" + SomeId(), {{"If-None-Match", game.Header("etag")}});
  EXPECT_EQ(unchanged.status, 304);
  Sql("UPDATE public.games SET winner_idx = 1 - winner_idx WHERE uuid = '" + SomeId() + "'");
  EXPECT_EQ(web().Get("/v1/games/" + SomeId(), {{"If-None-Match", game.Header("etag")}}).status,
            200);
}

TEST_F(ServeLimits, ReconnectsToPostgresqlByItself) {
  ArchiveAll();
  StartServing();
  const std::string id = SomeId();
  ASSERT_EQ(web().Get("/v1/games/" + id).status, 200);
  Admin(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
      "AND pid <> pg_backend_pid() AND application_name = 'pgattic'");
  EXPECT_EQ(web().Get("/v1/games/" + id).json()["availability"], "available");
  EXPECT_EQ(web().Get("/v1/archives").status, 200);
}

}  // namespace
}  // namespace pgattic::test
