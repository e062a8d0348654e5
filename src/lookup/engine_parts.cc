#include "lookup/engine_parts.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "lookup/engine_text.h"
#include "lookup/row_json.h"
#include "pg/identifier.h"

namespace pgattic::lookup {
namespace {

using Values = std::vector<engine::AnswerValue>;

bool IsFailureOfTheEngine(Code code) {
  return code == Code::kUnavailable || code == Code::kDeadlineExceeded ||
         code == Code::kResourceExhausted;
}

/// Keeps an answer; one with another number of columns ends the query.
class Collector final : public engine::AnswerSink {
 public:
  explicit Collector(std::size_t columns) : columns_(columns) {}

  Status Columns(const std::vector<engine::AnswerColumn>& columns) override {
    if (columns.size() == columns_) return Status::Ok();
    return {Code::kInternal, "the engine answers with another number of columns than was asked"};
  }
  Status Row(std::span<const engine::AnswerValue> values) override {
    if (values.size() != columns_) return {Code::kInternal, "the engine's row has other columns"};
    rows_.emplace_back(values.begin(), values.end());
    return Status::Ok();
  }
  std::vector<Values>& rows() { return rows_; }

 private:
  const std::size_t columns_;
  std::vector<Values> rows_;
};

/// "SELECT `what`" of the rows of one part; the month spares all other folders.
engine::Query OfPart(const EngineTable& table, const std::string& what) {
  engine::Query query;
  query.sql = "SELECT " + what + " FROM " + table.from + " WHERE " + table.year_column +
              " = CAST(? AS integer) AND " + table.month_column + " = CAST(? AS integer) AND " +
              table.path_column + " = ?";
  query.parameters = {std::to_string(table.year), std::to_string(table.month), table.path};
  return query;
}

engine::Query QueryFor(const EngineTable& table, const std::vector<std::string>& ids) {
  std::string columns;
  for (const model::Column& column : table.schema.columns) {
    columns += (columns.empty() ? "" : ", ") + SelectedFromEngine(column);
  }
  engine::Query query = OfPart(table, columns);
  query.sql += " AND " + pg::Identifier(table.schema.id().name).Quoted() + " IN (";
  for (std::size_t i = 0; i < ids.size(); ++i) {
    query.sql += (i == 0 ? "" : ", ") + ParameterFor(table.schema.id());
    query.parameters.emplace_back(ids[i]);
  }
  query.sql += ")";
  return query;
}

Result<std::vector<std::optional<std::string>>> TextOf(const EngineTable& table,
                                                       const Values& values) {
  std::vector<std::optional<std::string>> texts;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) {
      texts.emplace_back();
      continue;
    }
    PGATTIC_ASSIGN_OR_RETURN(std::string text,
                             FromEngine(table.schema.columns[i], *values[i], table.pads_fractions));
    texts.emplace_back(std::move(text));
  }
  return texts;
}

std::size_t TimeIndexOf(const EngineTable& table) {
  const std::vector<model::Column>& columns = table.schema.columns;
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const model::Column& c) {
    return c.name == table.time_column;
  });
  return static_cast<std::size_t>(found - columns.begin());
}

/// Puts each row to its id. What another id than those asked for has is left out: engines may
/// compare otherwise than byte by byte.
Status SortOut(const EngineTable& table, const std::vector<Values>& found,
               std::unordered_map<std::string, std::vector<FoundRow>>& rows) {
  const std::size_t time = TimeIndexOf(table);
  for (const Values& values : found) {
    PGATTIC_ASSIGN_OR_RETURN(const auto texts, TextOf(table, values));
    const auto place = rows.find(texts.at(table.schema.id_index).value_or(""));
    if (place == rows.end()) continue;
    place->second.push_back(MakeRow(table.schema.columns, texts, time));
  }
  return Status::Ok();
}

}  // namespace

std::vector<std::string> EngineParts::MayHold(const OpContext& /*ctx*/,
                                              const model::PartRecord& /*part*/,
                                              const std::vector<std::string>& ids) {
  return ids;
}

Result<RowsOfIds> EngineParts::Ask(const OpContext& ctx, const EngineTable& table,
                                   const std::vector<std::string>& ids) {
  std::unordered_map<std::string, std::vector<FoundRow>> rows;
  for (const std::string& id : ids) rows[id];
  std::vector<std::string> some;
  const auto ask = [&]() -> Status {
    engine::Query query = QueryFor(table, some);
    query.max_bytes = options_.max_bytes;
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<Values> found,
                             Run(ctx, query, table.schema.columns.size()));
    some.clear();
    return SortOut(table, found, rows);
  };
  for (const auto& [id, none] : rows) {
    some.push_back(id);
    if (some.size() == options_.ids_a_statement) PGATTIC_RETURN_IF_ERROR(ask());
  }
  if (!some.empty()) PGATTIC_RETURN_IF_ERROR(ask());
  RowsOfIds answers;
  for (const std::string& id : ids) {
    std::vector<FoundRow>& found = rows.at(id);
    std::stable_sort(found.begin(), found.end(), [](const FoundRow& a, const FoundRow& b) {
      return a.at_us && (!b.at_us || *a.at_us < *b.at_us);
    });
    answers.push_back(found);
  }
  return answers;
}

// An engine that looks into another folder, or knows the part by another name, finds nothing too.
Status EngineParts::CheckSeen(const OpContext& ctx, const EngineTable& table,
                              const model::PartRecord& part) {
  engine::Query query = OfPart(table, "CAST(count(*) AS varchar)");
  query.max_bytes = options_.max_bytes;
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<Values> found, Run(ctx, query, 1));
  if (found.size() == 1 && found.front().front() == std::to_string(part.rows)) return Status::Ok();
  return {Code::kUnavailable, "it does not see the " + std::to_string(part.rows) + " rows of " +
                                  table.path + "; what it does not find may be there"};
}

Result<std::vector<Values>> EngineParts::Run(const OpContext& ctx, const engine::Query& query,
                                             std::size_t columns) {
  Collector collector(columns);
  const auto began = clock_.SteadyNow();
  const Result<engine::QueryCost> cost = engine_.Run(ctx, query, collector);
  if (probe_ != nullptr) {
    probe_->Query(cost, cost.ok() ? cost->bytes_scanned.value_or(0) : 0,
                  std::chrono::duration<double>(clock_.SteadyNow() - began).count());
  }
  if (!cost.ok()) return cost.status();
  return std::move(collector.rows());
}

Result<RowsOfIds> EngineParts::Read(const OpContext& ctx, const model::PartRecord& part,
                                    const std::vector<std::string>& ids) {
  std::optional<resilience::CircuitBreaker::Permit> permit = breaker_.TryAcquire();
  if (!permit) {
    return {Code::kUnavailable,
            std::string(engine_.name()) + " failed several times; it is left alone for a moment"};
  }
  const auto began = clock_.SteadyNow();
  const OpContext bounded = ctx.WithDeadline(options_.deadline);
  PGATTIC_ASSIGN_OR_RETURN(const EngineTable table, catalog_.TableOf(bounded, part));
  Result<RowsOfIds> rows = Ask(bounded, table, ids);
  const bool all_found = rows.ok() && std::none_of(rows->begin(), rows->end(),
                                                   [](const auto& of_id) { return of_id.empty(); });
  if (rows.ok() && !all_found) {
    if (Status seen = CheckSeen(bounded, table, part); !seen.ok()) rows = std::move(seen);
  }
  if (rows.ok() || !IsFailureOfTheEngine(rows.code())) {
    if (!rows.Is(Code::kCancelled)) permit->Succeeded();
  } else if (ctx.Check().ok() || clock_.SteadyNow() - began >= options_.fair_time) {
    permit->Failed();
  }
  if (!rows.ok()) return std::move(rows).status().While("asking " + std::string(engine_.name()));
  return rows;
}

}  // namespace pgattic::lookup
