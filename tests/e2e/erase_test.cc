// Erase: afterwards no byte of the row is anywhere, and every other row is where it was.
#include <algorithm>
#include <set>

#include "cache/redis_server_fixture.h"
#include "erase_fixture.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

class Erase : public EraseFixture {};

TEST_F(Erase, NoByteOfTheRowIsLeftInEitherStoreAndAllOthersAre) {
  LoadMonths({1, 2}, 60);
  fs::create_directories(copy_folder());
  Configure("file://" + archive_folder(), kSmallParts + CopyToml());
  const std::vector<std::string> all = Ids("past_games_2024_01");
  // The first and last of the month too: metadata and statistics name them.
  const std::vector<std::string> ids = {all.front(), all[all.size() / 2], all.back()};
  Sql("UPDATE public.past_games SET game_document = '{\"note\": \"a-very-secret-note\"}' WHERE gid "
      "= '" +
      ids[1] + "'");
  const auto rest = Without(RowsOfDatabase(), ids);
  Works({"init"});
  Works({"archive", "--source-allow-changes", "true"});
  ASSERT_FALSE(FilesWith(copy_folder(), "a-very-secret-note").empty());
  const nlohmann::json done = Erased(ids);
  EXPECT_EQ(done.at("archived_rows"), 3);
  EXPECT_EQ(done.at("table_rows"), 0);
  EXPECT_EQ(done.at("open_requests"), 0);
  ASSERT_EQ(done.at("archives").size(), 1U) << done;
  for (const std::string& id : ids) {
    SaysErased(id);
    NothingIsLeftOf(id, {archive_folder(), copy_folder()});
  }
  NothingIsLeftOf("a-very-secret-note", {archive_folder(), copy_folder()});
  EXPECT_EQ(RowsByPyarrow(kParquet), rest);
  EXPECT_EQ(Objects(copy_folder()), ToBeCopied());
  EXPECT_EQ(Pgattic({"get", all[1]}).json().at("tier"), "archive");
  Works({"verify"});
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.erasure"), "3");
  EXPECT_EQ(One("SELECT archived_rows || ' ' || archives[1] FROM pgattic.erasure_request"),
            "3 past_games_2024_01");
  EXPECT_EQ(Erased(ids).at("archived_rows"), 0);
  EXPECT_EQ(Pgattic({"archive"}).out.substr(0, 13), "Nothing to do");
}

TEST_F(Erase, NoVersionOfAnObjectKeepsIt) {
  LoadMonths({1}, 60);
  fs::create_directories(copy_folder());
  UseS3(CopyToml(), true);
  const std::vector<std::string> all = Ids("past_games_2024_01");
  const std::vector<std::string> ids = {all.front(), all[30]};
  const auto rest = Without(RowsOfDatabase(), ids);
  Works({"init"});
  Works({"archive"});
  Erased(ids);
  for (const std::string& id : ids) {
    SaysErased(id);
    for (const char* kept : {"/root", "/versions", "/sidecar"}) {
      NothingIsLeftOf(id, {s3().folder() + kept, copy_folder()});
    }
  }
  Download();
  EXPECT_EQ(RowsByPyarrow(kParquet), rest);
}

TEST_F(Erase, RowsGoFromLiveLateAndDetachedTablesAndFromRoundsUnderWay) {
  LoadMonths({1, 2, 3, 4}, 40);
  Configure("file://" + archive_folder(), kSmallParts);
  std::vector<std::string> ids;
  for (const char* month : {"01", "02", "03", "04"}) {
    const auto of_month = Ids(std::string("past_games_2024_") + month);
    ids.push_back(of_month[7]);
    ids.push_back(of_month.front());
  }
  ids.emplace_back("late-secret");
  auto rest = Without(RowsOfDatabase(), ids);
  Works({"init"});
  Works({"archive", "--partition", "past_games_2024_01"});
  Works({"archive", "--partition", "past_games_2024_02", "--source-grace", "1h"});
  Works({"archive", "--partition", "past_games_2024_03", "--until", "marked"});
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES "
      "('late-secret', '2024-01-20', 2, 0)");
  const auto bounds = Sql("SELECT DISTINCT id_from FROM pgattic.part WHERE id_from IS NOT NULL");
  ids.insert(ids.end(), bounds.begin(), bounds.end());
  rest = Without(rest, bounds);
  const nlohmann::json done = Erased(ids);
  EXPECT_EQ(done.at("archives").size(), 3U) << done;
  EXPECT_EQ(done.at("open_requests"), 0);
  for (const std::string& id : ids) {
    SaysErased(id);
    NothingIsLeftOf(id, {archive_folder()});
  }
  // Months that were under way go on to their end.
  Works({"archive", "--source-allow-changes", "true", "--source-grace", "0"});
  Sql("UPDATE pgattic.archive SET drop_after = now() WHERE drop_after > now()");
  Works({"archive"});
  EXPECT_EQ(One("SELECT string_agg(DISTINCT phase, ',') FROM pgattic.archive"), "archived");
  EXPECT_EQ(RowsByPyarrow(kParquet), rest);
  Works({"verify"});
}

TEST_F(Erase, ARowThatComesBackIsErasedAgain) {
  LoadMonths({1}, 40);
  const std::string id = Ids("past_games_2024_01")[3];
  const auto rest = Without(RowsOfDatabase(), {id});
  Works({"init"});
  Works({"archive"});
  Erased({id});
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('" + id +
      "', '2024-01-20', 2, 0), ('other', '2024-01-21', 2, 0)");
  EXPECT_EQ(Pgattic({"get", id}).json().at("tier"), "database");
  Works({"archive"});
  SaysErased(id);
  EXPECT_EQ(Pgattic({"get", "other"}).json().at("tier"), "archive");
  NothingIsLeftOf(id, {archive_folder()});
  EXPECT_EQ(Without(RowsByPyarrow(kParquet), {"other"}), rest);
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.event WHERE detail LIKE '%had come back%'"), "1");
  // Alone it is no round.
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('" + id +
      "', '2024-01-20', 2, 0)");
  Works({"archive"});
  SaysErased(id);
  EXPECT_EQ(Phase(), "archived");
  NothingIsLeftOf(id, {archive_folder()});
  Works({"verify"});
}

TEST_F(Erase, ADryRunSaysWhatWouldBeDoneAndChangesNothing) {
  LoadMonths({1, 2}, 40);
  const std::string archived = Ids("past_games_2024_01")[3];
  const std::string live = Ids("past_games_2024_02")[3];
  Works({"init"});
  Works({"archive", "--partition", "past_games_2024_01"});
  const auto before = Objects(archive_folder());
  const nlohmann::json would = Erased({archived, live, "--dry-run"});
  EXPECT_EQ(would.at("table_rows"), 1);
  EXPECT_EQ(would.at("archived_rows"), 1);
  EXPECT_EQ(would.at("dry_run"), true);
  EXPECT_EQ(Objects(archive_folder()), before);
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.erasure"), "0");
  EXPECT_EQ(Pgattic({"get", archived, live}).code, 0);
}

TEST_F(Erase, RowsThatAConditionMeansAreShownFirstThenErased) {
  LoadMonths({1, 2}, 40);
  const std::vector<std::string> archived = {Ids("past_games_2024_01")[3],
                                             Ids("past_games_2024_01")[9]};
  const std::string live = Ids("past_games_2024_02")[5];
  Sql("UPDATE public.past_games SET quickdata = '{\"who\": \"o''brien-secret\"}' WHERE gid IN ('" +
      archived[0] + "', '" + archived[1] + "', '" + live + "')");
  const auto rest = Without(RowsOfDatabase(), {archived[0], archived[1], live});
  Works({"init"});
  Works({"archive", "--partition", "past_games_2024_01"});
  const std::string where = "quickdata->>'who' = 'o''brien-secret' -- theirs";
  const auto before = Objects(archive_folder());
  // Shown, and nothing else, until it is confirmed.
  const Ran shown = Pgattic({"erase", "--where", where, "--json"});
  EXPECT_EQ(shown.code, 2) << shown.out << shown.err;
  EXPECT_EQ(std::set<std::string>(shown.json().at("found")),
            (std::set<std::string>{archived[0], archived[1], live}));
  EXPECT_EQ(shown.json().at("table_rows"), 1);
  EXPECT_EQ(shown.json().at("archived_rows"), 2);
  EXPECT_EQ(shown.json().at("dry_run"), true);
  EXPECT_NE(shown.err.find("--yes"), std::string::npos);
  const Ran dry = Pgattic({"erase", "--where", where, "--dry-run", "--yes"});
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_EQ(dry.out.find("3 ids are meant: 1 of rows in partitions, 2 of rows in parts."), 0U)
      << dry.out;
  EXPECT_NE(dry.out.find("\n  " + live + "\n"), std::string::npos) << dry.out;
  EXPECT_TRUE(Objects(archive_folder()) == before);
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.erasure"), "0");

  Works({"erase", "--where", where, "--yes"});
  for (const std::string& id : {archived[0], archived[1], live}) {
    SaysErased(id);
    NothingIsLeftOf(id, {archive_folder()});
  }
  NothingIsLeftOf("brien-secret", {archive_folder()});
  // Once there is nothing that it means, there is nothing to confirm.
  EXPECT_EQ(Pgattic({"erase", "--where", where}).code, 0);
  Works({"archive", "--source-allow-changes", "true"});
  EXPECT_EQ(RowsByPyarrow(kParquet), rest);
}

TEST_F(Erase, AConditionThatMeansTooManyOrIsNoneChangesNothing) {
  LoadMonths({1, 2}, 40);
  const std::int64_t all = std::stoll(One("SELECT count(DISTINCT gid) FROM public.past_games"));
  Works({"init"});
  Works({"archive", "--partition", "past_games_2024_01"});
  const std::string live = One("SELECT count(*) FROM public.past_games");
  const auto before = Objects(archive_folder());
  Sql("CREATE FUNCTION public.sly() RETURNS boolean LANGUAGE sql AS "
      "'DELETE FROM public.past_games; SELECT true'");
  const std::vector<std::vector<std::string>> refused = {
      {"--where", "true", "--max-ids",
       std::to_string(all - 1)},  // Both halves together are too many.
      {"--where", "true", "--max-ids", "0"},
      {"--where", "no_column = 1"},
      {"--where", "gid = 'x'; DELETE FROM public.past_games"},
      {"--where", "gid = 'x') ; DROP TABLE public.past_games; --"},
      {"--where", "public.sly()"},
      {"--where", "year = 2024"},                      // Known to the engine, not to PostgreSQL.
      {"--where", "gid ~ '^a' AND ctid IS NOT NULL"},  // And the other way round.
      {"--where", "gid = 'x'", "an-id"},
      {"--max-ids", "5", "an-id"},
      {"--where", ""},
  };
  for (std::vector<std::string> arguments : refused) {
    arguments.insert(arguments.begin(), "erase");
    arguments.emplace_back("--yes");
    const Ran ran = Pgattic(arguments);
    EXPECT_TRUE(ran.code == 1 || ran.code == 2) << arguments[2] << ": " << ran.out << ran.err;
  }
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), live);
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.erasure"), "0");
  EXPECT_TRUE(Objects(archive_folder()) == before);
  Works({"erase", "--where", "true", "--max-ids", std::to_string(all), "--dry-run"});
}

TEST_F(Erase, TheSharedCacheForgetsTheRow) {
  LoadMonths({1}, 40);
  const auto ids = Ids("past_games_2024_01");
  Works({"init"});
  Works({"archive"});
  const cache::RedisServer redis;
  const std::map<std::string, std::string> env = {
      {"PGATTIC_CACHE_URL", "unix://" + redis.socket_path()}};
  ASSERT_EQ(Pgattic({"get", ids[3], ids[4]}, env).code, 0);
  EXPECT_EQ(Pgattic({"get", ids[3]}, env).json().at("tier"), "cache");
  const auto keys = [&] {
    auto connection = cache::RedisConnection::Dial(OpContext(), redis.endpoint(), 1 << 20).value();
    const std::array<std::string_view, 2> words = {"KEYS", "*"};
    std::string all;
    const auto reply = connection->Call(OpContext(), words).value();
    for (const auto& key : reply.list) all += *key + "\n";
    return all;
  };
  ASSERT_NE(keys().find(ids[3]), std::string::npos);
  ASSERT_EQ(Pgattic({"erase", ids[3]}, env).code, 0);
  EXPECT_EQ(keys().find(ids[3]), std::string::npos) << keys();
  EXPECT_NE(keys().find(ids[4]), std::string::npos);
}

TEST_F(Erase, WhatIsDamagedIsLeftAndTold) {
  LoadMonths({1, 2}, 40);
  const std::string id = Ids("past_games_2024_01")[3];
  const std::string other = Ids("past_games_2024_02")[3];
  Works({"init"});
  Works({"archive"});
  FlipBit(archive_folder() + "/" + One("SELECT key FROM pgattic.part WHERE key LIKE '%month=01%'"));
  const nlohmann::json failed = Erased({id, other}, 1);
  EXPECT_EQ(failed.at("open_requests"), 1);
  SaysErased(other);
  EXPECT_EQ(Pgattic({"erase"}).code, 2);
  EXPECT_EQ(Pgattic({"erase", "--ids-file", "/nowhere"}).code, 2);
}

}  // namespace
}  // namespace pgattic::test
