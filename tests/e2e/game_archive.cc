#include "game_archive.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "base/hash.h"
#include "s3/s3_object_store.h"
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

sandbox::PostgresCluster& GameArchive::cluster() { return Cluster(); }

std::string GameArchive::url() const { return UrlOf("woogles"); }

std::string GameArchive::UrlOf(const std::string& role) const {
  return Cluster().Url(database_, role);
}

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

void GameArchive::Load(const std::vector<model::YearMonth>& months, std::int64_t rows,
                       const std::string& sql) {
  const OpContext ctx;
  auto admin = pg::Connection::Open(ctx, {Cluster().Url(database_), "test"});
  ASSERT_TRUE(admin.ok()) << admin.error().ToString();
  Status made = (*admin)->ExecScript(ctx, sql);
  ASSERT_TRUE(made.ok()) << made.ToString();
  sandbox::GameOptions options;
  options.rows_per_month = std::max<std::int64_t>(rows, 1);
  const sandbox::GameGenerator generator(options);
  sandbox::ConnectionTarget target(ctx, **admin);
  if (!connection_) {
    ASSERT_TRUE(generator.WriteUsers(target).ok());
    auto connection = pg::Connection::Open(ctx, {url(), "test"});
    ASSERT_TRUE(connection.ok()) << connection.error().ToString();
    connection_ = std::move(*connection);
  }
  for (const model::YearMonth month : months) {
    if (rows == 0) break;
    ASSERT_TRUE(generator.WriteMonth(sandbox::UtcMonth(month), target).ok());
  }
  ASSERT_TRUE((*admin)->ExecScript(ctx, "ANALYZE").ok());
}

void GameArchive::LoadMonths(const std::vector<int>& months, std::int64_t rows,
                             const std::string& bounds_zone) {
  connection_.reset();
  sandbox::GameSchemaOptions schema;
  schema.bounds_zone = bounds_zone;
  for (const int month : months) schema.months.push_back({2024, month});
  const auto sql = sandbox::GameSchemaSql(schema);
  ASSERT_TRUE(sql.ok());
  Load(schema.months, rows, *sql);
}

std::string GameArchive::LoadYoungMonth(std::int64_t rows) {
  const std::chrono::year_month_day today(
      std::chrono::floor<std::chrono::days>(SystemClock().WallNow()));
  sandbox::GameSchemaOptions schema;
  schema.months.push_back(
      {static_cast<int>(today.year()), static_cast<int>(static_cast<unsigned>(today.month()))});
  const auto sql = sandbox::GamePartitionsSql(schema);
  EXPECT_TRUE(sql.ok());
  Load(schema.months, rows, *sql);
  return sandbox::PartitionName(schema.months.front());
}

void GameArchive::Configure(const std::string& archive_url, const std::string& extra) {
  config_ = folder() + "/pgattic.toml";
  std::ofstream(config_) << "[database]\nurl = \"" << url() << "\"\n[archive]\nurl = \""
                         << archive_url << "\"\n[run]\nswap_pause = \"100ms\"\n"
                         << extra
                         << "\n[[source]]\ntable = \"public.past_games\"\n"
                            "id_column = \"gid\"\nprofile = \"games\"\ngrace = \"0\"\n";
}

void GameArchive::ConfigureSource(const std::string& toml) {
  config_ = folder() + "/pgattic.toml";
  std::ofstream(config_) << "[database]\nurl = \"" << url() << "\"\n[archive]\nurl = \"file://"
                         << archive_folder() << "\"\n"
                         << toml;
}

void GameArchive::UseS3(const std::string& extra, bool is_versioned) {
  auto server = S3Server::Start({.versioned_buckets = is_versioned});
  ASSERT_TRUE(server.ok()) << server.error().ToString();
  UseS3(std::shared_ptr<S3Server>(std::move(*server)), extra);
}

void GameArchive::UseS3(std::shared_ptr<S3Server> server, const std::string& extra) {
  s3_ = std::move(server);
  const auto bucket = s3_->MakeBucket();
  ASSERT_TRUE(bucket.ok()) << bucket.error().ToString();
  bucket_ = *bucket;
  auto store = s3::S3ObjectStore::Open(s3_->OptionsFor(bucket_));
  ASSERT_TRUE(store.ok()) << store.error().ToString();
  store_ = std::move(*store);
  Configure("s3://" + bucket_, extra + "\n[s3]\nendpoint = \"" + s3_->endpoint() +
                                   "\"\naccess_key = \"" + s3_->access_key() +
                                   "\"\nsecret_key = \"" + s3_->secret_key() + "\"");
}

std::unique_ptr<sandbox::Subprocess> GameArchive::Begin(
    std::vector<std::string> arguments, const std::map<std::string, std::string>& env) {
  sandbox::SubprocessOptions options;
  options.argv = {Variable("PGATTIC_BIN")};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.argv.insert(options.argv.end(), {"--config", config_});
  options.env = env;
  auto begun = sandbox::Subprocess::Spawn(options);
  PGATTIC_CHECK(begun.ok(), begun.error().ToString());
  return std::move(*begun);
}

Ran GameArchive::Pgattic(std::vector<std::string> arguments,
                         const std::map<std::string, std::string>& env) {
  const auto process = Begin(std::move(arguments), env);
  const auto exit = process->Wait(OpContext().WithDeadline(std::chrono::minutes(5)));
  PGATTIC_CHECK(exit.ok(), exit.error().ToString() + process->Stderr());
  return {exit->code, exit->signal, process->Stdout(), process->Stderr()};
}

void GameArchive::Admin(const std::string& sql) {
  auto admin = pg::Connection::Open(OpContext(), {Cluster().Url(database_), "test"});
  ASSERT_TRUE(admin.ok()) << admin.error().ToString();
  const Status done = (*admin)->ExecScript(OpContext(), sql);
  ASSERT_TRUE(done.ok()) << done.ToString();
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
  std::vector<std::string> files = EveryFile();
  std::erase_if(files,
                [](const std::string& file) { return file.find("athena_schemas/") != file.npos; });
  return files;
}

std::vector<std::string> GameArchive::EveryFile() const {
  std::vector<std::string> files;
  if (store_) {
    const auto objects = store_->List(OpContext(), "");
    EXPECT_TRUE(objects.ok());
    if (objects.ok()) files = *objects;
    const auto uploads = store_->ListUploads(OpContext(), "");
    EXPECT_TRUE(uploads.ok());
    for (std::size_t i = 0; uploads.ok() && i < uploads->size(); ++i) {
      files.push_back("unfinished upload of " + (*uploads)[i]);
    }
    return files;
  }
  const std::string locks = ".pgattic/locks/";
  const std::string metas = ".pgattic/meta/";
  std::vector<std::string> metadata;
  for (const auto& entry : fs::recursive_directory_iterator(archive_folder())) {
    const std::string path = fs::relative(entry.path(), archive_folder());
    if (!entry.is_regular_file() || path.starts_with(locks)) continue;
    (path.starts_with(metas) ? metadata : files).push_back(path);
  }
  for (const std::string& meta : metadata) {
    const bool has_object = std::any_of(files.begin(), files.end(), [&](const std::string& file) {
      return meta.starts_with(metas + file + ".");
    });
    if (!has_object) files.push_back(meta);
  }
  std::sort(files.begin(), files.end());
  return files;
}

void GameArchive::Download() const {
  fs::remove_all(archive_folder());
  const auto keys = store_->List(OpContext(), "");
  ASSERT_TRUE(keys.ok());
  for (const std::string& key : *keys) {
    const auto bytes = store_->Get(OpContext(), key, {});
    ASSERT_TRUE(bytes.ok()) << bytes.error().ToString();
    const fs::path path = archive_folder() + "/" + key;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << *bytes;
  }
}

std::vector<std::string> GameArchive::RowsOfDatabase() {
  std::vector<std::string> rows =
      Sql("SELECT replace(array_to_string(ARRAY[gid, created_at::text, game_end_reason::text, "
          "winner_idx::text, game_request::text, game_document::text, stats::text, "
          "quickdata::text, type::text, tournament_data::text], E'\\x1f', 'NULL'), E'\\n', "
          "E'\\x1e') FROM public.past_games");
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<std::string> GameArchive::Statuses() {
  return Sql(
      "SELECT id || ':' || coalesce(migration_status::text, 'NULL') FROM public.games "
      "ORDER BY id");
}

std::vector<std::string> GameArchive::RowsByPyarrow(const std::string& glob) {
  static constexpr const char* kScript = R"py(
import glob, sys, datetime, pyarrow.parquet as pq
def text(v):
    if v is None: return 'NULL'
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

void GameArchive::Works(const std::vector<std::string>& arguments) {
  const Ran ran = Pgattic(arguments);
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
}

std::string GameArchive::TierOf(const std::string& id) {
  const auto json = Pgattic({"get", id}).json();
  return json.value("availability", "?") == "available" ? json.value("tier", "?")
                                                        : json.value("availability", "?");
}

}  // namespace pgattic::test
