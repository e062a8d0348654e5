// `pgattic serve` by REST: rows and games from wherever they lie, and what is said when not.
#include "served_archive.h"

namespace pgattic::test {
namespace {

class Serve : public ServedArchive {};

TEST_F(Serve, GivesTheRowThatGetGives) {
  ArchiveAll();
  StartServing();
  const std::string id = SomeId();
  const Page page = web().Get("/v1/rows/public.past_games/" + id);
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.Header("x-pgattic-source"), "archive");
  const auto json = page.json();
  EXPECT_EQ(json["id"], id);
  EXPECT_EQ(json["tier"], "archive");
  EXPECT_EQ(json["availability"], "available");
  EXPECT_EQ(json["row"], Pgattic({"get", id}).json()["row"]);
  EXPECT_EQ(web().Get("/v1/rows/public.past_games/" + id).Header("x-pgattic-source"), "cache");
}

TEST_F(Serve, GivesAGameWithItsBasicInfo) {
  ArchiveAll();
  StartServing();
  const std::string id = SomeId();
  const Page page = web().Get("/v1/games/" + id);
  ASSERT_EQ(page.status, 200) << page.body;
  const auto json = page.json();
  EXPECT_EQ(json["availability"], "available");
  EXPECT_EQ(json["game"]["migration_status"], 3);
  EXPECT_EQ(json["game"]["players"].size(), 2U);
  EXPECT_EQ(json["game"]["created_at"].get<std::string>().substr(0, 5), "2024-");
  EXPECT_EQ(json["row"], Pgattic({"get", id}).json()["row"]);
}

TEST_F(Serve, AnswersABatchInItsOrder) {
  ArchiveAll();
  StartServing();
  const std::vector<std::string> ids =
      Sql("SELECT uuid FROM public.games WHERE migration_status = 3 ORDER BY uuid LIMIT 30");
  nlohmann::json body = {{"ids", ids}};
  body["ids"].insert(body["ids"].begin() + 5, "no-such-game");
  const Page page = web().Post("/v1/games:batchGet", body.dump(), "application/json");
  ASSERT_EQ(page.status, 200) << page.body;
  ASSERT_EQ(std::to_string(page.body.size()), page.Header("content-length"));
  // Some games hold numbers that no double can, so the answer is looked at as text.
  std::size_t at = 0;
  for (std::size_t i = 0; i < body["ids"].size(); ++i) {
    const std::string head = "{\"id\":" + body["ids"][i].dump() +
                             (i == 5 ? ",\"tier\":null,\"availability\":\"absent\""
                                     : ",\"tier\":\"archive\",\"availability\":\"available\"");
    at = page.body.find(head, at);
    ASSERT_NE(at, page.body.npos) << head;
  }
}

TEST_F(Serve, SaysGoneOfWhatWasErased) {
  ArchiveAll();
  StartServing();
  const std::string id = SomeId();
  ASSERT_EQ(web().Get("/v1/rows/public.past_games/" + id).status, 200);
  ASSERT_EQ(Pgattic({"erase", id}).code, 0);
  const Page row = web().Get("/v1/rows/public.past_games/" + id);
  EXPECT_EQ(row.status, 410) << row.body;
  EXPECT_EQ(row.json()["availability"], "erased");
  const Page game = web().Get("/v1/games/" + id);
  EXPECT_EQ(game.status, 410) << game.body;
}

TEST_F(Serve, TellsAbsentFromUnavailable) {
  UseS3();
  ArchiveAll();
  StartServing({"--lookup-store-deadline", "300ms"});
  const Page absent = web().Get("/v1/games/no-such-game");
  EXPECT_EQ(absent.status, 404);
  EXPECT_EQ(absent.json()["availability"], "absent");
  const std::string id = SomeId();
  s3().Freeze();
  const Page unavailable = web().Get("/v1/rows/public.past_games/" + id);
  EXPECT_EQ(unavailable.status, 503) << unavailable.body;
  EXPECT_EQ(unavailable.json()["availability"], "temporarily_unavailable");
  const Page basic = web().Get("/v1/games/" + id);
  EXPECT_EQ(basic.status, 200) << basic.body;
  EXPECT_EQ(basic.json()["availability"], "temporarily_unavailable");
  EXPECT_EQ(basic.json()["game"]["migration_status"], 3);
  EXPECT_TRUE(basic.json()["row"].is_null());
}

TEST_F(Serve, ListsArchivesAsStatusDoes) {
  ArchiveAll();
  StartServing();
  const auto served = web().Get("/v1/archives").json()["archives"];
  const auto told = Pgattic({"status", "--json"}).json()["archives"];
  ASSERT_EQ(served.size(), 3U);
  for (std::size_t i = 0; i < served.size(); ++i) {
    for (const char* key : {"source", "partition", "from", "to", "phase", "rows", "raw_bytes",
                            "stored_bytes", "parts", "updated_at", "error"}) {
      EXPECT_EQ(served[i][key], told[i][key]) << key;
    }
  }
}

TEST_F(Serve, CountsWhatItDoes) {
  ArchiveAll();
  StartServing({"--lookup-filters-ahead", "false"});
  const std::string id = SomeId();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(web().Get("/v1/rows/public.past_games/" + id).status, 200);
  ASSERT_EQ(web().Get("/metrics").status, 200);
  const Page page = web().Get("/metrics");  // The second time: steps are counted once.
  EXPECT_EQ(page.Header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"pgattic_lookup_answers_total{code=\"ok\",tier=\"archive\"} 1\n",
        "pgattic_lookup_answers_total{code=\"ok\",tier=\"cache\"} 2\n",
        "pgattic_cache_lookups_total{cache=\"memory\",result=\"hit\"} 2\n",
        "pgattic_http_requests_total{route=\"row\",status=\"success\"} 3\n",
        "pgattic_journal_archives{phase=\"archived\"} 3\n",
        "pgattic_journal_rows{phase=\"archived\"} 120\n", "pgattic_journal_up 1\n",
        "pgattic_journal_step_duration_seconds_count{step=\"export\"} 3\n",
        "pgattic_journal_step_duration_seconds_count{step=\"drop\"} 3\n",
        "pgattic_journal_step_duration_seconds_count{step=\"rollback\"} 0\n",
        "pgattic_store_requests_total{code=\"ok\",op=\"get\",store=\"primary\"} 2\n",
        "pgattic_breaker_state{backend=\"archive\",state=\"closed\"} 1\n",
        "pgattic_breaker_state{backend=\"database\",state=\"closed\"} 1\n",
        "pgattic_pool_places{pool=\"sessions\",state=\"limit\"} 8\n",
        "pgattic_pool_places{pool=\"connections\",state=\"busy\"} 1\n"}) {
    EXPECT_NE(page.body.find(line), page.body.npos) << line;
  }
  EXPECT_EQ(page.body.find(id), page.body.npos);
  EXPECT_EQ(page.body.find("pgattic_journal_freed_bytes 0\n"), page.body.npos);
}

TEST_F(Serve, EndsGracefully) {
  ArchiveAll();
  StartServing();
  ASSERT_EQ(web().Get("/healthz").status, 200);
  EXPECT_EQ(StopServing(), sandbox::ExitStatus{});
}

TEST_F(Serve, IsReadyOnlyWhileAnArchivedRowCanBeRead) {
  UseS3();
  ArchiveAll();
  StartServing({"--serve-canary-limit", "300ms"});
  const Page ready = web().Get("/readyz");
  EXPECT_EQ(ready.status, 200) << ready.body;
  ASSERT_EQ(ready.json()["backends"].size(), 2U) << ready.body;
  EXPECT_EQ(ready.json()["backends"][1]["message"], "an archived row was read");
  for (const char* backend : {"database", "archive", "cache"}) {
    EXPECT_EQ(ready.json()["breakers"][backend], "closed") << backend << ready.body;
  }
  s3().Freeze();
  const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
  Page ill = ready;
  while (ill.status == 200 && limit.SleepFor(std::chrono::milliseconds(50)).ok()) {
    ill = web().Get("/readyz");
  }
  EXPECT_EQ(ill.status, 503);
  EXPECT_TRUE(ill.json()["backends"][0]["ok"]);
  EXPECT_FALSE(ill.json()["backends"][1]["ok"]) << ill.body;
  s3().Wake();
  while (ill.status == 503 && limit.SleepFor(std::chrono::milliseconds(50)).ok()) {
    ill = web().Get("/readyz");
  }
  EXPECT_EQ(ill.status, 200) << ill.body;
}

}  // namespace
}  // namespace pgattic::test
