#include "service/duckdb_keys.h"

#include "service/units.h"

namespace pgattic::service {
namespace {

Status SetMemory(Config& config, const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t value, ParseSize(text));
  if (value < (std::int64_t{64} << 20)) {
    return {Code::kInvalidArgument, "'" + text + "' is too little for DuckDB; at least 64MiB"};
  }
  config.duckdb.memory_bytes = value;
  return Status::Ok();
}

Status SetThreads(Config& config, const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(config.duckdb.threads, ParseWhole(text, 1, 256));
  return Status::Ok();
}

auto Folder(std::string DuckDbSettings::*member) {
  return [=](Config& config, const std::string& text) -> Status {
    if (text.empty() || text.front() != '/') {
      return {Code::kInvalidArgument, "'" + text + "' is no absolute folder"};
    }
    config.duckdb.*member = text;
    return Status::Ok();
  };
}

}  // namespace

std::vector<ConfigKey> DuckDbKeys() {
  return {
      {"duckdb.memory", "1GiB", "memory of a query by DuckDB; beyond it, it spills to disk",
       SetMemory},
      {"duckdb.threads", "one a core", "threads of a query by DuckDB", SetThreads},
      {"duckdb.scratch_folder", "the system's", "where queries spill, and keep fetched live rows",
       Folder(&DuckDbSettings::scratch_folder)},
      {"duckdb.extension_folder", "beside libduckdb",
       "where httpfs.duckdb_extension lies, for s3://; nothing is ever fetched",
       Folder(&DuckDbSettings::extension_folder)},
  };
}

}  // namespace pgattic::service
