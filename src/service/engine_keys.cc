#include "service/engine_keys.h"

#include <algorithm>

#include "base/split.h"
#include "service/units.h"

namespace pgattic::service {
namespace {

template <typename Section>
auto Text(Section EngineSettings::*section, std::string Section::*member) {
  return [=](Config& config, const std::string& text) -> Status {
    config.engine.*section.*member = text;
    return Status::Ok();
  };
}

template <typename Section>
auto Hidden(Section EngineSettings::*section, Secret Section::*member) {
  return [=](Config& config, const std::string& text) -> Status {
    config.engine.*section.*member = Secret(text);
    return Status::Ok();
  };
}

Status SetDefault(Config& config, const std::string& text) {
  if (text != "duckdb" && text != "trino" && text != "athena") {
    return {Code::kInvalidArgument, "'" + text + "' is no engine; write duckdb, trino or athena"};
  }
  config.engine.default_engine = text;
  return Status::Ok();
}

/// "name=value", several joined by commas.
Status SetSession(Config& config, const std::string& text) {
  std::map<std::string, std::string> session;
  for (const std::string& pair : text.empty() ? std::vector<std::string>() : Split(text, ",")) {
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos || equals == 0) {
      return {Code::kInvalidArgument,
              "'" + pair + "' is no session property; write [\"name=value\", …]"};
    }
    session[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  config.engine.trino.session = std::move(session);
  return Status::Ok();
}

Status SetResultReuse(Config& config, const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(const std::chrono::milliseconds value, ParseDuration(text));
  if (value > std::chrono::days(7)) {
    return {Code::kInvalidArgument, "'" + text + "' is too long; Athena keeps answers for 7d"};
  }
  config.engine.athena.result_reuse = value;
  return Status::Ok();
}

}  // namespace

std::vector<ConfigKey> EngineKeys() {
  constexpr auto kTrino = &EngineSettings::trino;
  constexpr auto kAthena = &EngineSettings::athena;
  using T = TrinoSettings;
  using A = AthenaSettings;
  return {
      {"engine.default", "duckdb", "duckdb, trino or athena", SetDefault},
      {"trino.url", "", "https://HOST:PORT of the coordinator", Text(kTrino, &T::url)},
      {"trino.user", "pgattic", "who asks", Text(kTrino, &T::user)},
      {"trino.password", "none", "of that user; needs https; never printed",
       Hidden(kTrino, &T::password)},
      {"trino.token", "none", "a JWT, instead of a password; never printed",
       Hidden(kTrino, &T::token)},
      {"trino.catalog", "hive", "of the Hive connector", Text(kTrino, &T::catalog)},
      {"trino.schema", "", "where the tables of `pgattic ddl trino` are", Text(kTrino, &T::schema)},
      {"trino.session", "none", "session properties, [\"query_priority=1\"]", SetSession},
      {"trino.ca_file", "the system's", "PEM file of trusted authorities",
       Text(kTrino, &T::ca_file)},
      {"athena.region", "as s3.region", "where Athena is asked", Text(kAthena, &A::region)},
      {"athena.endpoint", "AWS's", "http:// or https:// of another", Text(kAthena, &A::endpoint)},
      {"athena.access_key", "the AWS chain's", "access key id", Text(kAthena, &A::access_key)},
      {"athena.secret_key", "the AWS chain's", "secret access key; never printed",
       Hidden(kAthena, &A::secret_key)},
      {"athena.session_token", "the AWS chain's", "session token; never printed",
       Hidden(kAthena, &A::session_token)},
      {"athena.workgroup", "primary", "whose limits and costs count", Text(kAthena, &A::workgroup)},
      {"athena.output", "the workgroup's", "s3://bucket/prefix/ for answers",
       Text(kAthena, &A::output)},
      {"athena.database", "default", "where the tables of `pgattic ddl athena` are",
       Text(kAthena, &A::database)},
      {"athena.catalog", "AwsDataCatalog", "data catalog of the database",
       Text(kAthena, &A::catalog)},
      {"athena.result_reuse", "0", "take answers again up to that age; at most 7d", SetResultReuse},
      {"athena.ca_file", "the system's", "PEM file of trusted authorities",
       Text(kAthena, &A::ca_file)},
  };
}

}  // namespace pgattic::service
