#include <cstdio>

#include "app.h"
#include "lookup/row_json.h"
#include "metrics/registry.h"
#include "service/readers.h"

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

const char* TierJson(lookup::Tier tier) {
  switch (tier) {
    case lookup::Tier::kDatabase:
      return "\"database\"";
    case lookup::Tier::kCache:
      return "\"cache\"";
    case lookup::Tier::kArchive:
      return "\"archive\"";
    case lookup::Tier::kCopy:
      return "\"copy\"";
    case lookup::Tier::kEngine:
      return "\"engine\"";
    case lookup::Tier::kNone:
      break;
  }
  return "null";
}

void Print(const lookup::Answer& answer, const std::string& source) {
  const bool found = answer.availability == lookup::Availability::kAvailable;
  std::printf(
      "{\"id\": %s, \"source\": %s, \"tier\": %s, \"availability\": \"%s\", "
      "\"row\": %s}\n",
      lookup::JsonString(answer.id).c_str(), lookup::JsonString(source).c_str(),
      TierJson(answer.tier), NameOf(answer.availability), found ? answer.row_json.c_str() : "null");
  if (!answer.why.empty()) {
    std::fprintf(stderr, "pgattic: %s: %s\n", answer.id.c_str(), answer.why.c_str());
  }
}

Result<bool> GetAll(const Invocation& invocation, const GetArguments& arguments) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const OpenSource* source, ChooseSource(sources, arguments.source));
  service::Config config = invocation.config;
  // A command's own memory would be of use to nobody.
  if (config.lookup.cache_url.Reveal() == "memory") config.lookup.cache_url = Secret("none");
  metrics::Registry registry;
  PGATTIC_ASSIGN_OR_RETURN(const auto readers,
                           service::Readers::Open(config, session.connect, 1, registry, false));
  const auto rows = readers->ReaderOf(source->table, *source->options);
  std::optional<std::string> created_at;
  if (!arguments.created_at.empty()) created_at = arguments.created_at;
  bool all_found = true;
  for (const std::string& id : arguments.ids) {
    PGATTIC_ASSIGN_OR_RETURN(const lookup::Answer answer,
                             rows->Get(invocation.ctx, id, created_at));
    all_found = all_found && answer.availability == lookup::Availability::kAvailable;
    Print(answer, source->table.id.Name());
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
