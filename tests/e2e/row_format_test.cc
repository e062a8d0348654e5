// What `get` prints for each kind of value, for odd names, and for a role that is not the owner.
#include <array>

#include "game_archive.h"

namespace pgattic::test {
namespace {

class RowFormat : public GameArchive {
 protected:
  void SetUp() override {
    GameArchive::SetUp();
    LoadMonths({1}, 10);
  }
};

TEST_F(RowFormat, EachTypeHasOneForm) {
  const std::array<std::array<const char*, 3>, 22> kCases = {{
      {"int2", "-7", "-7"},
      {"int4", "2147483647", "2147483647"},
      {"int8", "9007199254740992", "9007199254740992"},
      {"int8", "9007199254740993", "\"9007199254740993\""},
      {"float8", "1.5", "1.5"},
      {"float8", "NaN", "\"NaN\""},
      {"float4", "-0", "-0"},
      {"numeric(6,2)", "12.30", "\"12.30\""},
      {"numeric", "123456789012345678901234567890.5", "\"123456789012345678901234567890.5\""},
      {"boolean", "true", "true"},
      {"boolean", "false", "false"},
      {"text", "a \"quote\"\\", R"("a \"quote\"\\")"},
      {"text", "NULL", "\"NULL\""},
      {"jsonb", R"({"b": 1.10, "a": [null, "x"]})", R"({"a": [null, "x"], "b": 1.10})"},
      {"json", R"({"b":  1, "b": 2})", R"({"b":  1, "b": 2})"},
      {"timestamptz", "2024-01-15 12:30:00.123456+02", "\"2024-01-15T10:30:00.123456Z\""},
      {"timestamptz", "infinity", "\"infinity\""},
      {"timestamp", "2024-01-15 10:30:00", "\"2024-01-15 10:30:00\""},
      {"date", "2024-02-29", "\"2024-02-29\""},
      {"bytea", "\\xdeadbeef", "\"\\\\xdeadbeef\""},
      {"int4[]", "{1,NULL,3}", "\"{1,NULL,3}\""},
      {"interval", "1 day 02:03:04", "\"1 day 02:03:04\""},
  }};
  std::string columns;
  std::string values;
  std::string expected;
  for (std::size_t i = 0; i < kCases.size(); ++i) {
    const std::string name = "c" + std::to_string(i);
    columns += ", " + name + " " + kCases.at(i)[0];
    values += ", $$" + std::string(kCases.at(i)[1]) + "$$";
    expected += ", \"" + name + "\": " + kCases.at(i)[2];
  }
  Sql("CREATE TABLE public.kinds (id uuid NOT NULL, at date NOT NULL, gone int, none text" +
      columns + ") PARTITION BY RANGE (at)");
  Sql("ALTER TABLE public.kinds DROP COLUMN gone");
  Sql("CREATE TABLE public.kinds_1 PARTITION OF public.kinds FOR VALUES FROM ('2024-01-01') TO "
      "('2024-02-01')");
  const std::string id = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
  Sql("INSERT INTO public.kinds VALUES ('" + id + "', '2024-01-02', NULL" + values + ")");
  ConfigureSource("[[source]]\ntable = \"public.kinds\"\nid_column = \"id\"\ngrace = \"0\"\n");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const auto line = [&](const std::string& tier) {
    return "{\"id\": \"" + id + "\", \"source\": \"public.kinds\", \"tier\": \"" + tier +
           "\", \"availability\": \"available\", \"row\": {\"id\": \"" + id +
           "\", \"at\": \"2024-01-02\", \"none\": null" + expected + "}}\n";
  };
  EXPECT_EQ(Pgattic({"get", id}).out, line("database"));
  const Ran ran = Pgattic({"archive"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(Pgattic({"get", id}).out, line("archive"));
}

TEST_F(RowFormat, NamesMayBeAnythingAndTheRoleAMemberOnly) {
  Admin("CREATE SCHEMA \"My Schema\" AUTHORIZATION woogles");
  Admin("CREATE ROLE courier LOGIN IN ROLE woogles");
  Admin("GRANT CREATE ON DATABASE " + One("SELECT quote_ident(current_database())") +
        " TO courier");
  Sql("CREATE TABLE \"My Schema\".\"My.Table\" (\"id col\" int NOT NULL, \"select\" text, "
      "\"At \"\"it\"\"\" timestamptz NOT NULL) PARTITION BY RANGE (\"At \"\"it\"\"\")");
  Sql("CREATE TABLE \"My Schema\".\"Part 1\" PARTITION OF \"My Schema\".\"My.Table\" FOR VALUES "
      "FROM ('2024-01-01') TO ('2024-02-01')");
  Sql("INSERT INTO \"My Schema\".\"My.Table\" SELECT i, 'v' || i, '2024-01-05' FROM "
      "generate_series(1, 50) i");
  ConfigureSource(
      "[[source]]\ntable = '\"My Schema\".\"My.Table\"'\nid_column = \"id col\"\ngrace = \"0\"\n");
  const std::map<std::string, std::string> env = {{"PGATTIC_DATABASE_URL", UrlOf("courier")}};
  const Ran init = Pgattic({"init"}, env);
  ASSERT_EQ(init.code, 0) << init.err;
  const Ran doctor = Pgattic({"doctor"}, env);
  EXPECT_EQ(doctor.code, 0) << doctor.out;
  const Ran ran = Pgattic({"archive", "--partition", "My Schema.Part 1", "--json"}, env);
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.json().at("archives").at(0).at("rows"), 50);
  const auto row = Pgattic({"get", "7"}, env).json();
  EXPECT_EQ(row.at("tier"), "archive");
  EXPECT_EQ(row.at("row").dump(),
            R"({"At \"it\"":"2024-01-05T00:00:00Z","id col":7,"select":"v7"})");
  EXPECT_EQ(Pgattic({"verify"}, env).code, 0);
  EXPECT_EQ(One("SELECT tableowner FROM pg_tables WHERE tablename = 'Part 1_late'"), "woogles");
}

}  // namespace
}  // namespace pgattic::test
