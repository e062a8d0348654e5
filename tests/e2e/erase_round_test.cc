// Erase beside rounds that are under way, restored months, and rows that only the archive has.
#include "erase_fixture.h"

namespace pgattic::test {
namespace {

const std::string kMonth = "past_games_2024_01";  // NOLINT(cert-err58-cpp): a test's name

class EraseRound : public EraseFixture {
 protected:
  void Delete(const std::string& id) {
    Sql("DELETE FROM public.past_games WHERE gid = '" + id + "'");
  }
  void InsertLate(const std::string& id) {
    Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('" + id +
        "', '2024-01-20', 2, 0)");
  }
};

TEST_F(EraseRound, NeverDeletesTheOnlyCopyOfAnotherRow) {
  LoadMonths({1}, 40);
  Configure("file://" + archive_folder(), kSmallParts);
  const std::vector<std::string> ids = Ids(kMonth);
  const auto rest = Without(RowsOfDatabase(), {ids[5], ids[7]});
  Works({"init"});
  Works({"archive", "--until", "marked"});
  Delete(ids[5]);
  const Ran refused = Pgattic({"archive"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("--allow-shrink"), std::string::npos) << refused.err;
  const nlohmann::json left = Erased({ids[7]}, 1);
  EXPECT_EQ(left.at("open_requests"), 1) << left;
  EXPECT_NE(left.dump().find("rollback " + kMonth + " --allow-shrink"), std::string::npos) << left;
  EXPECT_FALSE(FilesWith(archive_folder(), ids[5]).empty());
  // It was deleted on purpose after all.
  Works({"rollback", kMonth, "--allow-shrink"});
  EXPECT_EQ(Erased({ids[7]}).at("open_requests"), 0);
  Works({"archive", "--source-allow-changes", "true"});
  SaysErased(ids[7]);
  NothingIsLeftOf(ids[7], {archive_folder()});
  EXPECT_TRUE(RowsByPyarrow(kParquet) == rest);
}

TEST_F(EraseRound, RowsOfEarlierRoundsGoWhileALateOneIsUnderWay) {
  LoadMonths({1}, 40);
  Configure("file://" + archive_folder(), kSmallParts);
  const std::string id = Ids(kMonth)[7];
  const auto rest = Without(RowsOfDatabase(), {id});
  Works({"init"});
  Works({"archive"});
  InsertLate("late");
  Works({"archive", "--until", "marked"});
  ASSERT_EQ(Phase(), "marked");
  const nlohmann::json done = Erased({id});
  EXPECT_EQ(done.at("open_requests"), 0) << done;
  SaysErased(id);
  NothingIsLeftOf(id, {archive_folder()});
  EXPECT_EQ(Pgattic({"get", "late"}).json().at("tier"), "database");
  Works({"archive"});
  EXPECT_EQ(Pgattic({"get", "late"}).json().at("tier"), "archive");
  EXPECT_TRUE(Without(RowsByPyarrow(kParquet), {"late"}) == rest);
  Works({"verify"});
}

TEST_F(EraseRound, ObjectsThatARestoreKeptGoAsWell) {
  LoadMonths({1}, 40);
  std::filesystem::create_directories(copy_folder());
  Configure("file://" + archive_folder(), kSmallParts + CopyToml());
  const std::string id = Ids(kMonth)[7];
  const auto rest = Without(RowsOfDatabase(), {id});
  Works({"init"});
  Works({"archive"});
  Works({"restore", kMonth});
  const nlohmann::json would = Pgattic({"erase", "--dry-run", "--json", id}).json();
  EXPECT_TRUE(would.at("archives").at(0).at("rolled_back").get<bool>()) << would;
  EXPECT_EQ(Erased({id}).at("open_requests"), 0);
  SaysErased(id);
  NothingIsLeftOf(id, {archive_folder(), copy_folder()});
  EXPECT_TRUE(RowsOfDatabase() == rest);
  Works({"archive", "--partition", kMonth});
  EXPECT_TRUE(RowsByPyarrow(kParquet) == rest);
}

// Of rows with one id the archive holds two: one that is deleted is not made up for by the other.
TEST_F(EraseRound, OneOfTwoRowsOfAnIdIsNotLostEither) {
  LoadMonths({1}, 40);
  InsertLate("twice");
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES "
      "('twice', '2024-01-21', 2, 0)");
  Works({"init"});
  Works({"archive", "--until", "marked"});
  Sql("DELETE FROM public.past_games WHERE gid = 'twice' AND created_at > '2024-01-20 12:00'");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"rollback", kMonth}, {"archive"}}) {
    const Ran refused = Pgattic(command);
    EXPECT_EQ(refused.code, 1) << command.front();
    EXPECT_NE(refused.err.find("a row of id twice"), std::string::npos) << refused.err;
  }
  EXPECT_EQ(One("SELECT sum(rows) FROM pgattic.part WHERE published"), "42");
  Works({"archive", "--allow-shrink"});
  EXPECT_EQ(RowsByPyarrow(kParquet).size(), 41U);
}

}  // namespace
}  // namespace pgattic::test
