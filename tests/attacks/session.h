// Session: somebody else's connection, with the settings that a client comes with.
#pragma once

#include <memory>
#include <string>
#include <vector>

struct pg_conn;

namespace pgattic::test {

/// Another client of the database. Unlike pg::Connection it pins no settings and can leave a
/// statement running, so that a test can hold locks, snapshots and waits. Not thread-safe.
/// Its destructor closes the connection, which rolls back what is open. A failed statement
/// fails the test that runs, unless it is asked for by Error().
class Session {
 public:
  explicit Session(const std::string& url);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Runs statements; returns the first column of the last one's rows.
  std::vector<std::string> Rows(const std::string& sql);
  /// The first of Rows(), "" when there is none.
  std::string One(const std::string& sql);
  void Run(const std::string& sql) { Rows(sql); }
  /// Runs statements that have to fail; returns the SQLSTATE, "" when they did not.
  std::string Error(const std::string& sql);

  /// Starts a statement and does not wait for it.
  void Start(const std::string& sql);
  /// True while the started statement has no answer.
  bool IsBusy();
  /// Waits for the started statement; returns its SQLSTATE, "" for success.
  std::string Finish();

  int pid() const;

 private:
  std::string Drain(std::vector<std::string>* rows);
  pg_conn* conn_;
};

}  // namespace pgattic::test
