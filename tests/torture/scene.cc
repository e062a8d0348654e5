#include "tests/torture/scene.h"

#include <algorithm>

namespace pgattic::torture {
namespace {

constexpr std::size_t kLongestLine = 300;

constexpr const char* kRows =
    "INSERT INTO public.events SELECT g, '2024-01-01'::timestamptz + g * interval '37 min', "
    "'v' || g, md5(g::text) || E'\\t\\\\' || repeat(md5((g * 7)::text), 20) FROM "
    "generate_series(1, 900) g";

// Reads as a client would that knows nothing of pgattic, and writes as COPY does.
constexpr const char* kReadScript = R"py(
import duckdb, glob, json, sys
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
files = []
for path in glob.glob(sys.argv[1] + '/**/_partition_metadata.json', recursive=True):
    files += [sys.argv[1] + '/' + part['key'] for part in json.load(open(path))['parts']]
def text(value):
    if value is None: return '\\N'
    for plain, escaped in (('\\', '\\\\'), ('\t', '\\t'), ('\n', '\\n'), ('\r', '\\r')):
        value = value.replace(plain, escaped)
    return value
columns = db.execute('DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning = false)', [files]).fetchall()
def cast(name, kind):
    if kind == 'BOOLEAN': return f'CASE WHEN "{name}" THEN \'t\' ELSE \'f\' END'
    if kind == 'BLOB': return f"'\\x' || lower(hex(\"{name}\"))"
    if kind in ('FLOAT', 'DOUBLE'): return f"regexp_replace(CAST(\"{name}\" AS VARCHAR), '\\.0$', '')"
    return f'CAST("{name}" AS VARCHAR)'
select = ', '.join(f'CASE WHEN "{c[0]}" IS NOT NULL THEN {cast(c[0], c[1])} END' for c in columns)
for row in db.execute(f'SELECT {select} FROM read_parquet(?, hive_partitioning = false) ORDER BY id', [files]).fetchall():
    sys.stdout.write('\t'.join(text(v) for v in row) + '\n')
)py";

/// Cuts the line of `text` that begins at `at` to what a person can read.
std::string LineAt(const std::string& text, std::size_t at) {
  const std::string line = text.substr(at, text.find('\n', at) - at);
  return line.size() <= kLongestLine ? line : line.substr(0, kLongestLine) + " …";
}

}  // namespace

std::unique_ptr<sandbox::PostgresCluster> Scene::cluster_;

void Scene::SetUpTestSuite() {
  auto started = sandbox::PostgresCluster::Start(OpContext(), {});
  ASSERT_TRUE(started.ok()) << started.error().ToString();
  cluster_ = std::move(*started);
}

void Scene::Begin(const ArenaOptions& options) {
  connection_.reset();
  ArenaOptions chosen = options;
  chosen.run +=
      "swap_pause = \"20ms\"\nworkers = 2\nsingle_part_size = 1\npart_size = \"256KiB\"\n";
  auto arena = Arena::Make(*cluster_, chosen);
  ASSERT_TRUE(arena.ok()) << arena.error().ToString();
  arena_ = std::move(*arena);
  auto connection = arena_->Connect("scene");
  ASSERT_TRUE(connection.ok()) << connection.error().ToString();
  connection_ = std::move(*connection);
  Sql(kRows);
  Sql("ANALYZE public.events");
}

sandbox::SubprocessOutcome Scene::Pgattic(const std::vector<std::string>& arguments) {
  auto ran = arena_->Run(arguments);
  EXPECT_TRUE(ran.ok()) << ran.error().ToString();
  return ran.ok() ? *ran : sandbox::SubprocessOutcome();
}

std::vector<std::string> Scene::Sql(const std::string& sql) {
  const auto result = connection_->Exec(OpContext(), sql);
  EXPECT_TRUE(result.ok()) << sql << ": " << (result.ok() ? "" : result.error().ToString());
  std::vector<std::string> rows;
  for (int i = 0; result.ok() && i < result->rows(); ++i) rows.push_back(result->Text(i, 0));
  return rows;
}

std::string Scene::One(const std::string& sql) {
  const std::vector<std::string> rows = Sql(sql);
  return rows.empty() ? "" : rows.front();
}

std::string Scene::CopyText(const std::string& relation) {
  std::string text;
  const Status copied = connection_->CopyOut(
      OpContext(), "COPY (SELECT * FROM " + relation + " ORDER BY id) TO STDOUT",
      [&](ByteView bytes) {
        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());  // NOLINT
        return Status::Ok();
      });
  EXPECT_TRUE(copied.ok()) << copied.ToString();
  return text;
}

std::string Scene::StoredText() {
  const auto ran = sandbox::Subprocess::Run(
      OpContext(), {.argv = {Variable("PGATTIC_THIRD_PARTY", "third_party") + "/venv/bin/python",
                             "-c", kReadScript, arena_->archive_folder()}});
  EXPECT_TRUE(ran.ok() && ran->exit.ok()) << (ran.ok() ? ran->err : ran.error().ToString());
  return ran.ok() ? ran->out : "";
}

void Scene::ExpectSameRows(const std::string& found, const std::string& expected) {
  ASSERT_FALSE(expected.empty());
  std::size_t line = 0;
  for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
    if (found[i] != expected[i]) break;
    if (found[i] == '\n') line = i + 1;
  }
  if (found == expected) return;
  ADD_FAILURE() << "found:    " << LineAt(found, std::min(line, found.size()))
                << "\nexpected: " << LineAt(expected, std::min(line, expected.size()));
}

std::vector<std::string> Scene::PartKeys() {
  return Sql("SELECT key FROM pgattic.part WHERE state <> 'obsolete' ORDER BY number");
}

}  // namespace pgattic::torture
