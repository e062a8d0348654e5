// `pgattic query` over the years: columns added, dropped and of another type, odd names and values.
#include "queried_archive.h"

namespace pgattic::test {
namespace {

class QuerySchema : public QueriedArchive {
 protected:
  void Make(const std::string& columns) {
    GameArchive::LoadMonths({1}, 1);
    Sql("CREATE TABLE public.things (" + columns + ") PARTITION BY RANGE (at)");
    for (int month = 1; month <= 3; ++month) {
      const std::string next = std::to_string(month + 1);
      Sql("CREATE TABLE public.things_" + std::to_string(month) +
          " PARTITION OF public.things FOR VALUES FROM ('2024-0" + std::to_string(month) +
          "-01') TO ('2024-0" + next + "-01')");
    }
    ConfigureSource("[[source]]\ntable = \"public.things\"\nid_column = \"id\"\ngrace = \"0\"\n");
    ASSERT_EQ(Pgattic({"init"}).code, 0);
  }
};

TEST_F(QuerySchema, UnitesThreeVersionsByName) {
  Make("id int NOT NULL, at timestamptz NOT NULL, gone text, n int");
  Sql("INSERT INTO public.things VALUES (1, '2024-01-05', 'g', 10)");
  Archive({"--partition", "things_1"});
  Sql("ALTER TABLE public.things ADD COLUMN added numeric(6,2)");
  Sql("INSERT INTO public.things VALUES (2, '2024-02-05', 'h', 20, 2.50)");
  Archive({"--partition", "things_2"});
  Sql("ALTER TABLE public.things DROP COLUMN gone");
  Sql("ALTER TABLE public.things ALTER COLUMN n TYPE bigint");
  Sql("INSERT INTO public.things VALUES (3, '2024-03-05', 3000000000, 3.75)");
  Archive({"--partition", "things_3"});
  const Ran ran =
      Pgattic({"query", "SELECT id, gone, n, added, year, month FROM archive ORDER BY id",
               "--format", "csv"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "id,gone,n,added,year,month\r\n1,g,10,,2024,1\r\n2,h,20,2.50,2024,2\r\n"
            "3,,3000000000,3.75,2024,3\r\n");
  EXPECT_NE(ran.err.find("the type of column n changed: bigint (2024-03), integer (2024-01 to "
                         "2024-02)"),
            std::string::npos)
      << ran.err;
  EXPECT_EQ(ran.err.find("column gone"), std::string::npos) << ran.err;
}

TEST_F(QuerySchema, AColumnThatTravelsAsTextReadsAsText) {
  Make("id int NOT NULL, at timestamptz NOT NULL, seen timestamptz");
  Sql("INSERT INTO public.things VALUES (1, '2024-01-05', '2024-01-06 01:02:03.5+00')");
  Archive({"--partition", "things_1"});
  Sql("INSERT INTO public.things VALUES (2, '2024-02-05', 'infinity')");
  Archive({"--partition", "things_2"});
  const auto rows = Query("SELECT seen FROM archive ORDER BY id");
  EXPECT_EQ(rows.dump(), R"([{"seen":"2024-01-06 01:02:03.5+00"},{"seen":"infinity"}])");
}

TEST_F(QuerySchema, HasOddNamesAndItsOwnMonth) {
  Make(
      "id int NOT NULL, at timestamptz NOT NULL, \"Month\" text, \"a \"\"b\"\"\" int, \"select\" "
      "int");
  Sql("INSERT INTO public.things VALUES (1, '2024-01-05', 'mine', 4, 5)");
  Archive();
  EXPECT_EQ(Query("SELECT \"Month\", \"a \"\"b\"\"\", \"select\" FROM things").dump(),
            R"([{"Month":"mine","a \"b\"":4,"select":5}])");
  EXPECT_EQ(ErrorOf("SELECT year FROM things"), "InvalidArgument");
}

TEST_F(QuerySchema, AColumnOfAMonthThatIsNotSwappedYetIsNullInTheOthers) {
  LoadMonths({1, 2}, 2);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Archive({"--partition", "past_games_2024_01"});
  Sql("ALTER TABLE public.past_games ADD COLUMN added int DEFAULT 7");
  Archive({"--partition", "past_games_2024_02", "--until", "marked"});
  const std::string added =
      "SELECT month, added, count(*) AS games FROM games_all GROUP BY ALL ORDER BY ALL";
  const std::string seen = Query(added).dump();
  EXPECT_EQ(seen, R"([{"added":null,"games":2,"month":1},{"added":7,"games":2,"month":2}])");
  EXPECT_EQ(Query("SELECT count(*) AS n, count(stats) AS s FROM games_all").dump(),
            R"([{"n":4,"s":4}])");
  Archive();
  EXPECT_EQ(Query(added).dump(), seen);
}

TEST_F(QuerySchema, AMonthIsThePartitionsInEveryPhase) {
  LoadMonths({1, 2}, 0, "America/New_York");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (const char* at : {"2024-01-01 05:00+00", "2024-02-01 04:59+00", "2024-02-01 05:00+00"}) {
    Sql("INSERT INTO public.past_games SELECT 'g' || md5('" + std::string(at) + "'), '" + at +
        "', 2, 0, '{}', '{}', '{}', '{}', 0, NULL");
  }
  const std::string months =
      "SELECT year, month, count(*) AS games FROM games_all GROUP BY ALL ORDER BY ALL";
  const std::string before = Query(months).dump();
  EXPECT_EQ(before, R"([{"games":2,"month":1,"year":2024},{"games":1,"month":2,"year":2024}])");
  Archive({"--partition", "past_games_2024_01"});
  EXPECT_EQ(Query(months).dump(), before);
  Archive();
  EXPECT_EQ(Query(months).dump(), before);
}

}  // namespace
}  // namespace pgattic::test
