#include "tests/types/outside_readers.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sandbox/subprocess.h"

namespace pgattic::test {
namespace {

using nlohmann::json;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

json RowsOf(const ArchivedTable& archived) {
  json rows = json::array();
  for (const columnar::Row& row : archived.rows) {
    json values = json::array();
    for (const auto& text : row) values.push_back(text ? json(*text) : json());
    rows.push_back(std::move(values));
  }
  return rows;
}

json ColumnsOf(const ArchivedTable& archived) {
  json columns = json::array();
  for (const model::Column& column : archived.schema.columns) {
    columns.push_back({{"name", column.name},
                       {"oid", column.type.oid},
                       {"domain", column.type.formatted.starts_with("types.")},
                       {"transport", TransportName(column.transport)},
                       {"nullable", column.nullable}});
  }
  return columns;
}

}  // namespace

Status OutsideReaders::Add(const std::string& name, const ArchivedTable& archived) {
  const json one = {{"file", archived.path},
                    {"from", archived.from},
                    {"columns", ColumnsOf(archived)},
                    {"rows", RowsOf(archived)}};
  files_.push_back(trip_.folder() + "/" + name + ".case.json");
  std::ofstream file(files_.back());
  file << one.dump();
  if (file.good()) return Status::Ok();
  return {Code::kInternal, "cannot write " + files_.back()};
}

Result<OutsideReaders::Report> OutsideReaders::Read() {
  PGATTIC_ASSIGN_OR_RETURN(
      const sandbox::SubprocessOutcome outcome,
      sandbox::Subprocess::Run(
          OpContext(), {.argv = {Variable("PGATTIC_THIRD_PARTY") + "/venv/bin/python",
                                 Variable("PGATTIC_SOURCE_DIR") + "/tests/types/read_outside.py",
                                 trip_.folder(), trip_.url()}}));
  for (const std::string& file : files_) std::filesystem::remove(file);
  files_.clear();
  Report report;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    const json object = json::parse(line, nullptr, false);
    if (object.is_object() && object.contains("case")) {
      const std::string file = object.at("case");
      report.wrong[file.substr(0, file.find('.'))] += line + "\n";
    } else if (object.is_object() && object.contains("columns")) {
      report.columns = object.at("columns");
    }
  }
  if (outcome.exit.ok() == report.wrong.empty() && report.columns > 0) return report;
  return {Code::kInternal, "read_outside.py ended with " + outcome.exit.ToString() + ": " +
                               outcome.out + outcome.err};
}

}  // namespace pgattic::test
