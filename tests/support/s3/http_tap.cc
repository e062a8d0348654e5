#include "tests/support/s3/http_tap.h"

#include <strings.h>
#include <sys/socket.h>

#include <cstdlib>

namespace pgattic::test {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

// Reads one request; false when the client went away before its end.
bool ReadRequest(const Socket& client, TapRequest& request) {
  std::string bytes;
  std::size_t end = std::string::npos;
  while ((end = bytes.find(kEndOfHead)) == std::string::npos) {
    if (!client.Receive(bytes)) return false;
  }
  request.head = bytes.substr(0, end + 2);
  const std::size_t first_blank = request.head.find(' ');
  request.method = request.head.substr(0, first_blank);
  request.target = request.head.substr(first_blank + 1,
                                       request.head.find(' ', first_blank + 1) - first_blank - 1);
  const std::size_t length = std::strtoull(request.Header("content-length").c_str(), nullptr, 10);
  bytes.erase(0, end + kEndOfHead.size());
  bytes.reserve(length);
  while (bytes.size() < length) {
    if (!client.Receive(bytes)) return false;
  }
  request.body = std::move(bytes);
  return true;
}

}  // namespace

std::string TapRequest::Header(const std::string& name) const {
  std::size_t at = 0;
  while ((at = head.find("\r\n", at)) != std::string::npos && at + 2 < head.size()) {
    at += 2;
    if (::strncasecmp(head.c_str() + at, (name + ":").c_str(), name.size() + 1) != 0) continue;
    const std::size_t value = head.find_first_not_of(' ', at + name.size() + 1);
    return head.substr(value, head.find("\r\n", at) - value);
  }
  return "";
}

TapAction TapAction::Reply(const std::string& status_line, const std::string& body,
                           const std::string& headers) {
  return {Kind::kReply, "HTTP/1.1 " + status_line +
                            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                            headers + "Connection: close\r\n\r\n" + body};
}

HttpTap::HttpTap(std::uint16_t upstream_port)
    : upstream_port_(upstream_port), listener_(ListenOnLoopback(port_)) {
  acceptor_ = std::jthread([this] { AcceptAll(); });
}

HttpTap::~HttpTap() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (const Socket& client : clients_) client.Shutdown();
  }
  listener_.Shutdown();
  acceptor_.join();
  servers_.clear();
}

void HttpTap::SetHook(Hook hook) {
  const std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}

void HttpTap::SetReplyHook(ReplyHook hook) {
  const std::lock_guard lock(mutex_);
  reply_hook_ = std::move(hook);
}

std::vector<TapRecord> HttpTap::TakeRecords() {
  const std::lock_guard lock(mutex_);
  return std::exchange(records_, {});
}

void HttpTap::AcceptAll() {
  for (;;) {
    Socket client(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.is_open()) return;
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    clients_.push_back(std::move(client));
    servers_.emplace_back([this, at = std::prev(clients_.end())] {
      Serve(*at);
      const std::lock_guard erase_lock(mutex_);
      if (!is_stopping_) clients_.erase(at);
    });
  }
}

void HttpTap::Serve(const Socket& client) {
  TapRequest request;
  if (!ReadRequest(client, request)) return;
  const std::string answer = Answer(client, request);
  TapRecord record{request.method, request.target, 0, 0};
  const std::size_t head_end = answer.find(kEndOfHead);
  if (head_end != std::string::npos) {
    record.status = std::atoi(answer.substr(answer.find(' ') + 1, 3).c_str());
    record.body_bytes = static_cast<std::int64_t>(answer.size() - head_end - kEndOfHead.size());
  }
  {
    // Before the client can know of the answer, so that a test finds it in the records.
    const std::lock_guard lock(mutex_);
    records_.push_back(std::move(record));
  }
  client.SendAll(answer);
  client.Shutdown();
}

// Returns what goes back to the client; nothing when it is to see the connection end.
std::string HttpTap::Answer(const Socket& client, const TapRequest& request) {
  TapAction action;
  ReplyHook reply_hook;
  {
    const std::lock_guard lock(mutex_);
    if (hook_) action = hook_(request);
    reply_hook = reply_hook_;
  }
  std::string ignored;
  switch (action.kind) {
    case TapAction::Kind::kForward:
      return reply_hook ? reply_hook(request, Forward(request)) : Forward(request);
    case TapAction::Kind::kReply:
      return action.reply;
    case TapAction::Kind::kDropBefore:
      return "";
    case TapAction::Kind::kDropAfter:
      Forward(request);
      return "";
    case TapAction::Kind::kHang:
      while (client.Receive(ignored)) continue;
      return "";
  }
  return "";
}

// One connection per request, so that the answer ends where the connection does.
std::string HttpTap::Forward(const TapRequest& request) const {
  const Socket upstream = ConnectToLoopback(upstream_port_);
  std::string answer;
  if (!upstream.is_open() || !upstream.SendAll(request.head) ||
      !upstream.SendAll("Connection: close\r\n\r\n") || !upstream.SendAll(request.body)) {
    return answer;
  }
  while (upstream.Receive(answer)) continue;
  return answer;
}

}  // namespace pgattic::test
