// ServedArchive: a GameArchive with `pgattic serve` before it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "game_archive.h"
#include "web_client.h"

namespace pgattic::test {

/// Three months of 2024, archived whole. StartServing starts the program on a free port; it ends
/// with the test.
class ServedArchive : public GameArchive {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Archives all months; they are dropped.
  void ArchiveAll();
  /// Returns when it listens. `arguments` follow `serve --listen 127.0.0.1:0`.
  void StartServing(const std::vector<std::string>& arguments = {});
  /// Sends SIGTERM and returns how it ended.
  sandbox::ExitStatus StopServing();
  sandbox::Subprocess& process() { return *process_; }
  const WebClient& web() const { return *web_; }
  std::string base() const { return "http://127.0.0.1:" + std::to_string(web_->port()); }
  /// The id of a game of past_games, before it is archived, or of games.
  std::string SomeId() {
    return One(
        "SELECT uuid FROM public.games WHERE migration_status = 3 "
        "ORDER BY uuid LIMIT 1");
  }

 private:
  std::unique_ptr<sandbox::Subprocess> process_;
  std::unique_ptr<WebClient> web_;
};

}  // namespace pgattic::test
