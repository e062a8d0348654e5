#include "app.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "catalog/journal_schema.h"
#include "catalog/swap.h"
#include "service/stores.h"

namespace pgattic::app {

Result<Session> Session::Open(const Invocation& invocation, bool need_journal) {
  Session session;
  session.connect.conninfo = invocation.config.database_url;
  PGATTIC_ASSIGN_OR_RETURN(session.connection,
                           pg::Connection::Open(invocation.ctx, session.connect));
  if (need_journal) {
    PGATTIC_RETURN_IF_ERROR(catalog::CheckJournal(invocation.ctx, *session.connection));
  }
  session.journal = std::make_unique<catalog::Journal>(*session.connection);
  PGATTIC_ASSIGN_OR_RETURN(session.server,
                           catalog::LoadServerIdentity(invocation.ctx, *session.connection));
  return session;
}

Result<bool> HasJournal(const Invocation& invocation, Session& session) {
  PGATTIC_ASSIGN_OR_RETURN(
      const std::uint32_t oid,
      catalog::FindRelation(invocation.ctx, *session.connection, {"pgattic", "schema_version"}));
  if (oid == 0) return false;
  PGATTIC_RETURN_IF_ERROR(catalog::CheckJournal(invocation.ctx, *session.connection));
  return true;
}

Result<std::vector<OpenSource>> OpenSources(const Invocation& invocation, Session& session) {
  if (invocation.config.sources.empty()) {
    return {Code::kInvalidArgument,
            "no source is configured; write [[source]] with table and id_column"};
  }
  std::vector<OpenSource> sources;
  for (const archive::SourceOptions& options : invocation.config.sources) {
    OpenSource source;
    source.options = &options;
    PGATTIC_ASSIGN_OR_RETURN(source.table, catalog::LoadSource(invocation.ctx, *session.connection,
                                                               options.table, options.id_column));
    sources.push_back(std::move(source));
  }
  return sources;
}

Result<const OpenSource*> SourceOf(const std::vector<OpenSource>& sources,
                                   const catalog::ArchiveRecord& record) {
  for (const OpenSource& source : sources) {
    if (source.table.id == record.source) return &source;
  }
  return {Code::kFailedPrecondition,
          record.source.Name() + " is not configured; write a [[source]] for it"};
}

bool IsArchive(const service::Config& config, const archive::SourceOptions& source) {
  const auto games = std::count_if(config.sources.begin(), config.sources.end(),
                                   [](const auto& known) { return known.is_games; });
  return config.sources.size() == 1 || (source.is_games && games == 1);
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

Result<OpenStores> OpenStores::Open(const Invocation& invocation) {
  OpenStores stores;
  PGATTIC_ASSIGN_OR_RETURN(stores.archive, service::OpenStore(invocation.config));
  PGATTIC_ASSIGN_OR_RETURN(stores.copy, service::OpenCopyStore(invocation.config));
  return stores;
}

archive::RunContext RunContextOf(const Invocation& invocation, Session& session,
                                 const OpenSource& source, const OpenStores& stores,
                                 const archive::RunOptions& options,
                                 const archive::OnProgress& on_progress) {
  return {invocation.ctx,  session.connect, *session.connection, *session.journal,
          *stores.archive, *source.options, source.table,        session.server,
          options,         on_progress,     stores.copy.get()};
}

bool NamesPartition(const std::string& typed, const std::string& schema, const std::string& name) {
  return typed == name || typed == schema + "." + name;
}

Result<catalog::ArchiveRecord> FindArchive(const Invocation& invocation, Session& session,
                                           const std::string& partition) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::ArchiveRecord> records,
                           session.journal->List(invocation.ctx));
  const catalog::ArchiveRecord* found = nullptr;
  for (const catalog::ArchiveRecord& record : records) {
    if (!NamesPartition(partition, record.relation.name.schema, record.partition)) continue;
    if (found != nullptr) {
      return {Code::kInvalidArgument,
              "two archives are of a partition named " + partition + "; write schema.partition"};
    }
    found = &record;
  }
  if (found != nullptr) return *found;
  return {Code::kInvalidArgument, "there is no archive of a partition named " + partition +
                                      "; `pgattic status` lists them. Nothing was changed"};
}

Result<std::vector<std::string>> ReadIds(const std::string& file) {
  std::ifstream opened;
  if (file != "-") opened.open(file);
  std::istream& lines = file == "-" ? std::cin : opened;
  std::vector<std::string> ids;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) ids.push_back(line);
  }
  // Of a folder reading fails, not opening.
  if (!lines.eof() || lines.bad()) {
    return {Code::kInvalidArgument,
            "the file of ids " + file + " cannot be read; nothing was changed"};
  }
  if (ids.empty()) {
    return {Code::kInvalidArgument, file + " holds no id; write one a line. Nothing was changed"};
  }
  return ids;
}

void PrintJson(const nlohmann::ordered_json& body, int indent) {
  std::printf(
      "%s\n",
      body.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

int Report(const Status& status, bool json) {
  const CodeTraits& traits = TraitsOf(status.code());
  if (json) {
    const nlohmann::ordered_json body = {
        {"error",
         {{"code", std::string(traits.name)},
          {"message", status.ToString()},
          {"origin",
           {{"system", status.error().origin.system}, {"code", status.error().origin.code}}}}}};
    PrintJson(body, -1);
  } else {
    std::fprintf(stderr, "pgattic: %s\n", status.ToString().c_str());
  }
  return traits.exit_code;
}

}  // namespace pgattic::app
