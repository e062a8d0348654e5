#include "engine/athena_error.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/trino_error.h"

namespace pgattic::engine {
namespace {

using Json = nlohmann::json;

struct Row {
  std::string_view name;
  Code code;
  std::string_view remedy;
};

constexpr std::string_view kKeys =
    "check the AWS credentials (athena.access_key, or the AWS chain)";

constexpr Row kTable[] = {
    {"InvalidRequestException", Code::kInvalidArgument, ""},
    {"ValidationException", Code::kInvalidArgument, ""},
    {"TooManyRequestsException", Code::kUnavailable, "Athena throttles: try later"},
    {"ThrottlingException", Code::kUnavailable, "Athena throttles: try later"},
    {"Throttling", Code::kUnavailable, "Athena throttles: try later"},
    {"RequestLimitExceeded", Code::kUnavailable, "Athena throttles: try later"},
    {"InternalServerException", Code::kUnavailable, "try later"},
    {"InternalFailure", Code::kUnavailable, "try later"},
    {"ServiceUnavailable", Code::kUnavailable, "try later"},
    {"AccessDeniedException", Code::kPermissionDenied,
     "allow athena:StartQueryExecution, GetQueryExecution, GetQueryResults and StopQueryExecution"},
    {"UnrecognizedClientException", Code::kPermissionDenied, kKeys},
    {"InvalidSignatureException", Code::kPermissionDenied, kKeys},
    {"InvalidClientTokenId", Code::kPermissionDenied, kKeys},
    {"MissingAuthenticationTokenException", Code::kPermissionDenied, kKeys},
    {"IncompleteSignature", Code::kPermissionDenied, kKeys},
    {"ExpiredTokenException", Code::kPermissionDenied, "renew the session token"},
    {"RequestExpired", Code::kFailedPrecondition,
     "the clock of this machine is wrong: set it (NTP)"},
    {"ResourceNotFoundException", Code::kFailedPrecondition,
     "correct athena.workgroup, athena.catalog or athena.database"},
    {"MetadataException", Code::kFailedPrecondition, "correct athena.catalog or athena.database"},
};

/// "com.amazonaws.athena#InvalidRequestException:http://…" has a name in it.
std::string BareName(std::string name) {
  if (const std::size_t hash = name.rfind('#'); hash != name.npos) name.erase(0, hash + 1);
  if (const std::size_t colon = name.find(':'); colon != name.npos) name.erase(colon);
  return name;
}

std::string TextAt(const Json& json, const char* key) {
  if (!json.is_object()) return "";
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

Code CodeOfStatus(int status) {
  if (status == 401 || status == 403) return Code::kPermissionDenied;
  if (status == 400) return Code::kInvalidArgument;
  if (status == 404) return Code::kFailedPrecondition;
  return status == 429 || status >= 500 ? Code::kUnavailable : Code::kInternal;
}

/// Names of Trino's errors are upper case and underscores.
bool IsTrinoName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// Reasons that name no error of the engine.
Code CodeOfWords(const std::string& reason, int category) {
  const auto has = [&](const char* words) { return reason.find(words) != reason.npos; };
  if (has("Bytes scanned limit was exceeded")) return Code::kResourceExhausted;
  if (has("exhausted resources")) return Code::kResourceExhausted;
  if (has("Query timeout")) return Code::kDeadlineExceeded;
  if (has("Access Denied") || has("Insufficient permissions")) return Code::kPermissionDenied;
  if (category == 2) return Code::kInvalidArgument;
  return category == 1 ? Code::kUnavailable : Code::kInternal;
}

}  // namespace

Status FromAthenaHttp(int status, std::string_view body, const std::string& url) {
  const Json json = Json::parse(body, nullptr, false);
  const std::string name = BareName(TextAt(json, "__type"));
  std::string said = TextAt(json, "message");
  if (said.empty()) said = TextAt(json, "Message");
  std::string message = url + " answers HTTP " + std::to_string(status);
  if (!said.empty()) message += ", \"" + said + "\"";
  const auto* const row = std::ranges::find(kTable, std::string_view(name), &Row::name);
  const bool is_known = row != std::end(kTable);
  if (is_known && !row->remedy.empty()) message += "; " + std::string(row->remedy);
  return {is_known ? row->code : CodeOfStatus(status), std::move(message),
          name.empty() ? Origin{"http", std::to_string(status)} : Origin{"athena", name}};
}

Status FromAthenaReason(const std::string& reason, int category) {
  const std::size_t colon = std::min(reason.find(':'), reason.size());
  const std::string name = reason.substr(0, colon);
  if (IsTrinoName(name)) {
    const std::string type = category == 2 ? "USER_ERROR" : category == 1 ? "EXTERNAL" : "";
    std::string message = reason.substr(std::min(colon + 1, reason.size()));
    message.erase(0, std::min(message.find_first_not_of(' '), message.size()));
    return FromTrino({name, type, message}, "athena");
  }
  return {CodeOfWords(reason, category),
          reason.empty() ? "Athena says no reason; look at the query in its console" : reason,
          {"athena", "FAILED"}};
}

}  // namespace pgattic::engine
