#include "lookup/test_interleaving.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "lookup/routed_reader.h"

namespace pgattic::lookup::testing {
namespace {

/// Walks through all sequences of choices, in the order of a depth-first search. What can come of
/// one state is followed once, and counted as often as it occurs: a reader to which the same was
/// said, in the same world, does the same.
class Explorer {
 public:
  /// How far the script is, and what was true since the question.
  using Moment = std::pair<std::size_t, std::string>;

  /// Returns 0 … options - 1; 0 from a state on that was followed before: see is_known.
  std::size_t Choose(const Moment& moment, std::size_t options) {
    if (known_ != nullptr) return 0;
    if (next_ == path_.size()) {
      const auto [tally, is_new] = tallies_.try_emplace({heard_, moment});
      if (!is_new) {
        known_ = &tally->second;
        return 0;
      }
      path_.push_back({0, options, heard_, &tally->second});
    }
    heard_ = path_[next_].heard;
    return path_[next_++].chosen;
  }
  /// The reader was told something.
  void Heard(const std::string& what) {
    if (next_ < path_.size() || known_ != nullptr) return;  // As in the run before.
    heard_ = ids_.try_emplace({heard_, what}, ids_.size() + 1).first->second;
  }
  /// The reader knows nothing else any more.
  void Remembers(const std::string& what) {
    heard_ = 0;
    Heard(what);
  }
  bool is_known() const { return known_ != nullptr; }
  /// Ends a run; false when it was the last.
  bool Next(const Tally& tally) {
    const Tally leaf = known_ != nullptr ? *known_ : tally;
    for (const Choice& choice : path_) *choice.tally += leaf;
    all_ += leaf;
    known_ = nullptr;
    heard_ = next_ = 0;
    while (!path_.empty() && ++path_.back().chosen == path_.back().options) path_.pop_back();
    return !path_.empty();
  }
  const Tally& all() const { return all_; }

 private:
  struct Choice {
    std::size_t chosen = 0;
    std::size_t options = 0;
    std::size_t heard = 0;
    Tally* tally = nullptr;  ///< Of all that comes of the state.
  };
  std::vector<Choice> path_;
  std::size_t next_ = 0;
  std::map<std::pair<std::size_t, std::string>, std::size_t> ids_;
  std::size_t heard_ = 0;  ///< All that the reader was told, as one number.
  std::map<std::pair<std::size_t, Moment>, Tally> tallies_;
  const Tally* known_ = nullptr;
  Tally all_;
};

/// The two orders in which a look and the search beside it can begin, on one thread.
RoutedReader::Beside BesideIn(Order order) {
  if (order == Order::kLookFirst) return {};
  return [order](std::function<void()> call) -> std::optional<std::future<void>> {
    std::future<void> over = std::async(std::launch::deferred, std::move(call));
    if (order == Order::kLookBeside) over.wait();
    return over;
  };
}

/// What is true of one id while it is asked for.
struct Seen {
  std::set<std::string> truths;
  std::size_t most = 0;  ///< Rows at the same time.
};

/// One run: the script stands still but for steps that are made before a call of the reader.
class Run {
 public:
  Run(const Script& script, StampRule rule, const Way& way, Explorer& explorer)
      : script_(script),
        way_(way),
        explorer_(explorer),
        database_(world_, rule, [this] { Move(); }),
        parts_(world_, [this] { Move(); }),
        cache_(way.has_cache ? std::make_unique<FakeCache>(world_,
                                                           [this] {
                                                             if (script_.forgets) Move();
                                                           })
                             : nullptr),
        search_(parts_, cache_.get(), {.source = kSource, .parallel = 1}),
        reader_(database_, search_, nullptr, BesideIn(way.order),
                [this](const RoutedReader::PicturePtr& picture) { picture_ = TextOf(*picture); }) {
    for (const Tuple& row : script.rows) world_.Insert(row.id, row.value);
    for (const Step& step : script.before) step(world_);
    world_.hints = way.hints;
    world_.cache = cache_.get();
    world_.on_answer = [this](const std::string& answer) { explorer_.Heard(answer); };
  }

  Tally Tell() {
    // What a reader remembers may be of any moment before.
    if (way_.is_warm) Ask();
    for (int i = 0; i < way_.still_asks; ++i) {
      Move();
      stands_still_ = true;
      Ask();
      stands_still_ = false;
    }
    if (explorer_.is_known()) return {};
    explorer_.Remembers(picture_ + "|" + (cache_ ? cache_->Content() : ""));
    Move();
    for (const std::string& id : way_.ids) seen_[id] = {};
    Note();
    const std::vector<Answer> answers = Ask();
    Tally tally;
    tally.runs = 1;
    EXPECT_EQ(answers.size(), way_.ids.size());
    for (const Answer& answer : answers) {
      Judge(answer, seen_.at(answer.id), tally);
    }
    return tally;
  }

 private:
  static void Judge(const Answer& answer, const Seen& seen, Tally& tally) {
    switch (answer.availability) {
      case Availability::kAvailable:
        ++tally.available;
        if (!seen.truths.contains(answer.row_json)) ++tally.wrong_value;
        if (static_cast<std::size_t>(answer.duplicates) + 1 > seen.most) ++tally.duplicated;
        break;
      case Availability::kAbsent:
        ++tally.absent;
        if (!seen.truths.contains(FakeWorld::kAbsent)) ++tally.false_absent;
        break;
      case Availability::kErased:
        ++tally.erased;
        if (!seen.truths.contains(FakeWorld::kErased)) ++tally.false_erased;
        break;
      case Availability::kTemporarilyUnavailable:
        ++tally.unavailable;
    }
  }
  std::vector<Answer> Ask() {
    Stage stage{world_, reader_, way_.ids, [this] { Move(); }};
    Result<std::vector<Answer>> answers = way_.ask ? way_.ask(stage) : AskRows();
    EXPECT_TRUE(answers.ok()) << answers.status().ToString();
    return answers.ok() ? std::move(*answers) : std::vector<Answer>();
  }
  Result<std::vector<Answer>> AskRows() {
    if (way_.ids.size() > 1) return reader_.GetMany(OpContext(), way_.ids);
    const auto at = way_.has_time ? std::optional<std::string>(kAt) : std::nullopt;
    PGATTIC_ASSIGN_OR_RETURN(
        Answer answer, way_.likely ? reader_.GetLikely(OpContext(), way_.ids.front(), way_.likely)
                                   : reader_.Get(OpContext(), way_.ids.front(), at));
    return std::vector<Answer>{std::move(answer)};
  }
  void Move() {
    if (stands_still_) return;
    const std::size_t left = script_.steps.size() - done_;
    for (std::size_t steps = explorer_.Choose({done_, so_far_}, left + 1); steps > 0; --steps) {
      script_.steps[done_++](world_);
      Note();
    }
  }
  void Note() {
    so_far_.clear();
    for (auto& [id, seen] : seen_) {
      const std::vector<std::string> truth = world_.Truth(id);
      seen.truths.insert(truth.begin(), truth.end());
      seen.most = std::max(seen.most, truth.size());
      so_far_ += std::to_string(seen.most) + ":";
      for (const std::string& one : seen.truths) so_far_ += one + ",";
    }
  }

  const Script& script_;
  const Way& way_;
  Explorer& explorer_;
  FakeWorld world_;
  std::size_t done_ = 0;
  std::size_t asked_ = 0;             ///< 1 + done_ then; 0 before the question.
  std::map<std::string, Seen> seen_;  ///< Since the question.
  std::string so_far_;                ///< The same as text.
  bool stands_still_ = false;
  std::string picture_;  ///< That the reader remembers.
  FakeDatabase database_;
  FakeParts parts_;
  const std::unique_ptr<FakeCache> cache_;
  ArchiveSearch search_;
  RoutedReader reader_;
};

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  runs += other.runs;
  available += other.available;
  absent += other.absent;
  erased += other.erased;
  unavailable += other.unavailable;
  false_absent += other.false_absent;
  false_erased += other.false_erased;
  wrong_value += other.wrong_value;
  duplicated += other.duplicated;
  return *this;
}

Tally Explore(const Script& script, StampRule rule, const Way& way) {
  Explorer explorer;
  Tally tally;
  do {
    tally = Run(script, rule, way, explorer).Tell();
  } while (explorer.Next(tally));
  return explorer.all();
}

Tally ExpectRight(const Script& script, const Way& way) {
  SCOPED_TRACE(script.name);
  const Tally tally = Explore(script, StampRule::kRoute, way);
  EXPECT_EQ(tally.false_absent, 0);
  EXPECT_EQ(tally.false_erased, 0);
  EXPECT_EQ(tally.wrong_value, 0);
  EXPECT_EQ(tally.duplicated, 0);
  EXPECT_EQ(tally.unavailable, 0);
  return tally;
}

}  // namespace pgattic::lookup::testing
