#include <cstdio>
#include <nlohmann/json.hpp>

#include "app.h"
#include "archive/table_definition.h"
#include "model/table_ddl.h"
#include "service/stores.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

/// Where the engine of a dialect has its tables.
std::string SchemaOf(const service::Config& config, model::Dialect dialect) {
  switch (dialect) {
    case model::Dialect::kAthena:
    case model::Dialect::kGlue:
      return config.engine.athena.database;
    case model::Dialect::kTrino:
      return config.engine.trino.schema;
    case model::Dialect::kDuckDb:
      return "";
  }
  return "";
}

struct Definition {
  std::string source;
  std::string text;
};

Result<std::vector<Definition>> Define(const Invocation& invocation,
                                       const DdlArguments& arguments) {
  PGATTIC_ASSIGN_OR_RETURN(const model::Dialect dialect, model::DialectFromName(arguments.dialect));
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const auto store, service::OpenStore(invocation.config));
  std::vector<Definition> definitions;
  bool is_known = arguments.source.empty();
  for (const OpenSource& source : sources) {
    const model::SourceId& id = source.table.id;
    if (!arguments.source.empty() && id.Name() != arguments.source) continue;
    is_known = true;
    const bool at_root = source.options->is_games;
    PGATTIC_ASSIGN_OR_RETURN(
        const std::vector<model::Metadata> archives,
        archive::LoadPublished(invocation.ctx, *session.journal, *store, id, at_root));
    if (archives.empty()) continue;
    const std::string prefix = model::ObjectKeys(id, {}, at_root).Prefix();
    definitions.push_back(
        {id.Name(),
         model::TableDdl(dialect, archives,
                         {store->Describe(), prefix, SchemaOf(invocation.config, dialect),
                          IsArchive(invocation.config, *source.options)})});
  }
  if (!is_known) {
    return {Code::kInvalidArgument, "no source " + arguments.source + " is configured"};
  }
  if (definitions.empty()) {
    return {Code::kFailedPrecondition,
            "nothing is archived yet, so there are no columns; run pgattic archive first"};
  }
  return definitions;
}

}  // namespace

int RunDdl(const Invocation& invocation, const DdlArguments& arguments) {
  const auto definitions = Define(invocation, arguments);
  if (!definitions.ok()) return Report(definitions.status(), invocation.json);
  if (!invocation.json) {
    for (const Definition& definition : *definitions) std::printf("%s\n", definition.text.c_str());
    return kDone;
  }
  Json list = Json::array();
  for (const Definition& definition : *definitions) {
    list.push_back(
        {{"source", definition.source}, {"dialect", arguments.dialect}, {"ddl", definition.text}});
  }
  PrintJson({{"definitions", list}});
  return kDone;
}

}  // namespace pgattic::app
