#include "tests/torture/schedule.h"

#include <array>
#include <thread>

#include "tests/torture/audit.h"
#include "tests/torture/reader.h"
#include "tests/torture/writer.h"

namespace pgattic::torture {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortest{500};
constexpr milliseconds kSpread{900};
constexpr int kReaders = 2;

ArenaOptions ArenaOf(Dice& dice, const ScheduleOptions& options) {
  static constexpr std::array<const char*, 3> kGraces = {"0", "1s", "1h"};
  ArenaOptions arena;
  arena.is_games = dice.OneIn(2);
  arena.grace = dice.Pick(std::span<const char* const>(kGraces));
  arena.archive_url = options.archive_url;
  arena.archive_settings = options.archive_settings;
  arena.run =
      "swap_pause = \"20ms\"\nsnapshot_wait = \"400ms\"\npartition_lock_timeout = \"150ms\"\n";
  if (dice.OneIn(2)) arena.run += "workers = 2\nsingle_part_size = 1\npart_size = \"16KiB\"\n";
  if (dice.OneIn(3)) arena.run += "proof = \"full\"\n";
  return arena;
}

/// Everybody who is at work on one arena.
class Crowd {
 public:
  Crowd(const Arena& arena, History& history, Dice& dice, std::uint64_t seed) {
    for (int i = 0; i < 1 + static_cast<int>(dice.Below(3)); ++i) {
      writers_.push_back(std::make_unique<Writer>(arena, history, seed, i));
    }
    for (int i = 0; i < kReaders; ++i) {
      readers_.push_back(std::make_unique<Reader>(arena, history, seed, i));
    }
    for (int i = 0; i < 1 + static_cast<int>(dice.Below(2)); ++i) {
      raiders_.push_back(std::make_unique<Raider>(arena, history, seed, i));
    }
  }

  Status Load(int rows) {
    for (const auto& writer : writers_) PGATTIC_RETURN_IF_ERROR(writer->Load(rows));
    return Status::Ok();
  }

  /// Lets all of them work until `meanwhile` returns.
  template <typename Fn>
  void Work(Fn&& meanwhile) {
    std::stop_source stop;
    const OpContext ctx(SystemClock(), stop.get_token());
    {
      std::vector<std::jthread> threads;
      for (const auto& writer : writers_) threads.emplace_back([&] { writer->Run(ctx); });
      for (const auto& reader : readers_) threads.emplace_back([&] { reader->Run(ctx); });
      for (const auto& raider : raiders_) threads.emplace_back([&] { raider->Run(ctx); });
      meanwhile();
      stop.request_stop();
    }
  }

  Raider& first_raider() { return *raiders_.front(); }
  Reader& first_reader() { return *readers_.front(); }
  RaidCounts counts() const {
    RaidCounts sum;
    for (const auto& raider : raiders_) {
      sum.runs += raider->counts().runs;
      sum.killed_at_failpoint += raider->counts().killed_at_failpoint;
      sum.killed_at_random += raider->counts().killed_at_random;
      sum.stopped += raider->counts().stopped;
      sum.rollbacks += raider->counts().rollbacks;
    }
    return sum;
  }

 private:
  std::vector<std::unique_ptr<Writer>> writers_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<std::unique_ptr<Raider>> raiders_;
};

}  // namespace

Result<ScheduleOutcome> RunSchedule(sandbox::PostgresCluster& cluster, std::uint64_t seed,
                                    const ScheduleOptions& options) {
  const OpContext ctx;
  Dice dice(seed, 0);
  PGATTIC_ASSIGN_OR_RETURN(const auto arena, Arena::Make(cluster, ArenaOf(dice, options)));
  History history;
  Crowd crowd(*arena, history, dice, seed);
  PGATTIC_RETURN_IF_ERROR(crowd.Load(10 + static_cast<int>(dice.Below(30))));
  Status mischief;
  crowd.Work([&] {
    ctx.SleepFor(kShortest + dice.UpTo(kSpread)).ok();
    if (!options.mischief) return;
    mischief = options.mischief();
    ctx.SleepFor(kShortest).ok();
  });
  PGATTIC_RETURN_IF_ERROR(std::move(mischief));
  crowd.first_raider().Finish();
  crowd.first_reader().ReadAll();
  Audit audit(*arena, history);
  ScheduleOutcome outcome;
  PGATTIC_ASSIGN_OR_RETURN(outcome.faults, audit.Run());
  for (std::string& fault : history.Faults()) outcome.faults.push_back(std::move(fault));
  outcome.raids = crowd.counts();
  outcome.looks = history.looks();
  outcome.unavailable = history.unavailable();
  outcome.rows = history.Rows().size();
  outcome.archived_rows = audit.archived_rows();
  return outcome;
}

}  // namespace pgattic::torture
