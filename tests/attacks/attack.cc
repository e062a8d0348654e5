#include "attack.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/hash.h"
#include "sandbox/text_file.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{120'000};
constexpr milliseconds kPoll{10};

constexpr const char* kEvents = R"sql(
CREATE TABLE public.events (
  id text NOT NULL, at timestamptz NOT NULL, v integer, note text) PARTITION BY RANGE (at);
CREATE TABLE public.events_2024_01 PARTITION OF public.events
  FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00');
CREATE TABLE public.events_2024_02 PARTITION OF public.events
  FOR VALUES FROM ('2024-02-01 00:00+00') TO ('2024-03-01 00:00+00');
CREATE INDEX events_id ON public.events (id);
INSERT INTO public.events
  SELECT 'e' || i, timestamptz '2024-01-01 00:00+00' + i * interval '3.5 hours', i, 'note ' || i
  FROM generate_series(0, 399) AS i;
ANALYZE public.events;
)sql";

constexpr const char* kParquetRows = R"py(
import glob, sys, pyarrow.parquet as pq
for path in glob.glob(sys.argv[1], recursive=True):
    for row in pq.ParquetFile(path).read().to_pylist():
        print('|'.join(f'{k}={"" if v is None else v}' for k, v in row.items()))
)py";

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

sandbox::PostgresCluster& SharedCluster() {
  static const std::unique_ptr<sandbox::PostgresCluster> cluster = [] {
    auto started = sandbox::PostgresCluster::Start(
        OpContext(), {.settings = {{"max_prepared_transactions", "5"}, {"wal_level", "logical"}}});
    PGATTIC_CHECK(started.ok(), started.error().ToString());
    return std::move(*started);
  }();
  return *cluster;
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

/// The state letter of proc(5): T is stopped.
char ProcessState(pid_t pid) {
  const std::string stat = sandbox::ReadTextFile("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t at = stat.rfind(") ");
  return at == stat.npos ? '?' : stat[at + 2];
}

}  // namespace

bool Await(const std::function<bool()>& condition, const std::string& what) {
  const OpContext ctx = OpContext().WithDeadline(milliseconds(60'000));
  while (!condition()) {
    if (!ctx.SleepFor(kPoll).ok()) {
      ADD_FAILURE() << "waited in vain for " << what;
      return false;
    }
  }
  return true;
}

Attack::Attack() {
  auto scratch = sandbox::ScratchFolder::Make({});
  PGATTIC_CHECK(scratch.ok(), scratch.error().ToString());
  scratch_ = std::move(*scratch);
  fs::create_directories(archive_folder());
}

void Attack::SetUpEmpty() {
  if (cluster_ == nullptr) cluster_ = &SharedCluster();
  database_ = "t" + RandomHex(6);
  Session admin(cluster_->Url());
  admin.Run(
      "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'keeper') THEN "
      "CREATE ROLE keeper LOGIN; END IF; END $$");
  admin.Run("CREATE DATABASE " + database_);
  AsSuperuser("GRANT CREATE ON DATABASE " + database_ +
              " TO keeper; GRANT CREATE, USAGE ON SCHEMA public TO keeper");
  sql_ = std::make_unique<Session>(url());
  Configure(archive_url());
}

void Attack::MakeEvents() { Sql().Run(kEvents); }

void Attack::SetUp() {
  SetUpEmpty();
  MakeEvents();
  ExpectDone(Pgattic({"init"}));
}

void Attack::Configure(const std::string& archive_url, const std::string& before_sources,
                       const std::string& sources) {
  const std::string events =
      "[[source]]\ntable = \"public.events\"\nid_column = \"id\"\ngrace = \"0\"\n";
  std::ofstream(folder() + "/pgattic.toml")
      << "[database]\nurl = \"" << url() << "\"\n[archive]\nurl = \"" << archive_url
      << "\"\n[run]\nswap_pause = \"50ms\"\n"
      << before_sources << "\n"
      << (sources.empty() ? events : sources);
}

sandbox::SubprocessOptions Attack::CommandOf(std::vector<std::string> arguments) const {
  sandbox::SubprocessOptions options;
  options.argv = {Variable("PGATTIC_BIN")};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.argv.insert(options.argv.end(), {"--config", folder() + "/pgattic.toml"});
  return options;
}

Ended Attack::Pgattic(std::vector<std::string> arguments,
                      const std::map<std::string, std::string>& env) const {
  sandbox::SubprocessOptions options = CommandOf(std::move(arguments));
  options.env = env;
  auto ran = sandbox::Subprocess::Run(OpContext().WithDeadline(kPatience), options);
  if (!ran.ok()) {
    ADD_FAILURE() << ran.error().ToString();
    return {-1, 0, "", ran.error().ToString()};
  }
  return {ran->exit.code, ran->exit.signal, ran->out, ran->err};
}

std::unique_ptr<sandbox::Subprocess> Attack::Start(std::vector<std::string> arguments,
                                                   const std::string& failpoint) const {
  sandbox::SubprocessOptions options = CommandOf(std::move(arguments));
  if (!failpoint.empty()) options.env = {{"PGATTIC_FAILPOINT", failpoint}};
  auto program = sandbox::Subprocess::Spawn(options);
  PGATTIC_CHECK(program.ok(), program.error().ToString());
  return std::move(*program);
}

Ended Attack::Finish(sandbox::Subprocess& program) {
  const auto exit = program.Wait(OpContext().WithDeadline(kPatience));
  EXPECT_TRUE(exit.ok()) << exit.status().ToString() << program.Stdout() << program.Stderr();
  if (!exit.ok()) return {-1, 0, program.Stdout(), program.Stderr()};
  return {exit->code, exit->signal, program.Stdout(), program.Stderr()};
}

std::unique_ptr<sandbox::Subprocess> Attack::StartAndStopAt(
    const std::string& failpoint, std::vector<std::string> arguments) const {
  auto program = Start(std::move(arguments), failpoint + ":1:stop");
  Await([&] { return ProcessState(program->pid()) == 'T' || program->TryWait().has_value(); },
        failpoint);
  EXPECT_EQ(ProcessState(program->pid()), 'T') << program->Stdout() << program->Stderr();
  return program;
}

Ended Attack::WakeAndFinish(sandbox::Subprocess& program) {
  EXPECT_TRUE(program.Signal(SIGCONT).ok());
  return Finish(program);
}

int Attack::server_version() { return std::stoi(One("SHOW server_version_num")) / 10000; }

void Attack::ExpectRefused(const Ended& ended, const std::string& words) {
  EXPECT_EQ(ended.code, 1) << ended.text();
  EXPECT_TRUE(ended.Says(words)) << "not said: " << words << "\n" << ended.text();
}

std::vector<std::string> Attack::Python(const std::string& script,
                                        const std::vector<std::string>& arguments) {
  sandbox::SubprocessOptions options;
  options.argv = {Variable("PGATTIC_THIRD_PARTY") + "/venv/bin/python", "-c", script};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  const auto ran = sandbox::Subprocess::Run(OpContext().WithDeadline(kPatience), options);
  EXPECT_TRUE(ran.ok() && ran->exit.ok()) << (ran.ok() ? ran->err : ran.status().ToString());
  return ran.ok() ? LinesOf(ran->out) : std::vector<std::string>();
}

std::vector<std::string> Attack::Archived(const std::string& glob) const {
  std::vector<std::string> rows =
      Python(kParquetRows,
             {archive_folder() + "/" + (glob.empty() ? "**/partitions/*/*/*.parquet" : glob)});
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<std::string> Attack::Live(const std::string& relation) {
  // pyarrow prints an instant as "2024-01-01 00:00:00+00:00".
  std::vector<std::string> rows = Session(url()).Rows(
      "SET TimeZone = 'UTC'; SELECT (SELECT string_agg(key || '=' || replace(coalesce(value, ''), "
      "'T', ' '), '|' ORDER BY ordinality) FROM json_each_text(to_json(r)) WITH ORDINALITY) FROM " +
      relation + " r");
  std::sort(rows.begin(), rows.end());
  return rows;
}

void Attack::ExpectFound(const std::vector<std::string>& ids, const std::string& tier,
                         const std::vector<std::string>& options) const {
  std::vector<std::string> arguments = {"get"};
  arguments.insert(arguments.end(), ids.begin(), ids.end());
  arguments.insert(arguments.end(), options.begin(), options.end());
  const Ended got = Pgattic(arguments);
  EXPECT_EQ(got.code, 0) << got.text();
  const std::vector<std::string> lines = LinesOf(got.out);
  EXPECT_EQ(lines.size(), ids.size()) << got.text();
  for (const std::string& line : lines) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    EXPECT_EQ(json.value("availability", ""), "available") << line;
    if (!tier.empty()) {
      EXPECT_EQ(json.value("tier", ""), tier) << line;
    }
  }
}

std::vector<std::string> Attack::Files() const {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(archive_folder())) {
    const std::string path = fs::relative(entry.path(), archive_folder());
    const bool hidden = path.front() == '.' || path.find("/.") != path.npos;
    if (path.find("athena_schemas/") != path.npos) continue;
    if (entry.is_regular_file() && !hidden) files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::map<std::string, std::string> Attack::Contents() const {
  std::map<std::string, std::string> contents;
  for (const std::string& file : Files()) {
    contents[file] = sandbox::ReadTextFile(archive_folder() + "/" + file);
  }
  return contents;
}

}  // namespace pgattic::test
