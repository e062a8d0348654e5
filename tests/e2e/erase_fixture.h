// EraseFixture: a game archive of which rows are erased, and searches for what is left of them.
#pragma once

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "copied_archive.h"

namespace pgattic::test {

class EraseFixture : public CopiedArchive {
 protected:
  /// Ids of a month's rows, sorted.
  std::vector<std::string> Ids(const std::string& partition) {
    return Sql("SELECT gid FROM public." + partition + " ORDER BY gid COLLATE \"C\"");
  }
  nlohmann::json Erased(std::vector<std::string> ids, int code = 0) {
    ids.insert(ids.begin(), {"erase", "--json"});
    const Ran ran = Pgattic(ids);
    EXPECT_EQ(ran.code, code) << ran.out << ran.err;
    return ran.json();
  }
  /// `rows` (RowsOfDatabase) without those of `ids`.
  static std::vector<std::string> Without(std::vector<std::string> rows,
                                          const std::vector<std::string>& ids) {
    std::erase_if(rows, [&](const std::string& row) {
      return std::any_of(ids.begin(), ids.end(),
                         [&](const std::string& id) { return row.starts_with(id + '\x1f'); });
    });
    return rows;
  }
  void SaysErased(const std::string& id) {
    const Ran got = Pgattic({"get", id});
    EXPECT_EQ(got.code, 1);
    EXPECT_EQ(got.json().at("availability"), "erased") << got.out << got.err;
  }
  /// Where a text is found: files below `root`, as they lie and, of Parquet, as values.
  std::vector<std::string> FilesWith(const std::string& root, const std::string& text) {
    static constexpr const char* kScript = R"py(
import os, sys, pyarrow.parquet as pq
root, text = sys.argv[1], sys.argv[2]
for folder, _, names in os.walk(root):
    for name in names:
        path = os.path.join(folder, name)
        data = open(path, 'rb').read()
        found = text.encode() in data
        if not found and data[:4] == b'PAR1':
            found = any(text in str(v) for r in pq.ParquetFile(path).read().to_pylist()
                        for v in r.values())
        if found: print(path)
)py";
    sandbox::SubprocessOptions options;
    const char* third_party = std::getenv("PGATTIC_THIRD_PARTY");  // NOLINT(concurrency-mt-unsafe)
    options.argv = {std::string(third_party) + "/venv/bin/python", "-c", kScript, root, text};
    const auto ran = sandbox::Subprocess::Run(OpContext(), options);
    EXPECT_TRUE(ran.ok() && ran->exit.ok()) << (ran.ok() ? ran->err : ran.error().ToString());
    std::vector<std::string> files;
    std::istringstream lines(ran.ok() ? ran->out : "");
    for (std::string line; std::getline(lines, line);) files.push_back(line);
    return files;
  }
  /// Tables of the application and of the journal that hold a text in any column. The tables
  /// beside past_games are the application's own.
  std::vector<std::string> TablesWith(const std::string& text) {
    std::vector<std::string> found;
    for (const std::string& table :
         Sql("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = "
             "'pgattic' OR tablename LIKE 'past_games%'")) {
      if (One("SELECT EXISTS (SELECT FROM " + table + " AS t WHERE strpos(t::text, '" + text +
              "') > 0)") == "t") {
        found.push_back(table);
      }
    }
    return found;
  }
  void NothingIsLeftOf(const std::string& text, const std::vector<std::string>& roots) {
    EXPECT_EQ(TablesWith(text), std::vector<std::string>());
    for (const std::string& root : roots) {
      EXPECT_EQ(FilesWith(root, text), std::vector<std::string>()) << text;
    }
  }
};

}  // namespace pgattic::test
