#include "game_archive.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "sandbox/connection_target.h"
#include "sandbox/game_schema.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

sandbox::PostgresCluster& Cluster() {
  static const std::unique_ptr<sandbox::PostgresCluster> cluster = [] {
    auto started = sandbox::PostgresCluster::Start(OpContext(), {});
    PGATTIC_CHECK(started.ok(), started.error().ToString());
    return std::move(*started);
  }();
  return *cluster;
}

}  // namespace

std::string GameArchive::url() const { return Cluster().Url(database_, "woogles"); }

void GameArchive::SetUp() {
  auto scratch = sandbox::ScratchFolder::Make({});
  ASSERT_TRUE(scratch.ok()) << scratch.error().ToString();
  scratch_ = std::move(*scratch);
  fs::create_directories(archive_folder());
  database_ = "t" + RandomHex(6);
  auto admin = pg::Connection::Open(OpContext(), {Cluster().Url(), "test"});
  ASSERT_TRUE(admin.ok()) << admin.error().ToString();
  ASSERT_TRUE((*admin)->Exec(OpContext(), "CREATE DATABASE " + database_).ok());
  Configure("file://" + archive_folder(), "");
}

void GameArchive::LoadMonths(const std::vector<int>& months, std::int64_t rows) {
  const OpContext ctx;
  sandbox::GameSchemaOptions schema;
  for (const int month : months) schema.months.push_back({2024, month});
  const auto sql = sandbox::GameSchemaSql(schema);
  ASSERT_TRUE(sql.ok());
  auto admin = pg::Connection::Open(ctx, {Cluster().Url(database_), "test"});
  ASSERT_TRUE(admin.ok()) << admin.error().ToString();
  Status made = (*admin)->ExecScript(ctx, *sql);
  ASSERT_TRUE(made.ok()) << made.ToString();
  sandbox::GameOptions options;
  options.rows_per_month = rows;
  const sandbox::GameGenerator generator(options);
  sandbox::ConnectionTarget target(ctx, **admin);
  ASSERT_TRUE(generator.WriteUsers(target).ok());
  for (const model::YearMonth month : schema.months) {
    ASSERT_TRUE(generator.WriteMonth(sandbox::UtcMonth(month), target).ok());
  }
  ASSERT_TRUE((*admin)->ExecScript(ctx, "ANALYZE").ok());
  auto connection = pg::Connection::Open(ctx, {url(), "test"});
  ASSERT_TRUE(connection.ok()) << connection.error().ToString();
  connection_ = std::move(*connection);
}

void GameArchive::Configure(const std::string& archive_url, const std::string& extra) {
  config_ = folder() + "/pgattic.toml";
  std::ofstream(config_) << "[database]\nurl = \"" << url() << "\"\n[archive]\nurl = \""
                         << archive_url << "\"\n[run]\nswap_pause = \"100ms\"\n"
                         << extra
                         << "\n[[source]]\ntable = \"public.past_games\"\n"
                            "id_column = \"gid\"\nprofile = \"games\"\ngrace = \"0\"\n";
}

Ran GameArchive::Pgattic(std::vector<std::string> arguments,
                         const std::map<std::string, std::string>& env) {
  sandbox::SubprocessOptions options;
  options.argv = {Variable("PGATTIC_BIN")};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.argv.insert(options.argv.end(), {"--config", config_});
  options.env = env;
  const OpContext ctx = OpContext().WithDeadline(std::chrono::minutes(5));
  auto ran = sandbox::Subprocess::Run(ctx, options);
  PGATTIC_CHECK(ran.ok(), ran.error().ToString());
  return {ran->exit.code, ran->exit.signal, ran->out, ran->err};
}

std::vector<std::string> GameArchive::Sql(const std::string& sql) {
  const auto result = connection_->Exec(OpContext(), sql);
  EXPECT_TRUE(result.ok()) << sql << ": " << (result.ok() ? "" : result.error().ToString());
  std::vector<std::string> rows;
  for (int i = 0; result.ok() && i < result->rows(); ++i) rows.push_back(result->Text(i, 0));
  return rows;
}

std::string GameArchive::One(const std::string& sql) {
  const std::vector<std::string> rows = Sql(sql);
  return rows.empty() ? "" : rows.front();
}

std::vector<std::string> GameArchive::Files() const {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(archive_folder())) {
    const std::string path = fs::relative(entry.path(), archive_folder());
    const bool hidden = path.front() == '.' || path.find("/.") != path.npos;
    if (entry.is_regular_file() && !hidden) files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> GameArchive::RowsByPyarrow(const std::string& glob) {
  static constexpr const char* kScript = R"py(
import glob, sys, datetime, pyarrow.parquet as pq
def text(v):
    if v is None: return ''
    if isinstance(v, datetime.datetime):
        s = v.strftime('%Y-%m-%d %H:%M:%S.%f').rstrip('0').rstrip('.')
        return s + '+00'
    return str(v)
for path in glob.glob(sys.argv[1]):
    for row in pq.ParquetFile(path).read().to_pylist():
        print('\x1f'.join(text(v) for v in row.values()).replace('\n', '\x1e'))
)py";
  sandbox::SubprocessOptions options;
  options.argv = {Variable("PGATTIC_THIRD_PARTY") + "/venv/bin/python", "-c", kScript,
                  archive_folder() + "/" + glob};
  auto ran = sandbox::Subprocess::Run(OpContext(), options);
  EXPECT_TRUE(ran.ok() && ran->exit.ok()) << (ran.ok() ? ran->err : ran.error().ToString());
  std::vector<std::string> rows;
  std::size_t start = 0;
  while (ran.ok() && start < ran->out.size()) {
    const std::size_t end = ran->out.find('\n', start);
    rows.push_back(ran->out.substr(start, end - start));
    start = end + 1;
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace pgattic::test
