#include "tests/support/athena/athena_shim.h"

#include <nlohmann/json.hpp>

#include "http/client.h"
#include "tests/support/athena/script.h"

namespace pgattic::test {
Result<std::unique_ptr<AthenaShim>> AthenaShim::Start(const std::string& trino_url) {
  return StartWith(trino_url, session_token());
}

Result<std::unique_ptr<AthenaShim>> AthenaShim::StartWith(const std::string& trino_url,
                                                          const std::string& session_token) {
  std::unique_ptr<AthenaShim> shim(new AthenaShim());
  sandbox::SubprocessOptions options;
  options.argv = {Python(),          Script("athena_shim.py"),
                  "--trino",         trino_url,
                  "--access-key",    access_key(),
                  "--secret-key",    secret_key(),
                  "--region",        region(),
                  "--session-token", session_token};
  PGATTIC_ASSIGN_OR_RETURN(shim->process_, sandbox::Subprocess::Spawn(options));
  PGATTIC_ASSIGN_OR_RETURN(shim->endpoint_, EndpointOf(*shim->process_));
  return shim;
}

void AthenaShim::Fail(const std::string& how, int n) const {
  http::Client client{http::ClientOptions{}};
  http::Request request;
  request.method = "POST";
  request.url = endpoint_ + "/shim/faults";
  request.body = nlohmann::json{{how, n}}.dump();
  const auto done = client.Send({}, request);
  PGATTIC_CHECK(done.ok() && done->status == 200, "the shim takes no faults");
}

std::map<std::string, int> AthenaShim::TakeCalls() const {
  http::Client client{http::ClientOptions{}};
  const auto calls = client.Send({}, {.url = endpoint_ + "/shim/calls"});
  PGATTIC_CHECK(calls.ok(), "the shim tells no calls");
  return nlohmann::json::parse(calls->body).get<std::map<std::string, int>>();
}

Result<std::string> AthenaShim::DriveByBoto3(const std::string& trino_url,
                                             const std::vector<std::string>& arguments) {
  PGATTIC_ASSIGN_OR_RETURN(const auto shim, StartWith(trino_url, ""));
  sandbox::SubprocessOptions options;
  options.argv = {Python(), Script("drive_boto3.py"), shim->endpoint()};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  PGATTIC_ASSIGN_OR_RETURN(
      const auto ran,
      sandbox::Subprocess::Run(OpContext().WithDeadline(std::chrono::minutes(1)), options));
  PGATTIC_RETURN_IF_ERROR(ran.CheckSuccess("driving by boto3"));
  return ran.out;
}

}  // namespace pgattic::test
