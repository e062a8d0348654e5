#include "tests/torture/states/search.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "base/hash.h"

namespace pgattic::torture::states {
namespace {

constexpr int kSoloRuns = 3;
constexpr int kSoloSteps = 120;

struct HashOfSum {
  std::size_t operator()(const Sum128& sum) const { return sum.low; }
};

/// One thing that can happen. Worker actions carry the worker's index.
enum class Kind : std::uint8_t {
  kArchive,
  kRollBack,
  kRestore,
  kStep,
  kStepReplyLost,
  kCrash,
  kUpdate,
  kInsert,
  kWriteByName,
  kLoseObject,
  kDamageObject,
};
struct Action {
  Kind kind;
  std::uint8_t which = 0;
};

std::string Told(const Action& action, const Node& before) {
  static constexpr const char* kNames[] = {"begins to archive",
                                           "begins to roll back",
                                           "begins to restore",
                                           "",
                                           ", its reply lost",
                                           "is killed",
                                           "a client updates A",
                                           "a client inserts B",
                                           "somebody writes to the detached table",
                                           "the store loses an object",
                                           "the store damages an object"};
  const std::string name = kNames[static_cast<int>(action.kind)];
  if (action.kind > Kind::kCrash) return name;
  const std::string worker = "worker " + std::to_string(action.which + 1);
  const bool is_step = action.kind == Kind::kStep || action.kind == Kind::kStepReplyLost;
  const Worker& at = before.workers.at(action.which);
  return worker + (is_step ? ": " + std::string(PcName(at.pc)) : " ") + name;
}

void Begin(Node& node, std::uint8_t which, bool rolls_back) {
  Worker& worker = node.workers.at(which);
  worker = Worker();
  worker.pc = Pc::kGuard;
  worker.rolls_back = rolls_back ? 1 : 0;
  worker.record = node.world.record;
}

void UpdateA(Node& node) {
  for (Table& table : node.world.tables) {
    if (table.exists == 0 || table.is_attached == 0 || (table.rows & kRowA) == 0) continue;
    table.rows = static_cast<Rows>((table.rows & ~kRowA) | kRowAUpdated);
    node.world.live = static_cast<Rows>((node.world.live & ~kRowA) | kRowAUpdated);
  }
}

void InsertB(Node& node) {
  const int attached = AttachedTable(node.world);
  if (attached == kNone) return;
  Table& table = node.world.tables.at(static_cast<std::size_t>(attached));
  table.rows = static_cast<Rows>(table.rows | kRowB);
  node.world.live = static_cast<Rows>(node.world.live | kRowB);
}

void WriteByName(Node& node) {
  for (Table& table : node.world.tables) {
    if (table.exists == 0 || table.is_attached != 0) continue;
    table.rows = static_cast<Rows>(table.rows | kRowByName);
    node.world.live = static_cast<Rows>(node.world.live | kRowByName);
    node.world.by_name = kRowByName;
  }
}

void HurtObject(Node& node, std::uint8_t slot, bool removes) {
  Object& object = node.world.objects.at(slot);
  node.world.is_store_hurt = 1;
  if (removes) {
    object = {};
  } else {
    object.rows = static_cast<Rows>(object.rows | kDamage);
  }
}

/// Worker and what it meets. Returns what went wrong.
std::string Play(Node& node, const Action& action, const Rules& rules, bool& reply_to_lose) {
  Budget& left = node.left;
  switch (action.kind) {
    case Kind::kArchive:
      --left.archive_runs;
      return Begin(node, action.which, false), "";
    case Kind::kRollBack:
      --left.rollbacks;
      return Begin(node, action.which, true), "";
    case Kind::kRestore:
      --left.restores;
      Begin(node, action.which, false);
      return node.workers.at(action.which).restores = 1, "";
    case Kind::kStep:
    case Kind::kStepReplyLost: {
      const bool loses = action.kind == Kind::kStepReplyLost;
      if (loses) --left.lost_replies;
      Step step(node.world, node.workers.at(action.which), rules, loses);
      step.Take();
      reply_to_lose = step.has_reply_to_lose();
      return step.fault();
    }
    case Kind::kCrash:
      --left.crashes;
      return node.workers.at(action.which) = Worker(), "";
    case Kind::kUpdate:
      --left.updates;
      return UpdateA(node), "";
    case Kind::kInsert:
      --left.inserts;
      return InsertB(node), "";
    case Kind::kWriteByName:
      --left.writes_by_name;
      return WriteByName(node), "";
    case Kind::kLoseObject:
    case Kind::kDamageObject:
      --left.store_faults;
      return HurtObject(node, action.which, action.kind == Kind::kLoseObject), "";
  }
  return "";
}

bool IsAt(const Node& node, Pc pc) {
  return std::any_of(node.workers.begin(), node.workers.end(),
                     [&](const Worker& worker) { return worker.pc == pc; });
}

/// A damage is one that the proof is there for: of a part that nobody read back so far.
bool IsUnproven(const Node& node, const Object& object) {
  return !IsAt(node, Pc::kRecordProof) &&
         std::any_of(node.world.parts.begin(), node.world.parts.end(), [&](const Part& part) {
           return part.state == PartState::kUploaded && part.key == object.key;
         });
}

std::vector<Action> ActionsOf(const Node& node) {
  std::vector<Action> actions;
  for (std::uint8_t w = 0; w < node.workers.size(); ++w) {
    if (node.workers.at(w).pc == Pc::kIdle) {
      if (node.left.archive_runs > 0) actions.push_back({Kind::kArchive, w});
      if (node.left.rollbacks > 0) actions.push_back({Kind::kRollBack, w});
      const bool is_archived = node.world.record.phase_now() == model::Phase::kArchived;
      if (node.left.restores > 0 && is_archived) actions.push_back({Kind::kRestore, w});
      continue;
    }
    actions.push_back({Kind::kStep, w});
    if (node.left.lost_replies > 0) actions.push_back({Kind::kStepReplyLost, w});
    if (node.left.crashes > 0) actions.push_back({Kind::kCrash, w});
  }
  if (node.left.updates > 0) actions.push_back({Kind::kUpdate});
  if (node.left.inserts > 0) actions.push_back({Kind::kInsert});
  if (node.left.writes_by_name > 0) actions.push_back({Kind::kWriteByName});
  // What is lost after the last look, nobody can see.
  if (node.left.store_faults == 0 || IsAt(node, Pc::kDrop)) return actions;
  for (std::uint8_t i = 0; i < node.world.objects.size(); ++i) {
    const Object& object = node.world.objects.at(i);
    if (object.key == kNone) continue;
    actions.push_back({Kind::kLoseObject, i});
    if (IsUnproven(node, object)) actions.push_back({Kind::kDamageObject, i});
  }
  return actions;
}

/// Whose record is old may change nothing in PostgreSQL.
bool ChangedPostgres(const World& before, const World& after) {
  return std::memcmp(&before.record, &after.record, sizeof before.record) != 0 ||
         std::memcmp(&before.parts, &after.parts, sizeof before.parts) != 0 ||
         std::memcmp(&before.tables, &after.tables, sizeof before.tables) != 0;
}

std::string StaleEffect(const Node& before, const Node& after, const Action& action) {
  if (action.kind != Kind::kStep && action.kind != Kind::kStepReplyLost) return "";
  const Record& known = before.workers.at(action.which).record;
  const Record& truth = before.world.record;
  const bool is_stale = known.phase != truth.phase || known.revision != truth.revision;
  const bool changed = is_stale && ChangedPostgres(before.world, after.world);
  return changed ? "a worker that lost its place changed PostgreSQL" : "";
}

/// A table may go only when each of its rows is somewhere else, proven.
std::string DropWithoutProof(const World& before, const World& after) {
  Rows kept = 0;
  for (const Table& table : after.tables) {
    if (table.exists != 0) kept = static_cast<Rows>(kept | table.rows);
  }
  for (const Part& part : after.parts) {
    const bool counts = part.published != 0 && part.state == PartState::kVerified;
    if (counts && HoldsItsRows(after, part)) kept = static_cast<Rows>(kept | part.rows);
  }
  for (std::size_t i = 0; i < before.tables.size(); ++i) {
    const bool dropped = before.tables.at(i).exists != 0 && after.tables.at(i).exists == 0;
    if (dropped && (before.tables.at(i).rows & ~kept) != 0) return "dropped without proof";
  }
  return "";
}

/// Plain runs, one after the other, end what was begun and leave nothing over.
std::string CannotFinish(const Node& node, const Rules& rules) {
  Node solo = node;
  for (int run = 0; run < kSoloRuns; ++run) {
    Begin(solo, 0, false);
    for (int i = 0; solo.workers[0].pc != Pc::kIdle; ++i) {
      if (i == kSoloSteps) return "a plain run never ends";
      Step step(solo.world, solo.workers[0], rules, false);
      step.Take();
      if (!step.fault().empty()) return step.fault();
    }
  }
  return Unfinished(solo.world);
}

class Searcher {
 public:
  Searcher(const Rules& rules, const Budget& budget, std::size_t most_states)
      : rules_(rules), start_{NewWorld(), {}, budget}, most_states_(most_states) {}

  Outcome Run() {
    std::vector<std::pair<Node, std::uint32_t>> level{{start_, Remember(start_, 0, {}).first}};
    while (!level.empty() && outcome_.fault.empty() && parents_.size() < most_states_) {
      std::vector<std::pair<Node, std::uint32_t>> next;
      for (const auto& [node, index] : level) {
        if (!Expand(node, index, next)) break;
      }
      level = std::move(next);
      ++outcome_.depth;
    }
    outcome_.is_complete = level.empty() && outcome_.fault.empty();
    outcome_.states = parents_.size();
    return std::move(outcome_);
  }

 private:
  struct Parent {
    std::uint32_t index;
    Action action;
  };

  std::pair<std::uint32_t, bool> Remember(const Node& node, std::uint32_t parent,
                                          const Action& action) {
    // Which worker is called the first makes no difference.
    Node canonical = node;
    auto& [first, second] = canonical.workers;
    if (std::memcmp(&first, &second, sizeof first) > 0) std::swap(first, second);
    const char* bytes = reinterpret_cast<const char*>(&canonical);  // NOLINT: no gaps, see Node.
    const bool is_new =
        seen_.insert(HashRow(AsBytes(std::string_view(bytes, sizeof canonical)))).second;
    if (is_new) parents_.push_back({parent, action});
    return {static_cast<std::uint32_t>(parents_.size()) - 1, is_new};
  }

  /// False once a fault is found.
  bool Expand(const Node& node, std::uint32_t index,
              std::vector<std::pair<Node, std::uint32_t>>& next) {
    for (const Action& action : ActionsOf(node)) {
      Node after = node;
      bool reply_to_lose = false;
      std::string fault = Play(after, action, rules_, reply_to_lose);
      if (action.kind == Kind::kStepReplyLost && !reply_to_lose) continue;
      ++outcome_.steps;
      if (std::memcmp(&after, &node, sizeof node) == 0) continue;
      if (fault.empty()) fault = Broken(after.world, rules_);
      if (fault.empty()) fault = DropWithoutProof(node.world, after.world);
      if (fault.empty() && rules_.watch_all) fault = StaleEffect(node, after, action);
      const auto [added, is_new] = Remember(after, index, action);
      if (is_new && fault.empty() && rules_.watch_all) fault = FaultAtRest(after);
      if (!fault.empty()) {
        Tell(index, action, std::move(fault));
        return false;
      }
      if (is_new) next.emplace_back(after, added);
    }
    return true;
  }

  std::string FaultAtRest(const Node& node) {
    const bool is_at_rest = node.workers[0].pc == Pc::kIdle && node.workers[1].pc == Pc::kIdle;
    if (!is_at_rest || node.world.is_store_hurt != 0 || node.world.by_name != 0) return "";
    ++outcome_.finished;
    return CannotFinish(node, rules_);
  }

  void Tell(std::uint32_t index, const Action& action, std::string fault) {
    std::vector<Action> actions{action};
    for (; index != 0; index = parents_[index].index) actions.push_back(parents_[index].action);
    std::reverse(actions.begin(), actions.end());
    Node node = start_;
    for (const Action& taken : actions) {
      outcome_.path.push_back(Told(taken, node));
      bool ignored = false;
      Play(node, taken, rules_, ignored);
    }
    outcome_.fault = std::move(fault);
  }

  const Rules rules_;
  const Node start_;
  const std::size_t most_states_;
  std::unordered_set<Sum128, HashOfSum> seen_;
  std::vector<Parent> parents_;
  Outcome outcome_;
};

}  // namespace

Outcome Search(const Rules& rules, const Budget& budget, std::size_t most_states) {
  return Searcher(rules, budget, most_states).Run();
}

}  // namespace pgattic::torture::states
