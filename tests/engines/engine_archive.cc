#include "engine_archive.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "s3/s3_object_store.h"
#include "shared_trino.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string Joined(const std::vector<engine::AnswerValue>& row) {
  std::string text;
  for (std::size_t i = 0; i < row.size(); ++i) text += (i ? "|" : "") + row[i].value_or("~");
  return text;
}

Json HiveColumns(const Json& columns) {
  Json list = Json::array();
  for (const Json& column : columns) {
    list.push_back(
        {{"name", column["Name"]}, {"type", column["Type"]}, {"properties", Json::object()}});
  }
  return list;
}

}  // namespace

std::shared_ptr<S3Server> SharedS3() {
  static const std::shared_ptr<S3Server> server = [] {
    auto started = S3Server::Start();
    PGATTIC_CHECK(started.ok(), started.error().ToString());
    return std::shared_ptr<S3Server>(std::move(*started));
  }();
  return server;
}

TrinoServer& SharedTrino() {
  static const std::unique_ptr<TrinoServer> server = [] {
    auto started = TrinoServer::Start(*SharedS3());
    PGATTIC_CHECK(started.ok(), started.error().ToString());
    return std::move(*started);
  }();
  return *server;
}

void EngineArchive::SetUp() {
  if (!TrinoServer::IsInstalled()) GTEST_SKIP() << TrinoServer::kNotInstalled;
  GameArchive::SetUp();
  schema_ = "t" + RandomHex(6);
  UseS3(SharedS3(), "[trino]\nurl = \"" + trino().url() + "\"\nschema = \"" + schema_ + "\"\n");
  engine_ = engine::OpenTrino(TrinoOptionsHere()).value();
  InTrino("CREATE SCHEMA " + schema_);
}

TrinoServer& EngineArchive::trino() const { return SharedTrino(); }

engine::TrinoOptions EngineArchive::TrinoOptionsHere() const {
  engine::TrinoOptions options;
  options.url = trino().url();
  options.catalog = "hive";
  options.schema = schema_;
  options.session = {{"hive.timestamp_precision", "MICROSECONDS"}};
  return options;
}

std::vector<std::string> EngineArchive::InTrino(
    const std::string& sql, const std::vector<engine::AnswerValue>& parameters) {
  engine::Rows rows;
  const auto ran =
      engine_->Run(OpContext().WithDeadline(std::chrono::minutes(1)), {sql, parameters, {}}, rows);
  EXPECT_TRUE(ran.ok()) << sql << ": " << (ran.ok() ? "" : ran.error().ToString());
  std::vector<std::string> lines;
  for (const auto& row : rows.rows()) lines.push_back(Joined(row));
  return lines;
}

void EngineArchive::DefineInTrino() {
  const Ran ran = Pgattic({"ddl", "trino"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  // With the catalog's own properties, as somebody would run it.
  engine::TrinoOptions options = TrinoOptionsHere();
  options.session.clear();
  const auto trino = engine::OpenTrino(options);
  ASSERT_TRUE(trino.ok());
  for (std::size_t start = 0; start < ran.out.size();) {
    const std::size_t end = std::min(ran.out.find(";\n", start), ran.out.size());
    const std::string sql = ran.out.substr(start, end - start);
    start = end + 2;
    if (sql.find_first_not_of(" \n") == sql.npos) continue;
    engine::Rows rows;
    const auto made = (*trino)->Run({}, {sql, {}, {}}, rows);
    ASSERT_TRUE(made.ok()) << sql << ": " << made.error().ToString();
  }
}

void EngineArchive::DefineByGlue() {
  const Ran ran = Pgattic({"ddl", "glue"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json table = ran.json()["TableInput"];
  const Json& storage = table["StorageDescriptor"];
  const Json file = {{"writerVersion", "476"},
                     {"owner", "t"},
                     {"tableType", table["TableType"]},
                     {"dataColumns", HiveColumns(storage["Columns"])},
                     {"partitionColumns", HiveColumns(table["PartitionKeys"])},
                     {"parameters", table["Parameters"]},
                     {"storageFormat", "PARQUET"},
                     {"serdeParameters", Json::object()},
                     {"externalLocation", storage["Location"]},
                     {"columnStatistics", Json::object()}};
  const std::string folder =
      trino().metastore_folder() + "/" + schema_ + "/" + table["Name"].get<std::string>();
  fs::create_directories(folder);
  std::ofstream(folder + "/.trinoSchema") << file.dump(2);
}

std::string AsTimestampTz(const std::string& text) {
  std::string short_text = text;
  if (short_text.find('.') != short_text.npos) {
    short_text.erase(short_text.find_last_not_of('0') + 1);
    if (short_text.back() == '.') short_text.pop_back();
  }
  return short_text + "+00";
}

std::vector<std::string> EngineArchive::RowsInTrino(const std::string& from) {
  engine::Rows rows;
  const auto ran = engine_->Run(
      OpContext().WithDeadline(std::chrono::minutes(1)),
      {"SELECT gid, created_at, game_end_reason, winner_idx, game_request, game_document, stats, "
       "quickdata, type, tournament_data FROM " +
           from,
       {},
       {}},
      rows);
  EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().ToString());
  std::vector<std::string> texts;
  for (const auto& row : rows.rows()) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string value = row[i].value_or("NULL");
      text += (i ? "\x1f" : "") + (i == 1 ? AsTimestampTz(value) : value);
    }
    std::replace(text.begin(), text.end(), '\n', '\x1e');
    texts.push_back(std::move(text));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::string EngineArchive::StoredDefinition() const {
  const auto store = s3::S3ObjectStore::Open(s3().OptionsFor(bucket()));
  EXPECT_TRUE(store.ok());
  const auto text = (*store)->Get({}, "athena_schemas/game_partitions.sql", {});
  return text.ok() ? *text : "";
}

}  // namespace pgattic::test
