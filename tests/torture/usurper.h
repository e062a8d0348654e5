// Usurper: takes an archive over from a process that still believes to lead it.
#pragma once

#include <memory>
#include <string>

#include "archive/run_context.h"
#include "catalog/journal.h"
#include "model/archive_state.h"
#include "tests/torture/arena.h"

namespace pgattic::torture {

/// Runs the steps of src/archive as the program does, but without the advisory lock that spares
/// two processes the same work: nothing may depend on it. Not thread-safe.
class Usurper {
 public:
  static Result<std::unique_ptr<Usurper>> Open(const Arena& arena);
  /// A table that somebody dropped by hand is stood for by its parts.
  void AcceptLostTable() { config_.run.accept_lost_table = true; }

  /// Brings the archive of the partition to `until`, as far as locks allow.
  Status Advance(const std::string& partition, model::Phase until);
  Status RollBack(const std::string& partition);
  Status Restore(const std::string& partition);

 private:
  explicit Usurper(const Arena& arena) : config_(arena.config()) {}
  archive::RunContext Context() const;
  Result<catalog::ArchiveRecord> Find(const std::string& partition);
  Status Step(const archive::RunContext& run, catalog::ArchiveRecord& record);

  service::Config config_;
  const OpContext ctx_;
  const archive::OnProgress no_progress_;
  pg::ConnectOptions connect_;
  std::unique_ptr<pg::Connection> connection_;
  std::unique_ptr<catalog::Journal> journal_;
  std::unique_ptr<store::ObjectStore> store_;
  catalog::SourceTable source_;
  catalog::ServerIdentity server_;
};

}  // namespace pgattic::torture
