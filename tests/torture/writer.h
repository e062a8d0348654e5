// Writer: a client that changes rows of its own, in every way that PostgreSQL offers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "tests/torture/arena.h"
#include "tests/torture/dice.h"
#include "tests/torture/history.h"

namespace pgattic::torture {

/// One client with one session. Rows are inserted, updated, deleted and moved across months, on
/// the parent and on the partition by name, in transactions with savepoints, long ones and
/// prepared ones. What it commits, it announces to the history. A client that writes to a
/// partition by name looks, in its transaction, whether that is still a partition, and rolls
/// back when it is not. Not thread-safe.
class Writer {
 public:
  /// Writers of one schedule are numbered from 0; their rows are disjoint.
  Writer(const Arena& arena, History& history, std::uint64_t seed, int number);

  /// Inserts `rows` rows in one transaction, through the parent: months may be archived by now.
  Status Load(int rows);
  /// Goes on until `ctx` is stopped; every commit in doubt is settled when it returns.
  void Run(const OpContext& ctx);

 private:
  using Draft = Changes;  ///< Rows as the open transaction has them.
  enum class Touched { kOne, kNone };

  Status Transact(const OpContext& ctx);
  Status Change(Draft& draft);
  Status ChangeInSavepoint(Draft& draft);
  Target AnyTarget();
  Status InsertRow(Draft& draft, const std::string& id, Target target);
  Status ChangeRow(Draft& draft, const std::string& id, const RowValue& before);
  Status CheckPartition(const RowValue& row, Target target);
  Result<Touched> Judge(const std::string& id, const RowValue& row, std::int64_t touched,
                        Target target);
  Status Finish(const OpContext& ctx, const Draft& draft, const std::string& xid);
  Status Commit(const Draft& draft, const std::string& xid);
  Status Prepare(const OpContext& ctx, const Draft& draft, const std::string& xid);
  void RollBack();
  void Reconnect();
  bool Settle(const std::string& xid, const std::string& end_prepared);
  std::string Outcomes() const;  ///< Its own table: each transaction notes its id there.
  Value Now(const Draft& draft, const std::string& id) const;
  RowValue NewValue(std::size_t month);
  Status Sql(const std::string& sql);
  void BlameUnexpected(const Status& status);

  const Arena& arena_;
  History& history_;
  Dice dice_;
  const int number_;
  const OpContext patient_;  ///< Statements are never cut short: their outcome is to be known.
  std::unique_ptr<pg::Connection> connection_;
  std::vector<std::string> ids_;
  std::uint64_t counter_ = 0;
};

}  // namespace pgattic::torture
