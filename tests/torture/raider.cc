#include "tests/torture/raider.h"

#include <array>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/failpoint.h"

namespace pgattic::torture {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestLife{400};
constexpr milliseconds kLongestStop{200};
constexpr std::chrono::seconds kPatience{120};
constexpr int kTryLater = 75;
constexpr int kFinishTries = 60;
constexpr std::array<std::string_view, 6> kUntil = {"exporting", "uploaded", "verified",
                                                    "marked",    "detached", "archived"};

/// The store and the database are sound here: a run that says otherwise is wrong.
constexpr std::array<std::string_view, 6> kLies = {
    "is damaged",          "is not PostgreSQL's", "do not add up", "written by somebody else",
    "holds an archive of", "internal error"};

bool IsAtRest(const nlohmann::json& archive) {
  return archive.value("phase", "") == "detached" || archive.value("phase", "") == "archived";
}

}  // namespace

std::vector<std::string> Raider::Command() {
  if (dice_.OneIn(4)) {
    ++counts_.rollbacks;
    return {"rollback", arena_.table().Partition(dice_.Below(kMonths.size() - 1))};
  }
  std::vector<std::string> command = {"archive"};
  if (dice_.OneIn(2)) {
    command.insert(command.end(),
                   {"--partition", arena_.table().Partition(dice_.Below(kMonths.size() - 1))});
  }
  if (!dice_.OneIn(8)) command.emplace_back("--allow-shrink");
  if (dice_.OneIn(4)) {
    command.emplace_back("--until");
    command.emplace_back(dice_.Pick(std::span<const std::string_view>(kUntil)));
  }
  return command;
}

void Raider::Run(const OpContext& ctx) {
  while (ctx.Check().ok()) Raid(ctx);
}

void Raider::Raid(const OpContext& ctx) {
  std::map<std::string, std::string> env;
  const std::size_t fate = dice_.Below(8);
  const bool dies_at_failpoint = fate <= 2 && failpoint::IsBuiltIn();
  const bool dies_at_random = fate >= 3 && fate <= 5;
  const bool is_stopped = fate == 6;
  if (dies_at_failpoint) {
    env["PGATTIC_FAILPOINT"] =
        std::string(dice_.Pick(std::span<const std::string_view>(failpoint::All()))) + ":" +
        std::to_string(dice_.OneIn(3) ? 1 + dice_.Below(4) : 1);
  }
  auto child = arena_.Spawn(Command(), env);
  if (!child.ok()) return history_.Blame("spawn: " + child.status().ToString());
  ++counts_.runs;
  if (dies_at_random || is_stopped) Disturb(ctx, **child, is_stopped);
  const Result<sandbox::ExitStatus> exit = (*child)->Wait(OpContext().WithDeadline(kPatience));
  if (!exit.ok()) return history_.Blame("pgattic hangs: " + (*child)->Stderr());
  if (dies_at_failpoint && exit->signal == SIGKILL) ++counts_.killed_at_failpoint;
  if (exit->signal != 0 && exit->signal != SIGKILL) {
    history_.Blame("pgattic ended with " + exit->ToString() + ": " + (*child)->Stderr());
  }
  BlameLies((*child)->Stderr());
}

/// Kills the program at a random time, or stops it for a while.
void Raider::Disturb(const OpContext& ctx, sandbox::Subprocess& child, bool only_stop) {
  if (child.Wait(OpContext().WithDeadline(dice_.UpTo(kLongestLife))).ok()) return;
  if (!child.Signal(only_stop ? SIGSTOP : SIGKILL).ok()) return;
  ++(only_stop ? counts_.stopped : counts_.killed_at_random);
  if (!only_stop) return;
  ctx.SleepFor(dice_.UpTo(kLongestStop)).ok();
  child.Signal(SIGCONT).ok();
}

void Raider::BlameLies(const std::string& said) {
  for (const std::string_view lie : kLies) {
    if (said.find(lie) != said.npos) history_.Blame("pgattic said: " + said);
  }
}

void Raider::Finish() {
  std::string said;
  for (int tries = 0; tries < kFinishTries; ++tries) {
    const auto ran = arena_.Run({"archive", "--allow-shrink", "--json"});
    if (!ran.ok()) return history_.Blame("the last run: " + ran.status().ToString());
    BlameLies(ran->err);
    if (ran->exit.ok()) return;
    said = ran->out + ran->err;
    const nlohmann::json told = nlohmann::json::parse(ran->out, nullptr, false);
    if (ran->exit.code != kTryLater || !told.is_object()) continue;
    const nlohmann::json archives = told.value("archives", nlohmann::json::array());
    const bool only_grace = std::all_of(archives.begin(), archives.end(), IsAtRest);
    if (only_grace && arena_.config().sources.front().grace > std::chrono::minutes(1)) return;
    OpContext().SleepFor(kLongestStop).ok();
  }
  history_.Blame("pgattic archive does not come to its end: " + said);
}

}  // namespace pgattic::torture
