#include "engine/athena_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/hash.h"
#include "engine/athena_error.h"
#include "engine/sql_literal.h"

namespace pgattic::engine {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRowsOfPage = 1000;  // The most that GetQueryResults gives.

Status NotAthena(const std::string& what) {
  return {Code::kUnavailable,
          "not an answer of Athena (" + what + "); is something else behind athena.endpoint?",
          {"athena", "protocol"}};
}

const Json& At(const Json& json, const char* key) {
  static const Json kNothing;
  if (!json.is_object()) return kNothing;
  const auto found = json.find(key);
  return found == json.end() ? kNothing : *found;
}

std::string TextAt(const Json& json, const char* key) {
  const Json& value = At(json, key);
  return value.is_string() ? value.get<std::string>() : "";
}

std::int64_t NumberAt(const Json& json, const char* key) {
  const Json& value = At(json, key);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

Result<Json> StartRequest(const AthenaOptions& options, const Query& query) {
  Json request = {{"QueryString", std::string(OneStatement(query.sql))},
                  {"ClientRequestToken", RandomHex(32)},
                  {"WorkGroup", options.workgroup}};
  PGATTIC_RETURN_IF_ERROR(Literal(query.sql).status());
  Json context = Json::object();
  if (!options.database.empty()) context["Database"] = options.database;
  if (!options.catalog.empty()) context["Catalog"] = options.catalog;
  if (!context.empty()) request["QueryExecutionContext"] = context;
  if (!options.output.empty()) {
    request["ResultConfiguration"] = {{"OutputLocation", options.output}};
  }
  if (options.result_reuse.count() > 0) {
    request["ResultReuseConfiguration"] = {
        {"ResultReuseByAgeConfiguration",
         {{"Enabled", true}, {"MaxAgeInMinutes", options.result_reuse.count()}}}};
  }
  for (const AnswerValue& parameter : query.parameters) {
    // Athena puts these in the place of `?` as the SQL that they are: so each is a literal.
    PGATTIC_ASSIGN_OR_RETURN(std::string literal, Literal(parameter));
    request["ExecutionParameters"].push_back(std::move(literal));
  }
  return request;
}

std::vector<AnswerColumn> ColumnsOf(const Json& results) {
  std::vector<AnswerColumn> columns;
  for (const Json& info : At(At(results, "ResultSetMetadata"), "ColumnInfo")) {
    std::string type = TextAt(info, "Type");
    if (type == "decimal") {
      type += "(" + std::to_string(NumberAt(info, "Precision")) + "," +
              std::to_string(NumberAt(info, "Scale")) + ")";
    }
    columns.push_back({TextAt(info, "Name"), std::move(type)});
  }
  return columns;
}

Status TakeRows(const Json& rows, AthenaResults& page) {
  for (const Json& item : rows) {
    const Json& data = At(item, "Data");
    if (!data.is_array() || data.size() != page.columns.size()) {
      return NotAthena("a row is not as wide as its columns");
    }
    std::vector<AnswerValue>& row = page.rows.emplace_back();
    for (const Json& cell : data) {
      const Json& value = At(cell, "VarCharValue");
      row.push_back(value.is_string() ? AnswerValue(value.get<std::string>()) : std::nullopt);
    }
  }
  return Status::Ok();
}

/// Statements such as CREATE and SHOW have no header; a SELECT's first row is the columns' names.
bool IsHeader(const AthenaResults& page) {
  if (page.rows.empty()) return false;
  for (std::size_t i = 0; i < page.columns.size(); ++i) {
    if (page.rows.front()[i] != page.columns[i].name) return false;
  }
  return true;
}

}  // namespace

AthenaApi::AthenaApi(const AthenaOptions& options, std::string url, AthenaKeySource keys)
    : options_(options), url_(std::move(url)), keys_(std::move(keys)), client_([&options] {
        http::ClientOptions client;
        client.ca_file = options.ca_file;
        client.connect_timeout = options.connect_timeout;
        return client;
      }()) {}

Result<std::string> AthenaApi::CallOnce(const OpContext& ctx, const std::string& action,
                                        const std::string& body) {
  PGATTIC_ASSIGN_OR_RETURN(const AthenaKeys keys, keys_(ctx));
  http::Request request;
  request.method = "POST";
  request.url = url_ + "/";
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Target", "AmazonAthena." + action}};
  request.body = body;
  request.sign = http::AwsSignature{keys.access_key, keys.secret_key, keys.session_token,
                                    options_.region, "athena"};
  PGATTIC_ASSIGN_OR_RETURN(http::Response response, client_.Send(ctx, request));
  if (response.status == 200) return std::move(response.body);
  return FromAthenaHttp(response.status, response.body, url_);
}

Result<std::string> AthenaApi::Call(const OpContext& ctx, const std::string& action,
                                    const std::string& body) {
  Result<std::string> answer =
      WithRetry(ctx, options_.retry, [&] { return CallOnce(ctx, action, body); });
  if (answer.ok()) return answer;
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  return std::move(answer).While("calling " + action);
}

Result<std::string> AthenaApi::Compose(const Query& query) const {
  PGATTIC_ASSIGN_OR_RETURN(const Json request, StartRequest(options_, query));
  return request.dump();
}

Result<std::string> AthenaApi::Start(const OpContext& ctx, const std::string& request) {
  PGATTIC_ASSIGN_OR_RETURN(const std::string body, Call(ctx, "StartQueryExecution", request));
  std::string id = TextAt(Json::parse(body, nullptr, false), "QueryExecutionId");
  if (id.empty()) return NotAthena("no QueryExecutionId");
  return id;
}

Result<AthenaExecution> AthenaApi::Look(const OpContext& ctx, const std::string& id) {
  PGATTIC_ASSIGN_OR_RETURN(const std::string body,
                           Call(ctx, "GetQueryExecution", Json{{"QueryExecutionId", id}}.dump()));
  const Json json = Json::parse(body, nullptr, false);
  const Json& execution = At(json, "QueryExecution");
  const Json& status = At(execution, "Status");
  AthenaExecution found;
  found.state = TextAt(status, "State");
  found.reason = TextAt(status, "StateChangeReason");
  found.error_category = static_cast<int>(
      std::clamp<std::int64_t>(NumberAt(At(status, "AthenaError"), "ErrorCategory"), 0, 3));
  found.bytes_scanned = NumberAt(At(execution, "Statistics"), "DataScannedInBytes");
  if (found.state.empty()) return NotAthena("no State");
  return found;
}

Result<AthenaResults> AthenaApi::Results(const OpContext& ctx, const std::string& id,
                                         const std::string& token) {
  Json request = {{"QueryExecutionId", id}, {"MaxResults", kRowsOfPage}};
  if (!token.empty()) request["NextToken"] = token;
  PGATTIC_ASSIGN_OR_RETURN(const std::string body, Call(ctx, "GetQueryResults", request.dump()));
  const Json json = Json::parse(body, nullptr, false);
  const Json& results = At(json, "ResultSet");
  if (!results.is_object()) return NotAthena("no ResultSet");
  AthenaResults page;
  page.columns = ColumnsOf(results);
  PGATTIC_RETURN_IF_ERROR(TakeRows(At(results, "Rows"), page));
  page.next_token = TextAt(json, "NextToken");
  if (token.empty() && IsHeader(page)) page.rows.erase(page.rows.begin());
  return page;
}

Status AthenaApi::Stop(const OpContext& ctx, const std::string& id) {
  return Call(ctx, "StopQueryExecution", Json{{"QueryExecutionId", id}}.dump()).status();
}

}  // namespace pgattic::engine
