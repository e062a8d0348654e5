#include "tests/support/athena/moto_athena.h"

#include "http/client.h"
#include "tests/support/athena/script.h"

namespace pgattic::test {

Result<std::unique_ptr<MotoAthena>> MotoAthena::Start() {
  std::unique_ptr<MotoAthena> moto(new MotoAthena());
  sandbox::SubprocessOptions options;
  options.argv = {Python(), Script("moto_athena.py")};
  PGATTIC_ASSIGN_OR_RETURN(moto->process_, sandbox::Subprocess::Spawn(options));
  PGATTIC_ASSIGN_OR_RETURN(moto->endpoint_, EndpointOf(*moto->process_));
  return moto;
}

nlohmann::json MotoAthena::Post(const std::string& path, const std::string& action,
                                const nlohmann::json& body) const {
  http::Client client{http::ClientOptions{}};
  http::Request request;
  request.method = "POST";
  request.url = endpoint_ + path;
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"}};
  if (!action.empty()) {
    request.headers.emplace_back("X-Amz-Target", "AmazonAthena." + action);
    request.headers.emplace_back("Authorization",
                                 "AWS4-HMAC-SHA256 Credential=a/20260101/" + region() +
                                     "/athena/aws4_request, SignedHeaders=host, Signature=0");
  }
  request.body = body.dump();
  const auto answer = client.Send(OpContext().WithDeadline(std::chrono::seconds(30)), request);
  PGATTIC_CHECK(answer.ok() && answer->status < 300, "moto does not take " + request.body);
  return nlohmann::json::parse(answer->body, nullptr, false);
}

void MotoAthena::Answer(const nlohmann::json& result) const {
  Post("/moto-api/static/athena/query-results", "",
       {{"region", region()}, {"results", nlohmann::json::array({result})}});
}

void MotoAthena::SlowDown(int looks) const {
  Post("/moto-api/state-manager/set-transition", "",
       {{"model_name", "athena::execution"},
        {"transition", {{"progression", "manual"}, {"times", looks}}}});
}

nlohmann::json MotoAthena::Execution(const std::string& id) const {
  return Post("/", "GetQueryExecution", {{"QueryExecutionId", id}})["QueryExecution"];
}

nlohmann::json MotoAthena::Executions() const {
  return Post("/", "ListQueryExecutions", nlohmann::json::object())["QueryExecutionIds"];
}

}  // namespace pgattic::test
