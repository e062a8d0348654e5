// A replica: scheduler, sampler and readers as `pgattic serve` wires them, from one instant to
// another of a clock that jumps to whatever comes next.
//
//   calendar_replica CONFIG WHO FROM_US UNTIL_US [ill] [full]
//
// ill: its canary fails. full: no file may grow beyond 2 KiB, as on a disk that is full.
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "apps/pgattic/runner.h"
#include "base/failpoint.h"
#include "service/readers.h"
#include "service/sampler.h"
#include "service/scheduler.h"

namespace pgattic::app {
namespace {

WallTime Instant(const std::string& text) {
  std::int64_t us = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), us);
  PGATTIC_CHECK(error == std::errc() && end == text.data() + text.size(), text);
  return WallTime(std::chrono::microseconds(us));
}

struct Arguments {
  std::string config;
  std::string who;
  WallTime from;
  WallTime until;
  std::set<std::string> flags;
};

class Replica {
 public:
  Replica(const Arguments& arguments, service::Config config)
      : arguments_(arguments), clock_(arguments.from), probe_(registry_) {
    invocation_.config = std::move(config);
    invocation_.config.run.tool_version = kVersion;
    invocation_.ctx = OpContext(clock_, std::stop_token());
  }

  Status Run() {
    PGATTIC_ASSIGN_OR_RETURN(session_, Session::Open(invocation_, true));
    PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation_, session_));
    PGATTIC_ASSIGN_OR_RETURN(
        readers_, service::Readers::Open(invocation_.config, session_.connect, 4, registry_));
    const OpenSource& source = sources.front();
    reader_ = std::make_unique<service::WatchedReader>(
        readers_->ReaderOf(source.table, *source.options), tally_);
    service::Sampler sampler(
        readers_->pool(), {{*source.options, source.table, tally_}}, invocation_.config.rollout,
        [this](const OpContext&, const std::string&) {
          catalog::HealthSums canary;
          canary.canaries = 1;
          canary.ill = arguments_.flags.contains("ill") ? 1 : 0;
          return canary;
        },
        probe_);
    const service::ScheduleSettings& schedule = invocation_.config.schedule;
    service::Scheduler scheduler(
        {.cron = *schedule.archive,
         .window = schedule.window,
         .time_zone = schedule.time_zone,
         .jitter = schedule.jitter,
         .retry = schedule.retry,
         .who = arguments_.who},
        session_.connect, [this](const OpContext& ctx) { return Archive(ctx); }, &probe_);
    return Live(scheduler, sampler);
  }

 private:
  /// A failure of one look is looked past, as serve does.
  Status Live(service::Scheduler& scheduler, service::Sampler& sampler) {
    WallTime look_at = clock_.WallNow();
    WallTime sample_at = look_at;
    while (clock_.WallNow() < arguments_.until) {
      if (clock_.WallNow() >= look_at) {
        const Result<WallTime> next = scheduler.Look(invocation_.ctx);
        if (!next.ok()) std::fprintf(stderr, "look: %s\n", next.status().ToString().c_str());
        look_at = next.ok() ? *next : clock_.WallNow() + std::chrono::seconds(30);
      }
      if (clock_.WallNow() >= sample_at) {
        PGATTIC_RETURN_IF_ERROR(ReadSome());
        PGATTIC_RETURN_IF_ERROR(sampler.Sample(invocation_.ctx));
        sample_at = clock_.WallNow() + invocation_.config.rollout.sample_every;
      }
      const WallTime next = std::min({look_at, sample_at, arguments_.until});
      clock_.Advance(std::max(next - clock_.WallNow(), std::chrono::microseconds(0)));
    }
    return Status::Ok();
  }

  Status ReadSome() {
    PGATTIC_ASSIGN_OR_RETURN(
        const pg::QueryResult ids,
        session_.connection->Exec(invocation_.ctx,
                                  "SELECT uuid FROM public.games WHERE migration_status > 0 ORDER "
                                  "BY random() LIMIT 5"));
    for (int i = 0; i < ids.rows(); ++i) {
      PGATTIC_RETURN_IF_ERROR(reader_->Get(invocation_.ctx, ids.Text(i, 0), std::nullopt).status());
    }
    return Status::Ok();
  }

  service::JobEnd Archive(const OpContext& ctx) {
    Invocation invocation = invocation_;
    invocation.ctx = ctx;
    const RunReport report = RunArchives(invocation, {}, true);
    return {StateOf(report), SummaryOf(report)};
  }

  const Arguments& arguments_;
  ManualClock clock_;
  metrics::Registry registry_;
  metrics::ScheduleProbe probe_;
  Invocation invocation_;
  Session session_;
  service::ReadTally tally_{std::chrono::milliseconds(1000)};
  std::unique_ptr<service::Readers> readers_;
  std::unique_ptr<service::WatchedReader> reader_;
};

int Main(const std::vector<std::string>& words) {
  if (words.size() < 5) return kUsage;
  const Arguments arguments{
      words[1], words[2], Instant(words[3]), Instant(words[4]), {words.begin() + 5, words.end()}};
  if (const char* point = std::getenv("PGATTIC_FAILPOINT"); point != nullptr) {
    PGATTIC_CHECK(failpoint::Arm(point).ok(), point);
  }
  if (arguments.flags.contains("full")) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{2048, 2048};
    PGATTIC_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
  }
  Result<service::Config> config = service::LoadConfig(arguments.config, {}, {});
  if (!config.ok()) return Report(config.status(), false);
  Status lived = Replica(arguments, std::move(*config)).Run();
  return lived.ok() ? kDone : Report(lived, false);
}

}  // namespace
}  // namespace pgattic::app

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return pgattic::app::Main({argv, argv + argc});
}
