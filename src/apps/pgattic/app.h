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

/// Exit codes of DESIGN 8.
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

/// Returns the archive of that partition name. InvalidArgument when there is none.
Result<catalog::ArchiveRecord> FindArchive(const Invocation& invocation, Session& session,
                                           const std::string& partition);

/// Prints the error to stderr ("pgattic: …") or, with --json, as {"error": …} to stdout.
/// Returns its exit code.
int Report(const Status& status, bool json);

/// "12.3 MiB".
std::string HumanBytes(std::int64_t bytes);
/// "1,234,567".
std::string HumanCount(std::int64_t count);

/// A table for a terminal: columns as wide as they need to be; numbers to the right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

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
int RunPlan(const Invocation& invocation);
int RunArchive(const Invocation& invocation, const ArchiveArguments& arguments);
int RunStatus(const Invocation& invocation, const std::string& events_of);
int RunVerify(const Invocation& invocation, const std::vector<std::string>& partitions);
int RunGet(const Invocation& invocation, const GetArguments& arguments);
int RunRollback(const Invocation& invocation, const RollbackArguments& arguments);
int RunDoctor(const Invocation& invocation, bool list_failpoints);
int RunDemo(const Invocation& invocation, const std::string& folder);

}  // namespace pgattic::app
