#include <cstdio>

#include "app.h"
#include "lookup/row_json.h"
#include "lookup/row_lookup.h"
#include "service/stores.h"

namespace pgattic::app {
namespace {

const char* NameOf(lookup::Availability availability) {
  switch (availability) {
    case lookup::Availability::kAvailable:
      return "available";
    case lookup::Availability::kAbsent:
      return "absent";
    case lookup::Availability::kErased:
      return "erased";
    case lookup::Availability::kTemporarilyUnavailable:
      return "temporarily_unavailable";
  }
  return "";
}

std::string TierJson(lookup::Tier tier) {
  switch (tier) {
    case lookup::Tier::kDatabase:
      return "\"database\"";
    case lookup::Tier::kArchive:
      return "\"archive\"";
    case lookup::Tier::kCache:
    case lookup::Tier::kCopy:
    case lookup::Tier::kEngine:
    case lookup::Tier::kNone:
      break;
  }
  return "null";
}

Result<const OpenSource*> ChooseSource(const std::vector<OpenSource>& sources,
                                       const std::string& name) {
  if (name.empty() && sources.size() == 1) return &sources.front();
  for (const OpenSource& source : sources) {
    if (source.table.id.Name() == name) return &source;
  }
  return {Code::kInvalidArgument, name.empty()
                                      ? "several sources are configured; name one with --source"
                                      : "no source " + name + " is configured"};
}

Result<bool> GetAll(const Invocation& invocation, const GetArguments& arguments) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const OpenSource* source, ChooseSource(sources, arguments.source));
  PGATTIC_ASSIGN_OR_RETURN(const auto store, service::OpenStore(invocation.config));
  lookup::PointReader reader(*store, invocation.config.footer_cache_bytes);
  lookup::RowLookup rows(*session.connection, reader, source->table, source->options->is_games);
  std::optional<std::string> created_at;
  if (!arguments.created_at.empty()) created_at = arguments.created_at;
  bool all_found = true;
  for (const std::string& id : arguments.ids) {
    PGATTIC_ASSIGN_OR_RETURN(const lookup::Answer answer, rows.Get(invocation.ctx, id, created_at));
    const bool found = answer.availability == lookup::Availability::kAvailable;
    all_found = all_found && found;
    std::printf(
        "{\"id\": %s, \"source\": %s, \"tier\": %s, \"availability\": \"%s\", "
        "\"row\": %s}\n",
        lookup::JsonString(id).c_str(), lookup::JsonString(source->table.id.Name()).c_str(),
        TierJson(answer.tier).c_str(), NameOf(answer.availability),
        found ? answer.row_json.c_str() : "null");
    if (!answer.why.empty()) {
      std::fprintf(stderr, "pgattic: %s: %s\n", id.c_str(), answer.why.c_str());
    }
  }
  return all_found;
}

}  // namespace

int RunGet(const Invocation& invocation, const GetArguments& arguments) {
  const Result<bool> found = GetAll(invocation, arguments);
  if (!found.ok()) return Report(found.status(), invocation.json);
  return *found ? kDone : kFailed;
}

}  // namespace pgattic::app
