// Both places as a fake in which an archiver moves rows between any two calls of a reader.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cache/memory_cache.h"
#include "lookup/places.h"
#include "model/archive_state.h"

namespace pgattic::lookup::testing {

/// How the fake's looks tell that rows moved.
enum class StampRule {
  kRoute,   ///< As the journal does.
  kPhases,  ///< Phase, round, attempt and generation alone: broken.
  kNone,    ///< Always the same: broken.
};

/// Returns all of a picture as one text.
std::string TextOf(const catalog::Picture& picture);

/// One row as it is somewhere. A plain value.
struct Tuple {
  std::string id;
  std::string value;
};

/// Of SearchOptions, for readers with a cache; and the id of the one archive.
inline constexpr const char* kSource = "s";
inline constexpr std::int64_t kArchive = 1;

/// A row of `games`. A plain value.
struct GamesRow {
  std::optional<std::int64_t> status;
  std::string data;  ///< "" where it was cleared.
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
  // Of an erasure, in the order of archive/erase_step: the list is first, the cache last.
  void List(const std::string& id);
  void DeleteLive(const std::string& id);
  void DeleteAside(const std::string& id);
  void Rewrite(const std::string& id);  ///< Parts that hold it, as others that do not count yet.
  void PublishRewritten();              ///< From now on these count, and the former do not.
  void ForgetCached(const std::string& id);
  // Of others.
  void Insert(const std::string& id, const std::string& value);
  void Update(const std::string& id, const std::string& value);

  /// What Truth says of an id that is nowhere.
  static constexpr const char* kAbsent = "absent";
  static constexpr const char* kErased = "erased";
  /// Returns what may be said of the id now: each of its committed values, wherever it is, else
  /// that it is erased, as nothing but an erasure deletes, or absent.
  std::vector<std::string> Truth(const std::string& id) const;
  bool IsListed(const std::string& id) const { return listed_.contains(id); }

  /// Hints of looks: of every id the same.
  std::vector<std::string> hints;
  std::map<std::string, GamesRow> games;
  cache::RowCache* cache = nullptr;  ///< Of the readers, if they have one.
  /// Is told all that a port says, unless it is empty.
  std::function<void(const std::string& answer)> on_answer;
  catalog::Look Look(StampRule rule, std::size_t ids) const;
  catalog::Picture Picture(StampRule rule) const;
  std::vector<Tuple> Live(const std::string& id) const;
  Result<std::vector<Tuple>> Stored(const std::string& key, const std::string& id) const;
  void Answered(const std::string& answer) const {
    if (on_answer) on_answer(answer);
  }

 private:
  struct Part {
    model::PartRecord record;
    bool published = false;
    std::string former;  ///< The key of the part that it is to replace.
  };
  void Advance(model::Event event);
  std::string Stamp(StampRule rule) const;

  model::ArchiveState state_;
  std::int64_t route_ = 0;
  std::vector<Tuple> attached_;  ///< Of the partition, or the late one.
  std::vector<Tuple> aside_;     ///< Of the detached table.
  std::map<std::string, std::vector<Tuple>> objects_;
  std::vector<Part> parts_;
  std::set<std::string> listed_;    ///< The erased ids.
  std::set<std::string> inserted_;  ///< All ids that ever were there.
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

/// A cache in memory, with `before_call` as the ports have it.
class FakeCache final : public cache::RowCache {
 public:
  FakeCache(FakeWorld& world, std::function<void()> before_call)
      : world_(world), inner_(SystemClock(), {.shards = 1}), before_call_(std::move(before_call)) {}
  Result<std::optional<std::string>> Get(const OpContext& ctx, std::string_view key) override;
  Result<std::vector<std::optional<std::string>>> GetMany(
      const OpContext& ctx, std::span<const std::string> keys) override;
  Result<bool> Put(const OpContext& ctx, std::string_view key, std::string_view value,
                   std::chrono::milliseconds ttl) override;
  /// Without `before_call`: it is a step itself.
  Status Remove(const OpContext& ctx, std::span<const std::string> keys) override;
  Status Check(const OpContext& ctx) override { return inner_.Check(ctx); }
  std::string Describe() const override { return inner_.Describe(); }

  /// Returns all that it holds, as one text.
  std::string Content();

 private:
  FakeWorld& world_;
  cache::MemoryCache inner_;
  const std::function<void()> before_call_;
  std::set<std::string, std::less<>> keys_;
};

}  // namespace pgattic::lookup::testing
