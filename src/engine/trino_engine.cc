#include "engine/trino_engine.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/loopback.h"
#include "engine/explain_text.h"
#include "engine/sql_literal.h"
#include "engine/trino_run.h"
#include "http/client.h"

namespace pgattic::engine {
namespace {

using std::chrono::milliseconds;

// Statements whose parameters' types are remembered.
constexpr std::size_t kMaxRemembered = 256;
// Of a statement in a header.
constexpr std::size_t kMaxDescribedBytes = 4096;

/// True for what can be meant as a number, a date, a UUID or a truth value. All else is text, and
/// the engine need not be asked.
bool MayBeNoText(const AnswerValue& value) {
  constexpr std::size_t kUuidSize = 36;
  if (!value || value->empty()) return false;
  const char first = value->front();
  if ((first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.') return true;
  if (value->size() == kUuidSize && (*value)[8] == '-' && (*value)[13] == '-') return true;
  const std::string word = AsciiLower(*value);
  return word == "true" || word == "false" || word == "nan" || word == "infinity";
}

/// The second column of DESCRIBE INPUT.
class InputTypes final : public AnswerSink {
 public:
  Status Columns(const std::vector<AnswerColumn>& /*columns*/) override { return Status::Ok(); }
  Status Row(std::span<const AnswerValue> values) override {
    types.push_back(values.size() == 2 ? values[1].value_or("") : "");
    return Status::Ok();
  }
  std::vector<std::string> types;
};

class TrinoEngine final : public QueryEngine {
 public:
  TrinoEngine(const TrinoOptions& options, std::string origin)
      : options_(options), origin_(std::move(origin)), client_(ClientOptionsOf(options)) {}

  std::string_view name() const override { return "trino"; }

  Result<QueryCost> Run(const OpContext& ctx, const Query& query, AnswerSink& sink) override {
    const auto start = ctx.clock().SteadyNow();
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> types, TypesOf(ctx, query));
    PGATTIC_ASSIGN_OR_RETURN(const std::string sql, WithParameters(query, types));
    TrinoRun run(options_, origin_, client_, sink);
    Status done = run.Run(ctx, {sql, "", query.max_bytes});
    if (!done.ok()) {
      Forget(query.sql);  // The table may be another one now.
      return done;
    }
    QueryCost cost = run.cost();
    cost.elapsed = std::chrono::duration_cast<milliseconds>(ctx.clock().SteadyNow() - start);
    return cost;
  }

 private:
  static http::ClientOptions ClientOptionsOf(const TrinoOptions& options) {
    http::ClientOptions client;
    client.ca_file = options.ca_file;
    client.connect_timeout = options.connect_timeout;
    return client;
  }

  /// What the places of the parameters want; empty where all are text.
  Result<std::vector<std::string>> TypesOf(const OpContext& ctx, const Query& query) {
    const std::vector<AnswerValue>& values = query.parameters;
    if (query.sql.size() > kMaxDescribedBytes ||
        std::none_of(values.begin(), values.end(), MayBeNoText)) {
      return std::vector<std::string>();
    }
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = types_.find(query.sql); known != types_.end()) return known->second;
    }
    InputTypes inputs;
    TrinoRun run(options_, origin_, client_, inputs);
    PGATTIC_RETURN_IF_ERROR(
        run.Run(ctx, {std::string("DESCRIBE INPUT ") + kPreparedName,
                      SplitExplain(OneStatement(query.sql)).statement, std::nullopt}));
    const std::lock_guard lock(mutex_);
    if (types_.size() >= kMaxRemembered) types_.clear();
    types_[query.sql] = inputs.types;
    return inputs.types;
  }

  void Forget(const std::string& sql) {
    const std::lock_guard lock(mutex_);
    types_.erase(sql);
  }

  const TrinoOptions options_;
  const std::string origin_;
  http::Client client_;
  std::mutex mutex_;  // Guards types_.
  std::map<std::string, std::vector<std::string>> types_;
};

}  // namespace

Status TrinoOptions::Validate() const {
  if (url.empty()) return {Code::kInvalidArgument, "trino.url is missing; write https://HOST:PORT"};
  const Result<std::string> origin = http::OriginOf(url);
  if (!origin.ok()) return origin.status().While("reading trino.url");
  const bool has_secret = !password.empty() || !token.empty();
  if (has_secret && origin->starts_with("http://") && !IsLoopbackOrigin(*origin)) {
    return {Code::kInvalidArgument,
            "trino.url is http://, where a password or token would be readable on its way; write "
            "https://"};
  }
  if (user.empty()) return {Code::kInvalidArgument, "trino.user is empty; Trino asks for one"};
  return Status::Ok();
}

Result<std::unique_ptr<QueryEngine>> OpenTrino(const TrinoOptions& options) {
  PGATTIC_RETURN_IF_ERROR(options.Validate());
  PGATTIC_ASSIGN_OR_RETURN(std::string origin, http::OriginOf(options.url));
  return std::unique_ptr<QueryEngine>(std::make_unique<TrinoEngine>(options, std::move(origin)));
}

}  // namespace pgattic::engine
