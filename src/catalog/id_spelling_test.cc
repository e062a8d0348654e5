// CanonicalId beside the server's own input functions.
#include <gtest/gtest.h>

#include "catalog/id_text.h"
#include "pg/connection.h"
#include "sandbox/postgres_cluster.h"

namespace pgattic::catalog {
namespace {

std::optional<std::string> AskServer(pg::Connection& connection, const std::string& type,
                                     const std::string& text) {
  const auto row = connection.Exec(OpContext(), "SELECT $1::text::" + type + "::text", {text});
  return row.ok() ? std::optional(row->Text(0, 0)) : std::nullopt;
}

/// Every string of up to `length` of these letters.
std::vector<std::string> Words(const std::string& letters, std::size_t length) {
  std::vector<std::string> words = {""};
  for (std::size_t first = 0, round = 0; round < length; ++round) {
    const std::size_t end = words.size();
    for (std::size_t i = first; i < end; ++i) {
      for (const char letter : letters) words.push_back(words[i] + letter);
    }
    first = end;
  }
  return words;
}

TEST(IdSpelling, IsTheServersOwn) {
  auto cluster = sandbox::PostgresCluster::Start(OpContext(), {});
  ASSERT_TRUE(cluster.ok()) << cluster.error().ToString();
  auto connection = pg::Connection::Open(OpContext(), {(*cluster)->Url(), "test"});
  ASSERT_TRUE(connection.ok()) << connection.error().ToString();
  // Before PostgreSQL 16 there were neither prefixes nor underscores.
  const bool is_new = (*connection)->server_version() >= 160000;
  int known = 0;
  for (const std::string& word : Words(is_new ? "07+- x_b1" : "07+- 1", is_new ? 4 : 5)) {
    const auto ours = CanonicalId(IdKind::kInteger, word);
    ASSERT_EQ(ours, AskServer(**connection, "bigint", word)) << "'" << word << "'";
    known += ours ? 1 : 0;
  }
  EXPECT_GT(known, 100);
  const std::string digits = "6f9619ff8b86D011b42d00c04fc964ff";
  for (std::size_t at = 0; at <= digits.size(); ++at) {
    for (const char* mark : {"-", "{", "}", " ", "g", "--"}) {
      std::string word = digits;
      word.insert(at, mark);
      EXPECT_EQ(CanonicalId(IdKind::kUuid, word), AskServer(**connection, "uuid", word)) << word;
      EXPECT_EQ(CanonicalId(IdKind::kUuid, "{" + word + "}"),
                AskServer(**connection, "uuid", "{" + word + "}"));
    }
  }
}

}  // namespace
}  // namespace pgattic::catalog
