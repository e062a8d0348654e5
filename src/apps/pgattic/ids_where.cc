#include "ids_where.h"

#include <vector>

#include "asking.h"
#include "catalog/erasing.h"
#include "catalog/id_text.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

/// Takes the one column of an answer as ids.
class IdSink final : public engine::AnswerSink {
 public:
  explicit IdSink(catalog::IdKind kind) : kind_(kind) {}
  Status Columns(const std::vector<engine::AnswerColumn>& /*columns*/) override {
    return Status::Ok();
  }
  Status Row(std::span<const engine::AnswerValue> values) override {
    const std::string text = values[0].value_or("");
    const std::optional<std::string> id = catalog::CanonicalId(kind_, text);
    if (!id) return {Code::kInternal, "the engine answered '" + text + "', which is no id"};
    ids.insert(*id);
    return Status::Ok();
  }
  std::set<std::string> ids;

 private:
  const catalog::IdKind kind_;
};

Result<std::set<std::string>> ArchivedIds(const Invocation& invocation, const OpenSource& source,
                                          const std::string& condition, std::int64_t limit) {
  // Of one source alone, so that its view has a name that is known.
  Invocation narrowed = invocation;
  narrowed.config.sources = {*source.options};
  engine::Query query;
  query.sql = "SELECT DISTINCT CAST(" + pg::Identifier(source.table.id_column).Quoted() +
              " AS VARCHAR) FROM archive AS " + pg::Identifier(source.table.id.table).Quoted() +
              " WHERE (" + condition + "\n) LIMIT " + std::to_string(limit);
  AskArguments ask;
  ask.engine = "duckdb";
  IdSink sink(source.table.id_kind);
  PGATTIC_RETURN_IF_ERROR(
      Ask(narrowed, ask, query, sink).status().While("asking DuckDB for archived rows"));
  return std::move(sink.ids);
}

}  // namespace

Result<FoundIds> FindIdsWhere(const Invocation& invocation, Session& session,
                              const OpenSource& source, const std::string& condition,
                              std::int64_t max_ids) {
  FoundIds found;
  // In this order: a row that is archived meanwhile is seen twice, and never missed.
  Result<std::vector<std::string>> live =
      catalog::FindIds(invocation.ctx, *session.connection, source.table, condition, max_ids + 1);
  if (!live.ok()) {
    return std::move(live).status().While("asking PostgreSQL for live rows");
  }
  PGATTIC_ASSIGN_OR_RETURN(found.ids, ArchivedIds(invocation, source, condition, max_ids + 1));
  found.live = live->size();
  found.archived = found.ids.size();
  found.ids.insert(live->begin(), live->end());
  if (found.ids.size() > static_cast<std::size_t>(max_ids)) {
    return {Code::kInvalidArgument,
            "rows of more than " + HumanCount(max_ids) +
                " ids are meant; nothing was changed. Narrow the condition, or raise --max-ids"};
  }
  return found;
}

}  // namespace pgattic::app
