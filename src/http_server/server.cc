#include "http_server/server.h"

#include <fcntl.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <memory>
#include <optional>

#include "base/ascii.h"
#include "http_server/compression.h"
#include "http_server/head.h"
#include "http_server/signal.h"
#include "http_server/socket_stream.h"
#include "http_server/tls.h"
#include "http_server/worker_pool.h"

namespace pgattic::http_server {
namespace {

using Clock = std::chrono::steady_clock;

/// Of a request's head: all headers together.
constexpr std::size_t kMostHeadBytes = 32U << 10U;
constexpr std::size_t kMostTargetBytes = 4096;
/// Framing of a chunked body may take more than the body itself, but not without end.
constexpr std::size_t kChunkOverhead = 2;

/// One request of a connection, from its head to its last byte. Of one thread.
struct Exchange {
  Head head;
  Request request;
  Outcome outcome;
  bool was_admitted = false;  ///< Admit was called: Done has to be.
  bool must_close = true;     ///< No further request of this connection.
  bool has_unread = true;     ///< Until its body, if any, was read to the end.

  void WasRead(bool is_last) {
    has_unread = false;
    must_close = is_last;
  }
};

/// cpp-httplib calls back without a word on the connection; each has a thread of its own.
thread_local Exchange* t_exchange = nullptr;

/// True for codings that cpp-httplib undoes as it reads.
bool CanDecode(const std::string& coding) {
  return coding.empty() || coding == "identity" || coding == "gzip" || coding == "deflate" ||
         coding == "br";
}

/// Writes `response` into cpp-httplib's; compresses the body where asked for.
void Fill(const Exchange& exchange, Response response, httplib::Response& out) {
  out.status = response.status;
  for (const auto& [name, value] : response.headers) out.set_header(name, value);
  if (response.compressible) {
    out.set_header("Vary", "Accept-Encoding");
    const Coding coding = ChooseCoding(exchange.request.Header("accept-encoding"));
    if (auto compressed = Compress(coding, response.body)) {
      response.body = std::move(*compressed);
      out.set_header("Content-Encoding", std::string(CodingName(coding)));
    }
  }
  if (exchange.must_close) out.set_header("Connection", "close");
  out.set_content(response.body, response.content_type);
}

/// One of those that a counter counts.
class Counted {
 public:
  explicit Counted(std::atomic<int>& counter) : counter_(counter) { ++counter_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --counter_; }

 private:
  std::atomic<int>& counter_;
};

}  // namespace

/// cpp-httplib parses requests and writes answers; listening, threads, deadlines and the life of
/// a connection are ours.
class HttpServer::Impl final : public httplib::Server {
 public:
  Impl(ServerOptions options, Service& service, std::optional<TlsContext> tls)
      : options_(std::move(options)), service_(service), tls_(std::move(tls)) {
    new_task_queue = [this] {
      return new WorkerPool({.most = static_cast<std::size_t>(options_.max_connections),
                             .on_end = [this] { Ended(); }});  // httplib owns it
    };
    set_payload_max_length(static_cast<std::size_t>(options_.max_body_bytes));
    set_pre_routing_handler([this](const httplib::Request&, httplib::Response& out) {
      return AnswerHead(out) ? HandlerResponse::Handled : HandlerResponse::Unhandled;
    });
    Post(".*", [this](const httplib::Request&, httplib::Response& out,
                      const httplib::ContentReader& reader) { AnswerBody(reader, out); });
    set_exception_handler([](const httplib::Request&, httplib::Response& out,
                             const std::exception_ptr&) { out.status = 500; });
    set_logger([](const httplib::Request&, const httplib::Response& out) {
      if (t_exchange == nullptr) return;
      t_exchange->outcome.status = out.status;
      t_exchange->outcome.bytes = static_cast<std::int64_t>(out.body.size());
    });
  }

  Status Bind() {
    set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    port_ = options_.port == 0                           ? bind_to_any_port(options_.host)
            : bind_to_port(options_.host, options_.port) ? options_.port
                                                         : -1;
    if (port_ > 0) return KeepListener();
    return {Code::kUnavailable, "cannot listen on " + options_.host + " port " +
                                    std::to_string(options_.port) +
                                    "; is it taken, or not an address of this machine?"};
  }

  ~Impl() override {
    if (listener_ >= 0) ::close(listener_);
    if (svr_sock_ != INVALID_SOCKET) ::close(svr_sock_);
  }

  int port() const { return port_; }
  int connections() const { return connections_; }
  Status Run() {
    listen_after_bind();
    if (!is_lost_) return Status::Ok();
    return {Code::kUnavailable, "the system takes no more connections on port " +
                                    std::to_string(port_) +
                                    " for this process; is it out of memory or files? Start again"};
  }
  void Drain() {
    is_draining_ = true;
    wake_.Raise();
    // Whenever it comes, before cpp-httplib accepts or while it does, accepting ends.
    ::shutdown(listener_, SHUT_RDWR);
  }
  void Abort() const { abort_.Raise(); }

 private:
  /// cpp-httplib closes its descriptor as soon as it cannot accept; ours stays the same socket.
  Status KeepListener() {
    listener_ = ::fcntl(svr_sock_, F_DUPFD_CLOEXEC, 0);
    if (listener_ >= 0) return Status::Ok();
    return {Code::kUnavailable, "out of file descriptors; raise the limit (ulimit -n)"};
  }

  /// Accepting is over, and cpp-httplib has closed its descriptor.
  void Ended() {
    svr_sock_ = INVALID_SOCKET;
    if (is_draining_) return;
    is_lost_ = true;
    if (options_.on_lost) options_.on_lost();
    Drain();
  }

  /// True when the answer is complete without a body of the request.
  bool AnswerHead(httplib::Response& out) {
    Exchange& exchange = *t_exchange;
    exchange.was_admitted = true;
    std::optional<Response> refusal = service_.Admit(exchange.request);
    if (!refusal) refusal = RefusalOf(exchange.request, exchange.head);
    const bool has_body = exchange.head.HasBody();
    if (!has_body && exchange.head.problem.empty()) exchange.WasRead(is_draining_);
    if (has_body && !refusal) return false;
    Fill(exchange, refusal ? std::move(*refusal) : service_.Answer(exchange.request), out);
    return true;
  }

  std::optional<Response> RefusalOf(const Request& request, const Head& head) const {
    const bool is_reading = request.method == "GET" || request.method == "HEAD";
    if (!head.problem.empty()) return service_.Refuse(request, 400, head.problem);
    if (request.target.size() > kMostTargetBytes) {
      return service_.Refuse(request, 414, "the path is too long");
    }
    if (!is_reading && request.method != "POST") {
      Response refusal = service_.Refuse(request, 405, "only GET, HEAD and POST are known here");
      refusal.headers.emplace_back("Allow", "GET, HEAD, POST");
      return refusal;
    }
    if (is_reading && head.HasBody()) {
      return service_.Refuse(request, 400, "a body with " + request.method + " is not read");
    }
    if (IsTooLong(head.content_length)) return TooLarge(request);
    if (!CanDecode(request.Header("content-encoding"))) {
      return service_.Refuse(request, 415, "a body may be coded by gzip, deflate or br");
    }
    return std::nullopt;
  }

  bool IsTooLong(const std::string& length) const {
    constexpr std::size_t kMostDigits = 18;
    const bool is_number = std::all_of(length.begin(), length.end(),
                                       [](unsigned char c) { return std::isdigit(c) != 0; });
    if (length.empty()) return false;
    if (!is_number || length.size() > kMostDigits) return true;
    return std::stoll(length) > options_.max_body_bytes;
  }

  Response TooLarge(const Request& request) const {
    return service_.Refuse(
        request, 413,
        "the body is larger than " + std::to_string(options_.max_body_bytes) + " bytes");
  }

  void AnswerBody(const httplib::ContentReader& reader, httplib::Response& out) {
    Exchange& exchange = *t_exchange;
    std::string& body = exchange.request.body;
    bool is_too_large = false;
    const bool is_complete = reader([&](const char* data, std::size_t size) {
      is_too_large = body.size() + size > static_cast<std::size_t>(options_.max_body_bytes);
      if (!is_too_large) body.append(data, size);
      return !is_too_large;
    });
    if (is_too_large) return Fill(exchange, TooLarge(exchange.request), out);
    if (!is_complete)
      return Fill(exchange, service_.Refuse(exchange.request, 400, "the body cannot be read"), out);
    exchange.WasRead(is_draining_);
    Fill(exchange, service_.Answer(exchange.request), out);
  }

  /// Given the parsed head: copies it, and takes out what cpp-httplib would act on by itself.
  void TakeHead(httplib::Request& in, SocketStream& stream, std::size_t budget) {
    stream.LimitReads(Clock::now() + options_.read_timeout, budget);
    Request& request = t_exchange->request;
    request.method = in.method;
    request.target = in.target;
    request.peer = in.remote_addr;
    for (const auto& [name, value] : in.headers) request.headers.emplace(AsciiLower(name), value);
    for (const char* name : {"Accept-Encoding", "Content-Type", "Expect"}) in.headers.erase(name);
    if (!t_exchange->head.is_chunked) return;
    // Without a length it reads to the end, and that is the body's then.
    in.headers.erase("Transfer-Encoding");
    stream.BeginChunks();
  }

  /// Answers until the connection is to end; true when not all that was sent was read.
  bool Serve(SocketStream& stream) {
    const auto body_budget =
        static_cast<std::size_t>(options_.max_body_bytes) * kChunkOverhead + kMostHeadBytes;
    bool has_unread = false;
    while (stream.AwaitRequest(options_.idle_timeout)) {
      Exchange exchange;
      t_exchange = &exchange;
      const Clock::time_point began = Clock::now();
      stream.LimitReads(began + options_.read_timeout, kMostHeadBytes);
      exchange.head = ReadHead(stream.TakeHead());
      stream.PutBack(exchange.head.text);
      // cpp-httplib gets the head and nothing beyond it until it was parsed.
      stream.LimitReads(began + options_.read_timeout, exchange.head.text.size());
      // The time for writing begins when there is something to write.
      stream.LimitWritesTo(options_.write_timeout);
      bool is_closed = false;
      const bool was_answered =
          process_request(stream, is_draining_, is_closed,
                          [&](httplib::Request& in) { TakeHead(in, stream, body_budget); });
      const bool was_written = stream.Flush() && was_answered;
      t_exchange = nullptr;
      exchange.outcome.took =
          std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
      if (exchange.was_admitted) service_.Done(exchange.request, exchange.outcome);
      has_unread = exchange.has_unread;
      if (!was_written || is_closed || exchange.must_close) break;
    }
    return has_unread;
  }

  bool process_and_close_socket(socket_t socket) override {
    const int flags = ::fcntl(socket, F_GETFL, 0);
    ::fcntl(socket, F_SETFL, flags | O_NONBLOCK);
    auto counted = std::make_unique<Counted>(connections_);
    const int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (WorkerPool::IsRefusing()) {
      static constexpr std::string_view kBusy =
          "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
          "Content-Length: 0\r\n\r\n";
      if (!tls_) ::send(socket, kBusy.data(), kBusy.size(), MSG_NOSIGNAL);
    } else {
      std::unique_ptr<TlsSession> session;
      Result<std::unique_ptr<TlsSession>> made = std::unique_ptr<TlsSession>();
      if (tls_) made = tls_->NewSession(socket);
      if (made.ok()) {
        session = std::move(*made);
        SocketStream stream(socket, wake_.fd(), abort_.fd(), session.get());
        const bool has_unread = Serve(stream);
        // Before the client can see the end: who asks again then is not counted twice.
        counted.reset();
        stream.Close(has_unread);
      }
    }
    ::close(socket);
    return true;
  }

  const ServerOptions options_;
  Service& service_;
  const std::optional<TlsContext> tls_;
  const Signal wake_;
  const Signal abort_;
  std::atomic<bool> is_draining_{false};
  std::atomic<int> connections_{0};
  std::atomic<bool> is_lost_{false};
  int listener_ = -1;
  int port_ = 0;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const ServerOptions& options,
                                                      Service& service) {
  std::optional<TlsContext> tls;
  if (!options.certificate_file.empty() || !options.key_file.empty()) {
    PGATTIC_ASSIGN_OR_RETURN(tls, TlsContext::Load(options.certificate_file, options.key_file));
  }
  auto impl = std::make_unique<Impl>(options, service, std::move(tls));
  PGATTIC_RETURN_IF_ERROR(impl->Bind());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));  // NOLINT: private
}

int HttpServer::port() const { return impl_->port(); }
int HttpServer::connections() const { return impl_->connections(); }
Status HttpServer::Run() { return impl_->Run(); }
void HttpServer::Drain() { impl_->Drain(); }
void HttpServer::Abort() { impl_->Abort(); }

}  // namespace pgattic::http_server
