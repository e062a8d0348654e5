#include "service/server.h"

#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "api/gateway.h"
#include "api/health_watch.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/loopback.h"
#include "games/pg_info_reader.h"
#include "http_server/server.h"
#include "service/readers.h"
#include "service/sampler.h"
#include "service/watched_reader.h"
#include "service/work_hours.h"

namespace pgattic::service {
namespace {

Status CheckSettings(const ServeSettings& serve) {
  if (serve.certificate_file.empty() != serve.key_file.empty()) {
    return {Code::kInvalidArgument,
            "serve.tls_certificate and serve.tls_key go together; set both or none"};
  }
  if (IsLoopbackHost(serve.host) || !serve.tokens_file.empty() || serve.allow_anonymous) {
    return Status::Ok();
  }
  return {Code::kInvalidArgument,
          "without tokens whoever reaches " + serve.host +
              " could read every row; set serve.tokens_file, or listen on 127.0.0.1, or set "
              "serve.allow_anonymous = true"};
}

http_server::ServerOptions HttpOptions(const ServeSettings& serve) {
  http_server::ServerOptions options;
  options.host = serve.host;
  options.port = serve.port;
  options.certificate_file = serve.certificate_file;
  options.key_file = serve.key_file;
  options.max_body_bytes = serve.max_body_bytes;
  options.max_connections = serve.max_connections;
  return options;
}

/// Names this process among the replicas.
std::string WhoWeAre() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return std::string(host.data()) + " pid " + std::to_string(getpid()) + " " + RandomHex(4);
}

Status CheckZone(const Config& config, const pg::ConnectOptions& connect) {
  if (config.schedule.time_zone == "UTC") return Status::Ok();
  const OpContext ctx;
  PGATTIC_ASSIGN_OR_RETURN(const auto session, pg::Connection::Open(ctx, connect));
  return LoadZone(ctx, *session, config.schedule.time_zone).status();
}

/// One source with what reads it.
struct Served {
  ServedSource source;
  std::unique_ptr<ReadTally> tally;
  std::unique_ptr<lookup::RowReader> rows;
  std::unique_ptr<games::PgInfoReader> info;
  std::unique_ptr<games::GameStore> games;
};

class ServerImpl final : public Server {
 public:
  ServerImpl(const Config& config, std::unique_ptr<metrics::Registry> registry,
             std::unique_ptr<Readers> readers, std::unique_ptr<api::Tokens> tokens,
             const std::vector<ServedSource>& sources)
      : settings_(config.serve),
        limits_(config.rollout),
        registry_(std::move(registry)),
        schedule_probe_(*registry_),
        readers_(std::move(readers)),
        tokens_(std::move(tokens)),
        api_(MakeSources(sources), readers_->pool(), static_cast<std::size_t>(settings_.max_ids)),
        health_(readers_->pool(), {readers_->store(), readers_->copy()}, Tables(sources),
                SystemClock(), {.slow = settings_.canary_limit}),
        overview_(readers_->pool(), Tables(sources), readers_->copy() != nullptr, SystemClock()),
        steps_(readers_->pool()),
        gateway_(
            {.api = api_,
             .health = health_,
             .overview = overview_,
             .tokens = *tokens_,
             .registry = *registry_,
             .clock = SystemClock(),
             .steps = &steps_,
             .vitals = [this] { return LookAtVitals(); }},
            {.request_timeout = settings_.request_timeout,
             .most_requests = settings_.max_requests,
             .per_second = static_cast<double>(settings_.requests_per_second),
             .per_second_of_client = static_cast<double>(settings_.requests_per_second_of_client)},
            abort_.get_token()),
        watch_(health_, *registry_, SystemClock(), settings_.canary_interval),
        sampler_(
            readers_->pool(), SampledSources(), limits_,
            [this](const OpContext& ctx, const std::string& source) {
              return LookAtCanary(ctx, source);
            },
            schedule_probe_) {}

  void Schedule(const ScheduleSettings& schedule, pg::ConnectOptions connect, Job job) {
    if (!schedule.archive) return;
    scheduler_.emplace(SchedulerOptions{.cron = *schedule.archive,
                                        .window = schedule.window,
                                        .time_zone = schedule.time_zone,
                                        .jitter = schedule.jitter,
                                        .retry = schedule.retry,
                                        .who = WhoWeAre()},
                       std::move(connect), std::move(job), &schedule_probe_);
  }

  Status Listen() {
    http_server::ServerOptions options = HttpOptions(settings_);
    options.on_lost = [this] { ending_.request_stop(); };
    PGATTIC_ASSIGN_OR_RETURN(http_, http_server::HttpServer::Start(options, gateway_));
    return Status::Ok();
  }

  std::string url() const override {
    const bool is_v6 = settings_.host.find(':') != std::string::npos;
    return (settings_.certificate_file.empty() ? "http://" : "https://") +
           (is_v6 ? "[" + settings_.host + "]" : settings_.host) + ":" +
           std::to_string(http_->port());
  }

  Status Run(const std::stop_token& stop) override {
    const std::stop_callback forward(stop, [this] { ending_.request_stop(); });
    const OpContext background(SystemClock(), ending_.get_token());
    const std::jthread sampling([&] { sampler_.Run(background); });
    const std::jthread scheduling([&] {
      if (scheduler_) scheduler_->Run(background);
    });
    std::mutex mutex;
    std::condition_variable_any over;
    bool is_over = false;
    std::jthread drain([&] {
      std::unique_lock lock(mutex);
      over.wait(lock, ending_.get_token(), [&] { return is_over; });
      if (is_over) return;
      log::Write(log::Level::kInfo, "draining", {});
      gateway_.Drain();
      // Whoever balances load is to see it before connections are refused.
      if (over.wait_for(lock, settings_.drain_delay, [&] { return is_over; })) return;
      http_->Drain();
      if (over.wait_for(lock, settings_.drain_timeout, [&] { return is_over; })) return;
      log::Write(log::Level::kWarn, "drain-timeout", {});
      abort_.request_stop();
      http_->Abort();
    });
    Status ran = http_->Run();
    const std::lock_guard lock(mutex);
    is_over = true;
    over.notify_all();
    return ran;
  }

 private:
  std::vector<api::ApiSource> MakeSources(const std::vector<ServedSource>& sources) {
    std::vector<api::ApiSource> all;
    for (const ServedSource& source : sources) {
      Served served{source, std::make_unique<ReadTally>(limits_.slow), {}, {}, {}};
      served.rows = std::make_unique<WatchedReader>(
          readers_->ReaderOf(source.table, source.options), *served.tally);
      if (source.options.is_games) {
        served.info = std::make_unique<games::PgInfoReader>(
            readers_->pool(), games::PgInfoOptions{source.table.name()});
        served.games = std::make_unique<games::GameStore>(*served.rows, *served.info);
      }
      all.push_back({source.table.id.Name(), served.rows.get(), served.games.get()});
      served_.push_back(std::move(served));
    }
    return all;
  }

  api::Vitals LookAtVitals() const {
    const pg::Pool::Use sessions = readers_->pool().use();
    const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
    return {.breakers = readers_->breakers(),
            .sessions = {count(sessions.lent), count(sessions.idle), count(sessions.waiting),
                         count(sessions.size)},
            .connections = {.busy = http_->connections(), .limit = settings_.max_connections}};
  }

  static std::vector<catalog::SourceTable> Tables(const std::vector<ServedSource>& sources) {
    std::vector<catalog::SourceTable> tables;
    for (const ServedSource& source : sources) tables.push_back(source.table);
    return tables;
  }

  std::vector<SampledSource> SampledSources() {
    std::vector<SampledSource> sampled;
    for (Served& served : served_) {
      sampled.push_back({served.source.options, served.source.table, *served.tally});
    }
    return sampled;
  }

  catalog::HealthSums LookAtCanary(const OpContext& ctx, const std::string& source) {
    catalog::HealthSums sums;
    for (const api::Finding& finding : health_.Look(ctx)) {
      if (!finding.source.empty() && finding.source != source) continue;
      ++sums.canaries;
      if (!finding.ok) ++sums.ill;
    }
    return sums;
  }

  const ServeSettings settings_;
  const archive::RolloutLimits limits_;
  std::stop_source ending_;  ///< On request, or since nobody can connect any more.
  std::stop_source abort_;
  const std::unique_ptr<metrics::Registry> registry_;
  metrics::ScheduleProbe schedule_probe_;
  const std::unique_ptr<Readers> readers_;
  const std::unique_ptr<api::Tokens> tokens_;
  std::vector<Served> served_;
  api::ArchiveApi api_;
  api::Health health_;
  api::Overview overview_;
  api::StepLog steps_;
  api::Gateway gateway_;
  api::HealthWatch watch_;
  Sampler sampler_;
  std::optional<Scheduler> scheduler_;
  std::unique_ptr<http_server::HttpServer> http_;
};

}  // namespace

Status Server::Check(const Config& config) {
  PGATTIC_RETURN_IF_ERROR(CheckSettings(config.serve));
  return api::Tokens::Load(config.serve.tokens_file, SystemClock()).status();
}

Result<std::unique_ptr<Server>> Server::Start(const Config& config, pg::ConnectOptions connect,
                                              const std::vector<ServedSource>& sources,
                                              Job archive) {
  PGATTIC_RETURN_IF_ERROR(CheckSettings(config.serve));
  PGATTIC_RETURN_IF_ERROR(CheckZone(config, connect));
  PGATTIC_ASSIGN_OR_RETURN(auto tokens, api::Tokens::Load(config.serve.tokens_file, SystemClock()));
  auto registry = std::make_unique<metrics::Registry>();
  PGATTIC_ASSIGN_OR_RETURN(
      auto readers,
      Readers::Open(config, connect, static_cast<std::size_t>(config.serve.sessions), *registry));
  auto server = std::make_unique<ServerImpl>(config, std::move(registry), std::move(readers),
                                             std::move(tokens), sources);
  server->Schedule(config.schedule, std::move(connect), std::move(archive));
  PGATTIC_RETURN_IF_ERROR(server->Listen());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace pgattic::service
