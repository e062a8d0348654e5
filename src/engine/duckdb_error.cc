#include "engine/duckdb_error.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace pgattic::engine {
namespace {

struct Clue {
  std::string_view words;
  Code code;
};

/// Read from top to bottom; HTTP's statuses are part of the message.
constexpr std::array kClues = {
    Clue{"HTTP 403", Code::kPermissionDenied},
    Clue{"HTTP 401", Code::kPermissionDenied},
    Clue{"SignatureDoesNotMatch", Code::kPermissionDenied},
    Clue{"InvalidAccessKeyId", Code::kPermissionDenied},
    Clue{"Permission denied", Code::kPermissionDenied},
    Clue{"HTTP 404", Code::kNotFound},
    Clue{"No such file", Code::kNotFound},
    Clue{"No files found", Code::kNotFound},
    Clue{"No space left", Code::kResourceExhausted},
    Clue{"magic bytes", Code::kCorruption},
    Clue{"too small to be a Parquet file", Code::kCorruption},
    Clue{"ETag", Code::kConflict},
};

Code ByClue(const std::string& message, Code otherwise) {
  const auto* clue = std::find_if(kClues.begin(), kClues.end(), [&](const Clue& candidate) {
    return message.find(candidate.words) != message.npos;
  });
  return clue == kClues.end() ? otherwise : clue->code;
}

struct Meaning {
  duckdb_error_type type;
  Code code;
  bool has_clues;  ///< The message says more than the type.
};

constexpr std::array kMeanings = {
    Meaning{DUCKDB_ERROR_IO, Code::kUnavailable, true},
    Meaning{DUCKDB_ERROR_HTTP, Code::kUnavailable, true},
    Meaning{DUCKDB_ERROR_NETWORK, Code::kUnavailable, true},
    Meaning{DUCKDB_ERROR_CONNECTION, Code::kUnavailable, true},
    Meaning{DUCKDB_ERROR_INVALID_INPUT, Code::kInvalidArgument, true},
    Meaning{DUCKDB_ERROR_SERIALIZATION, Code::kCorruption, true},
    Meaning{DUCKDB_ERROR_OUT_OF_MEMORY, Code::kResourceExhausted, false},
    Meaning{DUCKDB_ERROR_OBJECT_SIZE, Code::kResourceExhausted, false},
    Meaning{DUCKDB_ERROR_PERMISSION, Code::kPermissionDenied, false},
    Meaning{DUCKDB_ERROR_INTERRUPT, Code::kCancelled, false},
    Meaning{DUCKDB_ERROR_NOT_IMPLEMENTED, Code::kUnsupported, false},
    Meaning{DUCKDB_ERROR_MISSING_EXTENSION, Code::kFailedPrecondition, false},
    Meaning{DUCKDB_ERROR_AUTOLOAD, Code::kFailedPrecondition, false},
    Meaning{DUCKDB_ERROR_INVALID, Code::kInternal, false},
    Meaning{DUCKDB_ERROR_FATAL, Code::kInternal, false},
    Meaning{DUCKDB_ERROR_INTERNAL, Code::kInternal, false},
    Meaning{DUCKDB_ERROR_NULL_POINTER, Code::kInternal, false},
};

Code CodeOf(duckdb_error_type type, const std::string& message) {
  const auto* meaning = std::find_if(kMeanings.begin(), kMeanings.end(),
                                     [&](const Meaning& known) { return known.type == type; });
  // All others are about the statement: parser, binder, catalog, conversion …
  if (meaning == kMeanings.end()) return Code::kInvalidArgument;
  return meaning->has_clues ? ByClue(message, meaning->code) : meaning->code;
}

/// DuckDB's own advice, on further lines, is to SET what nobody may set here.
std::string WithRemedy(const std::string& message) {
  return message.substr(0, message.find('\n')) +
         "; narrow the query, or raise duckdb.memory, or give duckdb.scratch_folder more room";
}

/// "Binder Error" of "Binder Error: Referenced column …".
std::string KindOf(const std::string& message) {
  const std::size_t colon = message.find(':');
  return colon == message.npos || colon > 40 ? "error" : message.substr(0, colon);
}

}  // namespace

Status DuckDbError(duckdb_error_type type, const std::string& message) {
  const bool is_full = type == DUCKDB_ERROR_OUT_OF_MEMORY;
  return {
      CodeOf(type, message), is_full ? WithRemedy(message) : message, {"duckdb", KindOf(message)}};
}

Status DuckDbError(const char* message) {
  const std::string text = message == nullptr ? "DuckDB gave no reason" : message;
  const auto begins = [&](const char* words) { return text.starts_with(words); };
  duckdb_error_type type = DUCKDB_ERROR_BINDER;
  if (begins("IO Error")) type = DUCKDB_ERROR_IO;
  if (begins("HTTP Error")) type = DUCKDB_ERROR_HTTP;
  if (begins("Permission Error")) type = DUCKDB_ERROR_PERMISSION;
  if (begins("Invalid Input Error")) type = DUCKDB_ERROR_INVALID_INPUT;
  if (begins("Out of Memory Error")) type = DUCKDB_ERROR_OUT_OF_MEMORY;
  if (begins("INTERRUPT Error")) type = DUCKDB_ERROR_INTERRUPT;
  if (begins("Not implemented Error")) type = DUCKDB_ERROR_NOT_IMPLEMENTED;
  if (begins("Missing Extension Error")) type = DUCKDB_ERROR_MISSING_EXTENSION;
  if (begins("INTERNAL Error")) type = DUCKDB_ERROR_INTERNAL;
  if (begins("FATAL Error")) type = DUCKDB_ERROR_FATAL;
  return DuckDbError(type, text);
}

}  // namespace pgattic::engine
