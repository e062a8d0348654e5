// Every way in which the steps of one reader and of those who move rows can fall between each
// other.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lookup/row_reader.h"
#include "lookup/test_fake_places.h"

namespace pgattic::lookup::testing {

inline constexpr const char* kId = "row";
inline constexpr const char* kOther = "other";
inline constexpr const char* kAt = "1970-01-01T00:00:00.000001Z";  ///< Of each row of the fake.

using Step = std::function<void(FakeWorld&)>;

inline const Step kExport = &FakeWorld::Export;
inline const Step kMark = &FakeWorld::Mark;
inline const Step kUnmark = &FakeWorld::Unmark;
inline const Step kSwap = &FakeWorld::Swap;
inline const Step kDrop = &FakeWorld::Drop;
inline const Step kSwapBack = &FakeWorld::SwapBack;
inline const Step kRollBack = &FakeWorld::RollBack;
inline const Step kChanged = &FakeWorld::SourceChanged;
inline const Step kDelete = &FakeWorld::DeleteObjects;
inline const Step kFindLate = &FakeWorld::FindLateRows;
inline const Step kRestore = &FakeWorld::Restore;

/// What moves rows, one step after the other.
struct Script {
  const char* name;
  std::vector<Step> steps;
  std::vector<Tuple> rows = {{kId, "v1"}};  ///< That the table has before.
  /// A step takes something out of the cache. All others commute with what a reader does there.
  bool forgets = false;
  std::vector<Step> before = {};  ///< What happened before anybody asked.
};

/// When the parts of a known picture are searched.
enum class Order { kLookFirst, kLookBeside, kSearchBeside };

/// One reader in one world; `move` is what each call of a port of its own begins with.
struct Stage {
  FakeWorld& world;
  RowReader& rows;
  const std::vector<std::string>& ids;
  std::function<void()> move;
};
using Asker = std::function<Result<std::vector<Answer>>(Stage& stage)>;

/// How the reader asks.
struct Way {
  bool is_warm = false;   ///< It has asked before.
  bool has_time = false;  ///< With the row's time: the database may be asked behind the look.
  Order order = Order::kLookFirst;
  bool has_cache = false;
  int still_asks = 0;  ///< How often it has asked before while nothing moved, at any moments.
  std::vector<std::string> hints = {};               ///< Of the looks.
  std::optional<std::string> likely = std::nullopt;  ///< By GetLikely.
  std::vector<std::string> ids = {kId};              ///< Several: by GetMany.
  Asker ask = {};                                    ///< Instead of all this.
};

/// What the answers of many interleavings were.
struct Tally {
  std::int64_t runs = 0;
  std::int64_t available = 0;
  std::int64_t absent = 0;
  std::int64_t erased = 0;
  std::int64_t unavailable = 0;
  // No moment between question and answer made them true:
  std::int64_t false_absent = 0;
  std::int64_t false_erased = 0;
  std::int64_t wrong_value = 0;
  std::int64_t duplicated = 0;

  std::int64_t Wrong() const {
    return false_absent + false_erased + wrong_value + duplicated + unavailable;
  }
  Tally& operator+=(const Tally& other);
};

/// Runs a reader through all interleavings of its calls with the steps. Readers that remember
/// the same, in the same world, are followed once and counted each time.
Tally Explore(const Script& script, StampRule rule, const Way& way);

/// Explores and expects that no answer is wrong.
Tally ExpectRight(const Script& script, const Way& way);

}  // namespace pgattic::lookup::testing
