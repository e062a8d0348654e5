#include "pg/sqlstate.h"

#include <array>
#include <utility>

namespace pgattic::pg {
namespace {

constexpr std::array<std::pair<std::string_view, Code>, 24> kStates{{
    {"23505", Code::kAlreadyExists},       // unique_violation
    {"3D000", Code::kFailedPrecondition},  // invalid_catalog_name
    {"3F000", Code::kFailedPrecondition},  // invalid_schema_name
    {"40001", Code::kDeferred},            // serialization_failure
    {"40P01", Code::kDeferred},            // deadlock_detected
    {"42501", Code::kPermissionDenied},    // insufficient_privilege
    {"42703", Code::kFailedPrecondition},  // undefined_column
    {"42704", Code::kFailedPrecondition},  // undefined_object
    {"42P01", Code::kFailedPrecondition},  // undefined_table
    {"42P07", Code::kAlreadyExists},       // duplicate_table
    {"42P17", Code::kFailedPrecondition},  // invalid_object_definition
    {"42809", Code::kFailedPrecondition},  // wrong_object_type
    {"53300", Code::kUnavailable},         // too_many_connections
    {"55000", Code::kFailedPrecondition},  // object_not_in_prerequisite_state
    {"55006", Code::kDeferred},            // object_in_use
    {"55P03", Code::kDeferred},            // lock_not_available
    {"57014", Code::kDeadlineExceeded},    // query_canceled
    {"57P01", Code::kUnavailable},         // admin_shutdown
    {"57P02", Code::kUnavailable},         // crash_shutdown
    {"57P03", Code::kUnavailable},         // cannot_connect_now
    {"57P05", Code::kUnavailable},         // idle_session_timeout
    {"58030", Code::kUnavailable},         // io_error
    {"XX001", Code::kCorruption},          // data_corrupted
    {"XX002", Code::kCorruption},          // index_corrupted
}};

constexpr std::array<std::pair<std::string_view, Code>, 7> kClasses{{
    {"08", Code::kUnavailable},         // connection exception
    {"0A", Code::kUnsupported},         // feature not supported
    {"22", Code::kInvalidArgument},     // data exception
    {"25", Code::kFailedPrecondition},  // invalid transaction state
    {"28", Code::kPermissionDenied},    // invalid authorization
    {"2B", Code::kFailedPrecondition},  // dependent objects still exist
    {"53", Code::kResourceExhausted},   // insufficient resources
}};

}  // namespace

Code CodeOfSqlState(std::string_view sqlstate) {
  for (const auto& [state, code] : kStates) {
    if (state == sqlstate) return code;
  }
  for (const auto& [state_class, code] : kClasses) {
    if (sqlstate.starts_with(state_class)) return code;
  }
  return Code::kInternal;
}

}  // namespace pgattic::pg
