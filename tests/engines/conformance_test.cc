// What the port to an engine promises, asked of Trino, and of Athena with a Trino behind it.
#include "base/hash.h"
#include "engine/athena_engine.h"
#include "engine/conformance_suite.h"
#include "engine/trino_engine.h"
#include "shared_trino.h"
#include "tests/support/athena/athena_shim.h"

namespace pgattic::engine {
namespace {

/// A schema of its own with the table that the suite wants.
class InTrino : public EngineFixture {
 public:
  InTrino() {
    options_.url = test::SharedTrino().url();
    options_.catalog = "hive";
    options_.schema = "t" + RandomHex(6);
    trino_ = OpenTrino(options_).value();
    Define("CREATE SCHEMA " + options_.schema);
    Define(
        "CREATE VIEW numbers AS SELECT n, IF(n % 100 = 0, NULL, CAST('name-' || CAST(n AS varchar) "
        "AS varchar)) AS name FROM UNNEST(sequence(BIGINT '1', BIGINT '1000')) AS t(n)");
  }
  QueryEngine& engine() override { return *trino_; }
  std::string EndlessSql() const override {
    return "SELECT count(*) FROM numbers a CROSS JOIN numbers b CROSS JOIN numbers c CROSS JOIN "
           "numbers d WHERE a.n + b.n + c.n + d.n < 0";
  }
  bool IsIdle() override {
    const OpContext ctx = OpContext().WithDeadline(std::chrono::seconds(1));
    do {
      KeptAnswer answer;
      const auto ran = trino_->Run({},
                                   {"SELECT count(*) FROM system.runtime.queries WHERE state NOT "
                                    "IN ('FINISHED', 'FAILED') AND query NOT LIKE '%runtime%'",
                                    {},
                                    {}},
                                   answer);
      if (ran.ok() && answer.rows.at(0).at(0) == "0") return true;
    } while (ctx.SleepFor(std::chrono::milliseconds(20)).ok());
    return false;
  }

 protected:
  const std::string& schema() const { return options_.schema; }

 private:
  void Define(const std::string& sql) {
    KeptAnswer answer;
    const auto made = trino_->Run({}, {sql, {}, {}}, answer);
    PGATTIC_CHECK(made.ok(), made.error().ToString());
  }
  TrinoOptions options_;
  std::unique_ptr<QueryEngine> trino_;
};

class InAthena final : public InTrino {
 public:
  InAthena() {
    auto shim = test::AthenaShim::Start(test::SharedTrino().url());
    PGATTIC_CHECK(shim.ok(), shim.error().ToString());
    shim_ = std::move(*shim);
    AthenaOptions options;
    options.region = test::AthenaShim::region();
    options.endpoint = shim_->endpoint();
    options.database = schema();
    options.first_poll = std::chrono::milliseconds(10);
    athena_ =
        OpenAthena(options, [](const OpContext&) -> Result<AthenaKeys> {
          return AthenaKeys{test::AthenaShim::access_key(), Secret(test::AthenaShim::secret_key()),
                            Secret(test::AthenaShim::session_token())};
        }).value();
  }
  QueryEngine& engine() override { return *athena_; }
  bool ExplainsParameters() const override { return false; }

 private:
  std::unique_ptr<test::AthenaShim> shim_;
  std::unique_ptr<QueryEngine> athena_;
};

template <typename Fixture>
std::unique_ptr<EngineFixture> MakeIfInstalled() {
  if (!test::TrinoServer::IsInstalled()) {
    std::fprintf(stderr, "%s\n", test::TrinoServer::kNotInstalled);
    return nullptr;
  }
  return std::make_unique<Fixture>();
}

INSTANTIATE_TEST_SUITE_P(Engines, QueryEngineConformance,
                         testing::Values(EngineCase{"Trino", MakeIfInstalled<InTrino>},
                                         EngineCase{"Athena", MakeIfInstalled<InAthena>}),
                         EngineCaseName);

}  // namespace
}  // namespace pgattic::engine
