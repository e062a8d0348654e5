#include "engine/trino_error.h"

#include <algorithm>

namespace pgattic::engine {
namespace {

struct Row {
  std::string_view name;
  Code code;
  std::string_view remedy;
};

constexpr std::string_view kMemory =
    "the query needs more memory than the engine gives one: narrow it, or raise that limit there";
constexpr std::string_view kDdl =
    "is the table made, or of former columns? `pgattic ddl` prints it as it is now";

// Trino, io.trino.spi.StandardErrorCode and io.trino.plugin.hive.HiveErrorCode; what is not here
// goes by its type.
constexpr Row kNames[] = {
    {"TABLE_NOT_FOUND", Code::kInvalidArgument, kDdl},
    {"SCHEMA_NOT_FOUND", Code::kInvalidArgument, kDdl},
    {"COLUMN_NOT_FOUND", Code::kInvalidArgument, kDdl},
    {"CATALOG_NOT_FOUND", Code::kInvalidArgument, "correct the catalog"},
    {"MISSING_CATALOG_NAME", Code::kInvalidArgument, "set the catalog"},
    {"MISSING_SCHEMA_NAME", Code::kInvalidArgument, "set the schema"},
    {"TYPE_MISMATCH", Code::kInvalidArgument,
     "where a parameter is compared with no text, write CAST(? AS integer)"},
    {"PERMISSION_DENIED", Code::kPermissionDenied, "ask for the right, or use another user"},
    {"NOT_SUPPORTED", Code::kUnsupported, ""},
    {"FUNCTION_IMPLEMENTATION_MISSING", Code::kUnsupported, ""},
    {"USER_CANCELED", Code::kCancelled, "somebody ended the query in the engine"},
    {"ADMINISTRATIVELY_KILLED", Code::kCancelled, "somebody ended the query in the engine"},
    {"ADMINISTRATIVELY_PREEMPTED", Code::kUnavailable, "try later"},
    {"ABANDONED_QUERY", Code::kUnavailable, "the engine waited in vain to be asked: try again"},
    {"EXCEEDED_TIME_LIMIT", Code::kDeadlineExceeded, "narrow the query, or give it more time"},
    {"EXCEEDED_CPU_LIMIT", Code::kResourceExhausted, "narrow the query"},
    {"EXCEEDED_SCAN_LIMIT", Code::kResourceExhausted, "narrow the query, or raise --max-bytes"},
    {"QUERY_QUEUE_FULL", Code::kUnavailable, "the engine is busy: try later"},
    {"QUERY_REJECTED", Code::kUnavailable, "the engine is busy: try later"},
    {"EXCEEDED_LOCAL_MEMORY_LIMIT", Code::kResourceExhausted, kMemory},
    {"EXCEEDED_GLOBAL_MEMORY_LIMIT", Code::kResourceExhausted, kMemory},
    {"EXCEEDED_MEMORY_LIMIT", Code::kResourceExhausted, kMemory},
    {"EXCEEDED_SPILL_LIMIT", Code::kResourceExhausted, kMemory},
    {"GENERIC_INSUFFICIENT_RESOURCES", Code::kResourceExhausted, "narrow the query"},
    {"CLUSTER_OUT_OF_MEMORY", Code::kResourceExhausted, "the engine is busy: try later"},
    {"SERVER_STARTING_UP", Code::kUnavailable, "try later"},
    {"SERVER_SHUTTING_DOWN", Code::kUnavailable, "try later"},
    {"NO_NODES_AVAILABLE", Code::kUnavailable, "the engine has no worker yet: try later"},
    {"REMOTE_HOST_GONE", Code::kUnavailable, "a worker of the engine died: try again"},
    {"REMOTE_TASK_ERROR", Code::kUnavailable, "a worker of the engine died: try again"},
    {"PAGE_TRANSPORT_ERROR", Code::kUnavailable, "a worker of the engine died: try again"},
    {"PAGE_TRANSPORT_TIMEOUT", Code::kUnavailable, "a worker of the engine hangs: try again"},
    {"HIVE_BAD_DATA", Code::kCorruption,
     "what is no part lies in the folder of a partition, or `pgattic verify` finds a damaged one"},
    {"HIVE_CANNOT_OPEN_SPLIT", Code::kUnavailable,
     "a file could not be read: was it replaced meanwhile? Try again, then `pgattic verify`"},
    {"HIVE_FILESYSTEM_ERROR", Code::kUnavailable, "the engine does not reach the store"},
    {"HIVE_METASTORE_ERROR", Code::kUnavailable, "the engine does not reach its metastore"},
};

struct TypeRow {
  std::string_view type;
  Code code;
};
constexpr TypeRow kTypes[] = {
    {"USER_ERROR", Code::kInvalidArgument},
    {"INSUFFICIENT_RESOURCES", Code::kResourceExhausted},
    {"EXTERNAL", Code::kUnavailable},
    {"INTERNAL_ERROR", Code::kInternal},
};

struct HttpRow {
  int status;
  Code code;
  std::string_view remedy;
};
constexpr HttpRow kStatuses[] = {
    {400, Code::kInvalidArgument, ""},
    {401, Code::kPermissionDenied, "correct trino.user, trino.password or trino.token"},
    {403, Code::kPermissionDenied, "this user may not: ask for the right, or use another"},
    {404, Code::kFailedPrecondition, "is trino.url that of a Trino coordinator?"},
    {405, Code::kFailedPrecondition, "is trino.url that of a Trino coordinator?"},
    {410, Code::kUnavailable, "the engine forgot the query: ask again"},
    {429, Code::kUnavailable, "the engine is busy: try later"},
    {502, Code::kUnavailable, "try later"},
    {503, Code::kUnavailable, "try later"},
    {504, Code::kUnavailable, "try later"},
};

/// The beginning of what a server says, on one line.
std::string Excerpt(std::string_view body) {
  constexpr std::size_t kMost = 200;
  std::string text;
  for (const char c : body.substr(0, kMost)) text += (c >= 0 && c < ' ') ? ' ' : c;
  const std::size_t last = text.find_last_not_of(' ');
  return last == text.npos ? "" : text.substr(0, last + 1);
}

}  // namespace

Code CodeOfTrinoError(std::string_view name, std::string_view type) {
  const auto* const by_name = std::ranges::find(kNames, name, &Row::name);
  if (by_name != std::end(kNames)) return by_name->code;
  const auto* const by_type = std::ranges::find(kTypes, type, &TypeRow::type);
  return by_type != std::end(kTypes) ? by_type->code : Code::kInternal;
}

Status FromTrino(const TrinoError& error, std::string_view engine) {
  const auto* const row = std::ranges::find(kNames, std::string_view(error.name), &Row::name);
  std::string message = error.message.empty() ? error.name : error.message;
  if (row != std::end(kNames) && !row->remedy.empty()) message += "; " + std::string(row->remedy);
  return {CodeOfTrinoError(error.name, error.type),
          std::move(message),
          {std::string(engine), error.name.empty() ? error.type : error.name}};
}

Status FromTrinoHttp(int status, const std::string& url, std::string_view body) {
  const auto* const row = std::ranges::find(kStatuses, status, &HttpRow::status);
  const bool is_known = row != std::end(kStatuses);
  std::string message = url + " answers HTTP " + std::to_string(status);
  const std::string said = Excerpt(body);
  if (!said.empty() && !said.starts_with('<')) message += ", \"" + said + "\"";
  if (is_known && !row->remedy.empty()) message += "; " + std::string(row->remedy);
  return {
      is_known ? row->code : Code::kInternal, std::move(message), {"http", std::to_string(status)}};
}

}  // namespace pgattic::engine
