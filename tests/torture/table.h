// Table: the partitioned table under torture, plain or of the games profile, in SQL.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"
#include "tests/torture/history.h"

namespace pgattic::torture {

/// Old enough to be archived, but for the last one.
struct Month {
  const char* begin;   ///< "2024-01"
  const char* end;     ///< "2024-02"
  const char* suffix;  ///< Of the partition's name.
};
inline constexpr std::array<Month, 4> kMonths = {{{"2024-01", "2024-02", "2024_01"},
                                                  {"2024-02", "2024-03", "2024_02"},
                                                  {"2024-03", "2024-04", "2024_03"},
                                                  {"2099-01", "2099-02", "2099_01"}}};

/// A value is "<number>/<instant>": the instant repeats the partition column, and a payload
/// made from both is stored beside it, so that a row mixed of two versions is seen.
struct RowValue {
  std::uint64_t number = 0;
  std::size_t month = 0;  ///< Index in kMonths.
  int day = 1;

  std::string At() const;
  std::string Text() const { return std::to_string(number) + "/" + At(); }
  std::string Payload() const;
  static RowValue Parse(const std::string& text);
};

/// Where a statement is aimed.
enum class Target { kParent, kPartition };

/// Statements on one of the two tables. A plain value; each call is one or two statements in
/// the caller's transaction and returns how many rows of the table it touched.
class Table {
 public:
  explicit Table(bool is_games) : is_games_(is_games) {}

  bool is_games() const { return is_games_; }
  std::string name() const { return is_games_ ? "past_games" : "events"; }
  std::string id_column() const { return is_games_ ? "gid" : "id"; }
  std::string Partition(std::size_t month) const;

  /// Makes the tables. `admin` is a superuser; all will belong to role woogles.
  Status Create(const OpContext& ctx, pg::Connection& admin) const;

  Result<std::int64_t> Insert(const OpContext& ctx, pg::Connection& on, const std::string& id,
                              const RowValue& value, Target target) const;
  /// Moves the row where the month is another. REQUIRES: the same month for kPartition.
  Result<std::int64_t> Update(const OpContext& ctx, pg::Connection& on, const std::string& id,
                              const RowValue& before, const RowValue& after, Target target) const;
  Result<std::int64_t> Delete(const OpContext& ctx, pg::Connection& on, const std::string& id,
                              const RowValue& before, Target target) const;
  /// Returns id, value, instant, payload of every row that the parent has.
  Result<pg::QueryResult> SelectAll(const OpContext& ctx, pg::Connection& on) const;

  /// Returns the value in a row that a lookup gave; "mixed: …" when its columns disagree.
  std::string ValueOf(const std::string& row_json) const;

 private:
  std::string At(Target target, std::size_t month) const;
  bool is_games_;
};

}  // namespace pgattic::torture
