#include "app.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "catalog/journal_schema.h"

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

Result<catalog::ArchiveRecord> FindArchive(const Invocation& invocation, Session& session,
                                           const std::string& partition) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::ArchiveRecord> records,
                           session.journal->List(invocation.ctx));
  const catalog::ArchiveRecord* found = nullptr;
  for (const catalog::ArchiveRecord& record : records) {
    const bool matches =
        record.partition == partition || record.source.schema + "." + record.partition == partition;
    if (!matches) continue;
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

int Report(const Status& status, bool json) {
  const CodeTraits& traits = TraitsOf(status.code());
  if (json) {
    const nlohmann::ordered_json body = {
        {"error",
         {{"code", std::string(traits.name)},
          {"message", status.ToString()},
          {"origin",
           {{"system", status.error().origin.system}, {"code", status.error().origin.code}}}}}};
    std::printf("%s\n", body.dump().c_str());
  } else {
    std::fprintf(stderr, "pgattic: %s\n", status.ToString().c_str());
  }
  return traits.exit_code;
}

std::string HumanBytes(std::int64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value,
                kUnits.at(unit));
  return text.data();
}

std::string HumanCount(std::int64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    if (digits[at - 1] != '-') digits.insert(at, ",");
  }
  return digits;
}

std::string TextTable::ToString() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      const bool number = !row[i].empty() && row[i].front() >= '0' && row[i].front() <= '9' &&
                          row[i].find('-') == row[i].npos;
      line += (i > 0 ? "  " : "") + (number ? padding + row[i] : row[i] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace pgattic::app
