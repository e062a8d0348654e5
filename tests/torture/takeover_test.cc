// A process is stopped (SIGSTOP) before or after each effect; another takes its archive over,
// goes on, rolls back or archives anew; then the first is woken. PGATTIC_TORTURE_TAKEOVERS says
// how many of the cases are drawn, "all" for every one; PGATTIC_TORTURE_SEED which.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <random>

#include "base/failpoint.h"
#include "sandbox/text_file.h"
#include "tests/support/s3/s3_server.h"
#include "tests/torture/audit.h"
#include "tests/torture/dice.h"
#include "tests/torture/usurper.h"
#include "tests/torture/writer.h"

namespace pgattic::torture {
namespace {

using model::Phase;

constexpr const char* kShortForm = "12";
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kPoll{2};
constexpr int kRows = 40;
constexpr int kTryLater = 75;
constexpr int kEnoughFaults = 60;

/// What is done while the first process stands still.
enum class Deed { kGoOn, kRollBack, kRollBackAndGoOn };
/// What became of the first one's sessions: cut, as a fire wall does, or alive.
enum class Sessions { kCut, kAlive };
enum class Store { kFolder, kBucket };

struct Case {
  std::string failpoint;
  Deed deed = Deed::kGoOn;
  Sessions sessions = Sessions::kCut;
  Store store = Store::kFolder;

  bool Passes(std::string_view step) const { return failpoint.starts_with(step); }

  std::string Name() const {
    static constexpr const char* kDeeds[] = {"goes on", "rolls back", "rolls back and goes on"};
    return failpoint + ", the other " + kDeeds[static_cast<int>(deed)] + ", sessions " +
           (sessions == Sessions::kCut ? "cut" : "alive") +
           (store == Store::kBucket ? ", in a bucket" : "");
  }
};

/// Stopped there, the first one's open transaction locks the journal row: nobody can take over
/// before the server ends that session.
bool HoldsJournalRow(const std::string& failpoint) {
  return failpoint == "swap.before_lock" || failpoint == "swap.before_waiters" ||
         failpoint == "swap.before_detach" || failpoint == "swap.before_commit" ||
         failpoint == "drop.before_drop" || failpoint == "drop.before_commit" ||
         failpoint == "attach.before_commit" || failpoint == "restore.before_record" ||
         failpoint == "reject.before_record";
}

/// What cannot be rolled back any more.
bool IsTooLate(const Case& played) {
  return played.failpoint == "drop.after_commit" || played.Passes("enrol.") ||
         played.Passes("lost.") || played.Passes("restore.");
}

/// Of a rollback: what it attaches, and what it puts back.
bool IsOfRollback(const Case& played) {
  return played.Passes("rollback.") || played.Passes("attach.");
}

/// Others need a server that was recovered (attacks/reconcile_test.cc), two commands, or a command
/// that no archive run takes over from (e2e/crash_upkeep_test.cc).
bool IsPlayed(std::string_view failpoint) {
  for (const char* other :
       {"reconcile.", "rebuild.", "copy.", "replace.", "scrub.", "garbage.", "erase."}) {
    if (failpoint.starts_with(other)) return false;
  }
  return !failpoint.ends_with("_forget") && !failpoint.ends_with("_erase_again");
}

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (const std::string_view name : failpoint::All()) {
    if (!IsPlayed(name)) continue;
    for (const Deed deed : {Deed::kGoOn, Deed::kRollBack, Deed::kRollBackAndGoOn}) {
      for (const Store store : {Store::kFolder, Store::kBucket}) {
        const Case one{std::string(name), deed, Sessions::kCut, store};
        // Of the calendar, not of an archive: tests/calendar.
        if (one.Passes("schedule.") || one.Passes("rollout.")) continue;
        // A part is damaged by hand in the folder.
        if (one.Passes("reject.") && store == Store::kBucket) continue;
        if (IsTooLate(one) && deed != Deed::kGoOn) continue;
        cases.push_back(one);
        if (HoldsJournalRow(one.failpoint)) continue;
        cases.push_back({one.failpoint, deed, Sessions::kAlive, store});
      }
    }
  }
  return cases;
}

std::vector<Case> ChosenCases() {
  std::vector<Case> cases = AllCases();
  const std::string wanted = Variable("PGATTIC_TORTURE_TAKEOVERS", kShortForm);
  if (wanted == "all") return cases;
  const std::string seed = Variable("PGATTIC_TORTURE_SEED", "");
  std::mt19937_64 engine(seed.empty() ? std::random_device()() : std::stoull(seed));
  std::shuffle(cases.begin(), cases.end(), engine);
  cases.resize(std::min<std::size_t>(cases.size(), std::stoul(wanted)));
  return cases;
}

class Takeover : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = sandbox::PostgresCluster::Start(
        OpContext(), {.settings = {{"max_prepared_transactions", "20"}}});
    ASSERT_TRUE(started.ok()) << started.error().ToString();
    cluster_ = std::move(*started);
    auto server = test::S3Server::Start();
    ASSERT_TRUE(server.ok()) << server.error().ToString();
    server_ = std::move(*server);
  }
  static void TearDownTestSuite() {
    cluster_.reset();
    server_.reset();
  }

  void Play(const Case& played);

 private:
  void Prepare(const Case& played);
  void SetTheScene(const Case& played, Writer& writer);
  void UseBucket(ArenaOptions& options);
  void Sql(const std::string& sql);
  bool StopFirst(const Case& played);
  bool IsStopped(const OpContext& ctx);
  void CutSessions();
  void TakeOver(const Case& played);
  void Run(const std::vector<std::string>& arguments,
           const std::map<std::string, std::string>& env = {});
  void RunUntilDone(const std::vector<std::string>& arguments);
  void Load(Writer& writer);
  std::vector<std::string> Audited();
  std::string WhatFirstSaid() const { return "\nThe first one said: " + first_->Stderr(); }

  static std::unique_ptr<sandbox::PostgresCluster> cluster_;
  static std::unique_ptr<test::S3Server> server_;
  std::unique_ptr<Arena> arena_;
  std::unique_ptr<History> history_;
  std::unique_ptr<sandbox::Subprocess> first_;
  std::string partition_;
};

std::unique_ptr<sandbox::PostgresCluster> Takeover::cluster_;
std::unique_ptr<test::S3Server> Takeover::server_;

void Takeover::UseBucket(ArenaOptions& options) {
  const auto bucket = server_->MakeBucket();
  ASSERT_TRUE(bucket.ok()) << bucket.error().ToString();
  options.archive_url = "s3://" + *bucket;
  options.archive_settings = "[s3]\nendpoint = \"" + server_->endpoint() +
                             "\"\npath_style = true\naccess_key = \"" + server_->access_key() +
                             "\"\nsecret_key = \"" + server_->secret_key() + "\"\n";
}

void Takeover::Sql(const std::string& sql) {
  const auto owner = arena_->Connect("scene");
  ASSERT_TRUE(owner.ok()) << owner.error().ToString();
  const Status done = (*owner)->ExecScript(OpContext(), sql);
  ASSERT_TRUE(done.ok()) << done.ToString();
}

void Takeover::Run(const std::vector<std::string>& arguments,
                   const std::map<std::string, std::string>& env) {
  const auto ran = arena_->Run(arguments, env);
  ASSERT_TRUE(ran.ok()) << ran.error().ToString();
}

/// Again while a busy machine makes it say "try later": the scene needs all of the effect.
void Takeover::RunUntilDone(const std::vector<std::string>& arguments) {
  const OpContext ctx = OpContext().WithDeadline(kPatience);
  auto ran = arena_->Run(arguments);
  while (ran.ok() && ran->exit.code == kTryLater && ctx.SleepFor(kPoll).ok()) {
    ran = arena_->Run(arguments);
  }
  ASSERT_TRUE(ran.ok()) << ran.error().ToString();
  ASSERT_TRUE(ran->exit.ok()) << ran->out << ran->err;
}

void Takeover::Load(Writer& writer) {
  const Status loaded = writer.Load(kRows);
  ASSERT_TRUE(loaded.ok()) << loaded.ToString();
}

/// Brings the archive to where the failpoint is passed next.
void Takeover::Prepare(const Case& played) {
  ArenaOptions options;
  options.is_games = !played.Passes("text.");
  options.grace = IsOfRollback(played) || played.Passes("lost.") ? "1h" : "0";
  if (played.store == Store::kBucket) UseBucket(options);
  options.run =
      "swap_pause = \"20ms\"\nswap_tries = 2\nsnapshot_wait = \"1s\"\n"
      "partition_lock_timeout = \"150ms\"\nworkers = 1\n";
  auto arena = Arena::Make(*cluster_, options);
  ASSERT_TRUE(arena.ok()) << arena.error().ToString();
  arena_ = std::move(*arena);
  history_ = std::make_unique<History>();
  partition_ = arena_->table().Partition(0);
  Writer writer(*arena_, *history_, 1, 0);
  ASSERT_NO_FATAL_FAILURE(Load(writer));
  SetTheScene(played, writer);
}

void Takeover::SetTheScene(const Case& played, Writer& writer) {
  if (played.Passes("changed.")) {
    ASSERT_NO_FATAL_FAILURE(RunUntilDone({"archive", "--until", "marked"}));
    ASSERT_NO_FATAL_FAILURE(Load(writer));
  } else if (played.Passes("cleanup.")) {
    Run({"archive", "--partition", partition_}, {{"PGATTIC_FAILPOINT", "part.before_record"}});
  } else if (IsOfRollback(played)) {
    ASSERT_NO_FATAL_FAILURE(
        RunUntilDone({"archive", "--partition", partition_, "--until", "detached"}));
  } else if (played.Passes("restore.")) {
    ASSERT_NO_FATAL_FAILURE(RunUntilDone({"archive", "--partition", partition_}));
  } else if (played.Passes("enrol.")) {
    ASSERT_NO_FATAL_FAILURE(RunUntilDone({"archive", "--partition", partition_}));
    ASSERT_NO_FATAL_FAILURE(Load(writer));
  } else if (played.Passes("text.")) {
    Sql("ALTER TABLE public.events ADD COLUMN d date; UPDATE public.events SET d = 'infinity'");
  } else if (played.Passes("reject.")) {
    ASSERT_NO_FATAL_FAILURE(
        RunUntilDone({"archive", "--partition", partition_, "--until", "uploaded"}));
    for (const auto& file :
         std::filesystem::recursive_directory_iterator(arena_->archive_folder())) {
      if (file.path().extension() != ".parquet") continue;
      std::filesystem::resize_file(file.path(), std::filesystem::file_size(file.path()) / 2);
    }
  } else if (played.Passes("lost.")) {
    ASSERT_NO_FATAL_FAILURE(
        RunUntilDone({"archive", "--partition", partition_, "--until", "detached"}));
    Sql("DROP TABLE public." + partition_);
  }
}

/// False when the program never came to the failpoint. One that says "try later" before it, as on
/// a busy machine, is started again.
bool Takeover::StopFirst(const Case& played) {
  std::vector<std::string> arguments = {"archive", "--partition", partition_};
  if (IsOfRollback(played)) arguments = {"rollback", partition_};
  if (played.Passes("restore.")) arguments = {"restore", partition_};
  if (played.Passes("lost.")) arguments.emplace_back("--accept-lost-table");
  const OpContext ctx = OpContext().WithDeadline(kPatience);
  while (ctx.Check().ok()) {
    auto child = arena_->Spawn(arguments, {{"PGATTIC_FAILPOINT", played.failpoint + ":1:stop"}});
    if (!child.ok()) return false;
    first_ = std::move(*child);
    if (IsStopped(ctx)) return true;
    const auto exit = first_->Wait(ctx);
    if (!exit.ok() || exit->code != kTryLater) return false;
  }
  return false;
}

/// Waits until the first process stands still; false when it ended.
bool Takeover::IsStopped(const OpContext& ctx) {
  const std::string status = "/proc/" + std::to_string(first_->pid()) + "/stat";
  while (ctx.SleepFor(kPoll).ok() && !first_->TryWait()) {
    const std::string text = sandbox::ReadTextFile(status);
    const std::size_t state = text.rfind(") ");
    if (state != text.npos && text.substr(state + 2, 1) == "T") return true;
  }
  return false;
}

void Takeover::CutSessions() {
  const OpContext ctx = OpContext().WithDeadline(kPatience);
  auto admin = pg::Connection::Open(ctx, {cluster_->Url(arena_->database()), "admin"});
  ASSERT_TRUE(admin.ok());
  std::int64_t left = 1;
  while (left > 0) {
    const auto cut = (*admin)->Exec(ctx,
                                    "SELECT count(*), bool_or(pg_terminate_backend(pid)) FROM "
                                    "pg_stat_activity WHERE datname = current_database() AND "
                                    "application_name = 'pgattic'");
    ASSERT_TRUE(cut.ok()) << cut.error().ToString();
    left = cut->Int(0, 0);
    ASSERT_TRUE(ctx.SleepFor(kPoll).ok());
  }
}

void Takeover::TakeOver(const Case& played) {
  auto usurper = Usurper::Open(*arena_);
  ASSERT_TRUE(usurper.ok()) << usurper.error().ToString();
  if (played.Passes("lost.")) (*usurper)->AcceptLostTable();
  if (played.Passes("restore.")) {
    const Status restored = (*usurper)->Restore(partition_);
    if (played.sessions == Sessions::kCut) {
      EXPECT_TRUE(restored.ok()) << restored.ToString();
    }
    return;
  }
  if (played.deed != Deed::kGoOn) {
    const Status back = (*usurper)->RollBack(partition_);
    // Not where the first one's open COPY still holds the table, or nothing began.
    if (played.sessions == Sessions::kCut && played.failpoint.find("plan.") != 0) {
      EXPECT_TRUE(back.ok()) << back.ToString();
    }
  }
  if (played.deed != Deed::kRollBack) {
    Status on = (*usurper)->Advance(partition_, Phase::kArchived);
    // A damaged part is rejected first; the next run makes it again.
    if (on.Is(Code::kCorruption) && played.Passes("reject.")) {
      on = (*usurper)->Advance(partition_, Phase::kArchived);
    }
    if (played.sessions == Sessions::kCut && !IsOfRollback(played)) {
      EXPECT_TRUE(on.ok()) << on.ToString();
    }
  }
}

std::vector<std::string> Takeover::Audited() {
  Audit audit(*arena_, *history_);
  Result<std::vector<std::string>> faults = audit.Run();
  EXPECT_TRUE(faults.ok()) << faults.error().ToString();
  return faults.ok() ? *faults : std::vector<std::string>();
}

void Takeover::Play(const Case& played) {
  ASSERT_NO_FATAL_FAILURE(Prepare(played));
  ASSERT_TRUE(StopFirst(played)) << first_->Stderr();
  if (played.sessions == Sessions::kCut) {
    ASSERT_NO_FATAL_FAILURE(CutSessions());
  }
  ASSERT_NO_FATAL_FAILURE(TakeOver(played));
  ASSERT_TRUE(first_->Signal(SIGCONT).ok());
  const auto exit = first_->Wait(OpContext().WithDeadline(kPatience));
  ASSERT_TRUE(exit.ok()) << first_->Stderr();
  EXPECT_EQ(exit->signal, 0) << first_->Stderr();
  for (const std::string& fault : Audited()) {
    // What is left over has to be gone after the next run; a row has to be right now.
    if (fault.starts_with("row ")) ADD_FAILURE() << "once woken: " << fault << WhatFirstSaid();
  }
  if (played.deed == Deed::kRollBack) {
    ASSERT_NO_FATAL_FAILURE(Run({"rollback", partition_}));
    for (const std::string& fault : Audited()) {
      if (fault.starts_with("left over"))
        ADD_FAILURE() << "rolled back again: " << fault << WhatFirstSaid();
    }
  }
  const auto last = arena_->Run({"archive"});
  ASSERT_TRUE(last.ok());
  EXPECT_TRUE(last->exit.ok() || last->exit.code == kTryLater) << last->out << last->err;
  for (const std::string& fault : Audited()) {
    ADD_FAILURE() << "after the next run: " << fault << WhatFirstSaid();
  }
}

TEST_F(Takeover, AProcessThatSleptThroughATakeoverDoesNoHarm) {
  const std::vector<Case> cases = ChosenCases();
  for (const Case& played : cases) {
    SCOPED_TRACE(played.Name());
    Play(played);
    const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
    if (test->result()->total_part_count() > kEnoughFaults) break;
  }
  std::printf("%zu takeovers\n", cases.size());
}

}  // namespace
}  // namespace pgattic::torture
