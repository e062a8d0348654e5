// What all commands share: the configuration, sessions, output.
#pragma once

#include <functional>
#include <memory>
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

/// True when what was typed, "partition" or "schema.partition", is the name of this one.
bool NamesPartition(const std::string& typed, const std::string& schema, const std::string& name);

/// Returns the archive of that partition name. InvalidArgument when there is none.
Result<catalog::ArchiveRecord> FindArchive(const Invocation& invocation, Session& session,
                                           const std::string& partition);

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
struct GetArguments {
  std::vector<std::string> ids;
  std::string source;
  std::string created_at;
};
int RunInit(const Invocation& invocation);
/// `brief` leaves out what is like its neighbours, so that it fits a screen.
int RunPlan(const Invocation& invocation, bool brief);
int RunArchive(const Invocation& invocation, const ArchiveArguments& arguments);
int RunStatus(const Invocation& invocation, const std::string& events_of);
int RunVerify(const Invocation& invocation, const std::vector<std::string>& partitions);
int RunGet(const Invocation& invocation, const GetArguments& arguments);
int RunRollback(const Invocation& invocation, const RollbackArguments& arguments);
/// Serves until the context is stopped.
int RunServe(const Invocation& invocation);
int RunDoctor(const Invocation& invocation, bool list_failpoints);
int RunDemo(const Invocation& invocation, const std::string& folder);

}  // namespace pgattic::app
