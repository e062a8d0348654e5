// History: what clients committed and what readers were told; and whether the two agree.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pgattic::torture {

using Instant = std::chrono::steady_clock::time_point;

/// A row as a reader sees it; nullopt: there is no such row.
using Value = std::optional<std::string>;

/// What one transaction makes of its rows, by id.
using Changes = std::map<std::string, Value>;

/// One answer to a reader. A plain value.
struct Look {
  std::string id;
  Instant from;
  Instant to;
  Value value;
};

/// The rows of one schedule. Every id has one writer at a time, so its versions have an order;
/// when each took effect is known to lie between the COMMIT and its acknowledgement. A look
/// is right when some instant between its question and its answer has the version that it
/// was given (each row is a linearizable register). Thread-safe.
class History {
 public:
  /// The changes of one transaction whose COMMIT is about to be sent.
  using Ticket = std::vector<std::pair<std::string, std::size_t>>;

  /// Call before COMMIT is sent.
  Ticket Announce(const Changes& changes);
  /// The COMMIT is acknowledged, or was found to have happened.
  void Confirm(const Ticket& ticket);
  /// The transaction certainly did not commit.
  void Withdraw(const Ticket& ticket);

  void Note(Look look);
  void NoteUnavailable();
  /// Something that is wrong by itself, whatever the versions say.
  void Blame(std::string fault);

  /// Returns the newest version of the row.
  Value Current(const std::string& id) const;
  /// Returns every row that now has a value, with it.
  std::map<std::string, std::string> Rows() const;
  /// Returns an id that was ever announced, chosen by `choice`; "" while there is none.
  std::string AnyId(std::size_t choice) const;

  std::size_t looks() const;
  std::size_t unavailable() const;

  /// Returns every look that no instant explains, and whatever was blamed. Call when all
  /// tickets are confirmed or withdrawn.
  std::vector<std::string> Faults() const;

 private:
  struct Version {
    Value value;
    Instant sent = Instant::min();
    Instant acknowledged = Instant::min();
  };
  static bool Explains(const std::vector<Version>& versions, const Look& look);

  mutable std::mutex mutex_;  // Guards everything below.
  std::map<std::string, std::vector<Version>> rows_;
  std::vector<std::string> ids_;
  std::vector<Look> looks_;
  std::size_t unavailable_ = 0;
  std::vector<std::string> blamed_;
};

}  // namespace pgattic::torture
