// Both places as a fake in which an archiver moves rows between any two calls of a reader.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lookup/places.h"
#include "model/archive_state.h"

namespace pgattic::lookup::testing {

/// How the fake's looks tell that rows moved.
enum class StampRule {
  kRoute,   ///< As the journal does.
  kPhases,  ///< Phase, round, attempt and generation alone: broken.
  kNone,    ///< Always the same: broken.
};

/// One row as it is somewhere. A plain value.
struct Tuple {
  std::string id;
  std::string value;
};

/// One month: a table in the database, parts in the store, one journal row. Every change that
/// the archiver makes in one transaction, or by one request, is one call.
class FakeWorld {
 public:
  // Steps of the archiver. Each advances the journal by the events that it stands for.
  void Export();  ///< Up to verified: a new attempt, its part written and published.
  void Mark();
  void Unmark();
  void Swap();
  void Drop();
  void SwapBack();
  void Restore();        ///< The rows of all parts are attached; the objects stay.
  void RollBack();       ///< The journal forgets the round's parts.
  void SourceChanged();  ///< Back to exporting.
  void DeleteObjects();  ///< Those that the journal does not list.
  void FindLateRows();
  // Of others.
  void Insert(const std::string& id, const std::string& value);
  void Update(const std::string& id, const std::string& value);

  /// Returns the committed value of each row, wherever it is.
  std::map<std::string, std::string> Truth() const;

  /// Hints of looks: of every id the same.
  std::vector<std::string> hints;
  catalog::Look Look(StampRule rule, std::size_t ids) const;
  catalog::Picture Picture(StampRule rule) const;
  std::vector<Tuple> Live(const std::string& id) const;
  Result<std::vector<Tuple>> Stored(const std::string& key, const std::string& id) const;

 private:
  struct Part {
    model::PartRecord record;
    bool published = false;
  };
  void Advance(model::Event event);
  std::string Stamp(StampRule rule) const;

  model::ArchiveState state_;
  std::int64_t route_ = 0;
  std::vector<Tuple> attached_;  ///< Of the partition, or the late one.
  std::vector<Tuple> aside_;     ///< Of the detached table.
  std::map<std::string, std::vector<Tuple>> objects_;
  std::vector<Part> parts_;
};

/// The ports over a world; `before_call` runs before each of their calls.
class FakeDatabase final : public Database {
 public:
  FakeDatabase(FakeWorld& world, StampRule rule, std::function<void()> before_call)
      : world_(world), rule_(rule), before_call_(std::move(before_call)) {}
  Result<std::unique_ptr<DatabaseSession>> Open(const OpContext& ctx) override;

  int looks = 0;    ///< Calls of Look,
  int rows = 0;     ///< of Rows,
  int glances = 0;  ///< and of LookAndRows.

 private:
  friend class FakeSession;
  FakeWorld& world_;
  const StampRule rule_;
  const std::function<void()> before_call_;
};

class FakeParts final : public Parts {
 public:
  FakeParts(FakeWorld& world, std::function<void()> before_call)
      : world_(world), before_call_(std::move(before_call)) {}
  std::vector<std::string> MayHold(const OpContext& ctx, const model::PartRecord& part,
                                   const std::vector<std::string>& ids) override;
  std::optional<bool> ProbablyHolds(const model::PartRecord& /*part*/,
                                    const std::string& /*id*/) override {
    return true;
  }
  Result<RowsOfIds> Read(const OpContext& ctx, const model::PartRecord& part,
                         const std::vector<std::string>& ids) override;

 private:
  FakeWorld& world_;
  const std::function<void()> before_call_;
};

}  // namespace pgattic::lookup::testing
