#include "service/server.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "api/gateway.h"
#include "base/log.h"
#include "games/pg_info_reader.h"
#include "http_server/server.h"
#include "service/readers.h"

namespace pgattic::service {
namespace {

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Status CheckSettings(const ServeSettings& serve) {
  if (serve.certificate_file.empty() != serve.key_file.empty()) {
    return {Code::kInvalidArgument,
            "serve.tls_certificate and serve.tls_key go together; set both or none"};
  }
  if (IsLoopback(serve.host) || !serve.tokens_file.empty() || serve.allow_anonymous) {
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

/// One source with what reads it.
struct Served {
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
        registry_(std::move(registry)),
        readers_(std::move(readers)),
        tokens_(std::move(tokens)),
        api_(MakeSources(sources), readers_->pool(), static_cast<std::size_t>(settings_.max_ids)),
        health_(readers_->pool(), {readers_->store(), readers_->copy()}, Tables(sources),
                SystemClock(), {.slow = settings_.canary_limit}),
        overview_(readers_->pool(), Tables(sources), SystemClock()),
        gateway_({api_, health_, overview_, *tokens_, *registry_, SystemClock()},
                 {.request_timeout = settings_.request_timeout,
                  .most_requests = settings_.max_requests,
                  .per_second = static_cast<double>(settings_.requests_per_second)},
                 abort_.get_token()) {}

  Status Listen() {
    PGATTIC_ASSIGN_OR_RETURN(http_,
                             http_server::HttpServer::Start(HttpOptions(settings_), gateway_));
    return Status::Ok();
  }

  std::string url() const override {
    const bool is_v6 = settings_.host.find(':') != std::string::npos;
    return (settings_.certificate_file.empty() ? "http://" : "https://") +
           (is_v6 ? "[" + settings_.host + "]" : settings_.host) + ":" +
           std::to_string(http_->port());
  }

  void Run(const std::stop_token& stop) override {
    std::mutex mutex;
    std::condition_variable_any over;
    bool is_over = false;
    std::jthread drain([&] {
      std::unique_lock lock(mutex);
      over.wait(lock, stop, [&] { return is_over; });
      if (is_over) return;
      log::Write(log::Level::kInfo, "draining", {});
      gateway_.Drain();
      http_->Drain();
      if (over.wait_for(lock, settings_.drain_timeout, [&] { return is_over; })) return;
      log::Write(log::Level::kWarn, "drain-timeout", {});
      abort_.request_stop();
      http_->Abort();
    });
    http_->Run();
    const std::lock_guard lock(mutex);
    is_over = true;
    over.notify_all();
  }

 private:
  std::vector<api::ApiSource> MakeSources(const std::vector<ServedSource>& sources) {
    std::vector<api::ApiSource> all;
    for (const ServedSource& source : sources) {
      Served served;
      served.rows = readers_->ReaderOf(source.table, source.options);
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

  static std::vector<catalog::SourceTable> Tables(const std::vector<ServedSource>& sources) {
    std::vector<catalog::SourceTable> tables;
    for (const ServedSource& source : sources) tables.push_back(source.table);
    return tables;
  }

  const ServeSettings settings_;
  std::stop_source abort_;
  const std::unique_ptr<metrics::Registry> registry_;
  const std::unique_ptr<Readers> readers_;
  const std::unique_ptr<api::Tokens> tokens_;
  std::vector<Served> served_;
  api::ArchiveApi api_;
  api::Health health_;
  api::Overview overview_;
  api::Gateway gateway_;
  std::unique_ptr<http_server::HttpServer> http_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const Config& config, pg::ConnectOptions connect,
                                              const std::vector<ServedSource>& sources) {
  PGATTIC_RETURN_IF_ERROR(CheckSettings(config.serve));
  PGATTIC_ASSIGN_OR_RETURN(auto tokens, api::Tokens::Load(config.serve.tokens_file, SystemClock()));
  auto registry = std::make_unique<metrics::Registry>();
  PGATTIC_ASSIGN_OR_RETURN(
      auto readers, Readers::Open(config, std::move(connect),
                                  static_cast<std::size_t>(config.serve.sessions), *registry));
  auto server = std::make_unique<ServerImpl>(config, std::move(registry), std::move(readers),
                                             std::move(tokens), sources);
  PGATTIC_RETURN_IF_ERROR(server->Listen());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace pgattic::service
