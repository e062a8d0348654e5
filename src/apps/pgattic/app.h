// What all commands share: the configuration, sessions, output.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "archive/archiver.h"
#include "base/op_context.h"
#include "base/result.h"
#include "catalog/journal.h"
#include "service/config.h"
#include "store/object_store.h"

namespace pgattic::app {

inline constexpr const char* kVersion = "0.1.0";

/// Exit codes.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kTryLater = 75;

/// What was typed, as far as every command takes it. A plain value.
struct Invocation {
  service::Config config;
  bool json = false;
  OpContext ctx;
};

/// A connection, the journal and the server it speaks to, for one command.
struct Session {
  pg::ConnectOptions connect;
  std::unique_ptr<pg::Connection> connection;
  std::unique_ptr<catalog::Journal> journal;
  catalog::ServerIdentity server;

  /// Connects; fails unless `pgattic init` was run, where `need_journal`.
  static Result<Session> Open(const Invocation& invocation, bool need_journal);
};

/// True when `pgattic init` was run, false when there is no journal. FailedPrecondition when it
/// is of another version.
Result<bool> HasJournal(const Invocation& invocation, Session& session);

/// A source of the configuration with what the catalog says of it.
struct OpenSource {
  const archive::SourceOptions* options = nullptr;
  catalog::SourceTable table;
};
/// Loads every configured source. InvalidArgument when there is none.
Result<std::vector<OpenSource>> OpenSources(const Invocation& invocation, Session& session);
/// Returns the source of an archive. FailedPrecondition when it is not configured any more.
Result<const OpenSource*> SourceOf(const std::vector<OpenSource>& sources,
                                   const catalog::ArchiveRecord& record);

/// True for the source that the view `archive` is of: the only one, or the only one of profile
/// games.
bool IsArchive(const service::Config& config, const archive::SourceOptions& source);

/// Returns the source of that name, schema.table, or the only one for "". InvalidArgument.
Result<const OpenSource*> ChooseSource(const std::vector<OpenSource>& sources,
                                       const std::string& name);

/// The stores of the configuration. `copy` is null where none is configured.
struct OpenStores {
  std::unique_ptr<store::ObjectStore> archive;
  std::unique_ptr<store::ObjectStore> copy;
  static Result<OpenStores> Open(const Invocation& invocation);
};

/// Returns the context of a run over one source. Everything given outlives it.
archive::RunContext RunContextOf(const Invocation& invocation, Session& session,
                                 const OpenSource& source, const OpenStores& stores,
                                 const archive::RunOptions& options,
                                 const archive::OnProgress& on_progress);

/// True when what was typed, "partition" or "schema.partition", is the name of this one.
bool NamesPartition(const std::string& typed, const std::string& schema, const std::string& name);

/// Returns the archive of that partition name. InvalidArgument when there is none.
Result<catalog::ArchiveRecord> FindArchive(const Invocation& invocation, Session& session,
                                           const std::string& partition);

/// Returns the lines of a file of ids, or of standard input for "-"; blank ones are left out.
/// InvalidArgument when it cannot be read, or holds none.
Result<std::vector<std::string>> ReadIds(const std::string& file);

/// Prints the document to stdout. Bytes that are no UTF-8 become U+FFFD.
void PrintJson(const nlohmann::ordered_json& body, int indent = 2);

/// Prints the error to stderr ("pgattic: …") or, with --json, as {"error": …} to stdout.
/// Returns its exit code.
int Report(const Status& status, bool json);

/// Commands. Each returns its exit code.
struct ArchiveArguments {
  std::vector<std::string> partitions;
  std::string until;
  bool dry_run = false;
  bool allow_shrink = false;
  bool accept_lost_table = false;
};
struct RollbackArguments {
  std::string partition;
  bool allow_shrink = false;
};
struct RestoreArguments {
  std::string partition;
  std::string ids_file;  ///< "" for the whole archive.
  std::string into;
};
struct GetArguments {
  std::vector<std::string> ids;
  std::string source;
  std::string created_at;
};
struct DdlArguments {
  std::string dialect;
  std::string source;  ///< "": all.
};
/// How an engine is asked.
struct AskArguments {
  std::string engine;  ///< "": engine.default.
  std::string max_bytes;
  std::string timeout;
};
struct QueryArguments {
  AskArguments ask;
  std::string sql;
  std::vector<std::string> parameters;
  std::string format;  ///< "": table, or json with --json.
  std::string output;  ///< "": standard output.
  bool explain = false;
};
struct ReportArguments {
  AskArguments ask;
  std::string name;
  std::string svg;
  std::string html;
  bool list = false;
};
struct RolloutArguments {
  std::string action = "status";  ///< Or "hold", "resume", "promote".
  std::string source;
  std::string why = "no reason given";
};
struct ScrubArguments {
  std::string max_bytes;  ///< "": as far as scrub.bytes_a_day allows.
};
struct EraseArguments {
  std::vector<std::string> ids;
  std::string ids_file;         ///< One a line; "-" is standard input.
  std::string where;            ///< In the place of ids: SQL that is true for the rows meant.
  std::int64_t max_ids = 1000;  ///< That `where` may find.
  bool yes = false;             ///< What `where` found may be erased.
  std::string source;
  bool dry_run = false;
};
int RunInit(const Invocation& invocation);
/// `brief` leaves out what is like its neighbours, so that it fits a screen.
int RunPlan(const Invocation& invocation, bool brief);
int RunArchive(const Invocation& invocation, const ArchiveArguments& arguments);
int RunStatus(const Invocation& invocation, const std::string& events_of);
int RunVerify(const Invocation& invocation, const std::vector<std::string>& partitions);
int RunGet(const Invocation& invocation, const GetArguments& arguments);
int RunScrub(const Invocation& invocation, const ScrubArguments& arguments);
int RunErase(const Invocation& invocation, const EraseArguments& arguments);
int RunRollback(const Invocation& invocation, const RollbackArguments& arguments);
int RunQuery(const Invocation& invocation, const QueryArguments& arguments);
int RunGamesReport(const Invocation& invocation, const ReportArguments& arguments);
int RunRestore(const Invocation& invocation, const RestoreArguments& arguments);
/// `repair`: makes whole what differs, instead of only saying it.
int RunReconcile(const Invocation& invocation, bool repair);
int RunRebuild(const Invocation& invocation);
/// Serves until the context is stopped.
int RunRollout(const Invocation& invocation, const RolloutArguments& arguments);
int RunServe(const Invocation& invocation);
/// Prints the definition of the table over the archives.
int RunDdl(const Invocation& invocation, const DdlArguments& arguments);
int RunDoctor(const Invocation& invocation, bool list_failpoints);
int RunDemo(const Invocation& invocation, const std::string& folder);

}  // namespace pgattic::app
