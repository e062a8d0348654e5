// Two processes on one archive: one is stopped at a bad moment, the other goes on, the first
// is woken and must do no harm.
#include <sys/wait.h>

#include <csignal>

#include "game_archive.h"

namespace pgattic::test {
namespace {

class TwoRuns : public GameArchive {
 protected:
  /// Blocks until the process stopped itself at its failpoint.
  static bool AwaitStop(const sandbox::Subprocess& process) {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(process.pid()), &info, WSTOPPED | WEXITED | WNOWAIT) ==
               0 &&
           info.si_code == CLD_STOPPED;
  }
  void KillSessions() {
    // A stopped client keeps its session and its locks; an operator, or TCP, ends them.
    Admin(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
        "'pgattic' AND datname = current_database()");
  }
};

TEST_F(TwoRuns, AStaleLeaderThatWakesUpDoesNoHarm) {
  LoadMonths({1}, 60);
  const std::vector<std::string> rows = RowsOfDatabase();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (const char* point : {"part.before_complete", "part.after_complete", "proof.before_record",
                            "publish.before_metadata", "publish.after_metadata",
                            "mark.before_batch", "swap.before_commit", "cleanup.before_delete"}) {
    SCOPED_TRACE(point);
    if (std::string(point) == "cleanup.before_delete") {
      ASSERT_EQ(Pgattic({"archive", "--until", "marked"}).code, 0);
      Sql("UPDATE public.past_games SET type = type WHERE gid = (SELECT min(gid) FROM "
          "public.past_games)");
    }
    const auto stale = Begin({"archive", "--until", "detached"},
                             {{"PGATTIC_FAILPOINT", std::string(point) + ":1:stop"}});
    ASSERT_TRUE(AwaitStop(*stale)) << stale->Stderr();
    // While its session lives, another run leaves the archive alone. In the swap it would wait:
    // the stopped one holds the parent.
    if (std::string(point) != "swap.before_commit") {
      const Ran beside = Pgattic({"archive", "--until", "detached"});
      EXPECT_EQ(beside.code, 75) << beside.out << beside.err;
      EXPECT_NE(beside.err.find("another pgattic is at work"), std::string::npos) << beside.err;
    }
    KillSessions();
    const Ran other = Pgattic({"archive", "--until", "detached"});
    ASSERT_EQ(other.code, 0) << other.out << other.err;
    const std::vector<std::string> files = Files();
    ASSERT_TRUE(stale->Signal(SIGCONT).ok());
    const auto end = stale->Wait(OpContext().WithDeadline(std::chrono::minutes(1)));
    ASSERT_TRUE(end.ok());
    EXPECT_NE(end->code, 0) << stale->Stdout();
    EXPECT_EQ(end->signal, 0);
    // Whatever it still wrote is deleted by the next run; what was published stands.
    ASSERT_EQ(Pgattic({"archive", "--until", "detached"}).code, 0);
    EXPECT_EQ(Pgattic({"verify"}).code, 0);
    EXPECT_EQ(Files(), files);
    EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet"), rows);
    ASSERT_EQ(Pgattic({"rollback", "past_games_2024_01"}).code, 0);
    EXPECT_EQ(RowsOfDatabase(), rows);
  }
}

}  // namespace
}  // namespace pgattic::test
