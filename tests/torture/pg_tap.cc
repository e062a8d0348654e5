#include "tests/torture/pg_tap.h"

#include <sys/socket.h>

#include <string>

namespace pgattic::torture {
namespace {

// Length words count themselves (PostgreSQL documentation, Message Formats).
constexpr std::size_t kLengthBytes = 4;

std::size_t LengthAt(const std::string& bytes, std::size_t at) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length = length << 8U | static_cast<unsigned char>(bytes[at + i]);
  }
  return length;
}

/// Takes the first whole message off `bytes`; "" while there is none. The first message of a
/// session has no type byte.
std::string TakeMessage(std::string& bytes, bool is_first) {
  const std::size_t head = is_first ? 0 : 1;
  if (bytes.size() < head + kLengthBytes) return "";
  const std::size_t size = head + LengthAt(bytes, head);
  if (bytes.size() < size) return "";
  std::string message = bytes.substr(0, size);
  bytes.erase(0, size);
  return message;
}

/// Query, or Parse of the statement without a name.
bool IsCommit(const std::string& message) {
  const std::string body = message.substr(std::min<std::size_t>(5, message.size()));
  if (message[0] == 'Q') return body.starts_with("COMMIT");
  return message[0] == 'P' && body.starts_with(std::string("\0COMMIT", 7));
}

}  // namespace

PgTap::PgTap(int server_port)
    : server_port_(server_port), listener_(test::ListenOnLoopback(port_)) {
  acceptor_ = std::jthread([this] { AcceptAll(); });
}

PgTap::~PgTap() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (const Session& session : sessions_) {
      session.client.Shutdown();
      session.server.Shutdown();
    }
  }
  listener_.Shutdown();
  acceptor_.join();
}

void PgTap::LoseReplyToCommit(int n) {
  commits_ = 0;
  lost_ = false;
  lose_at_ = n;
}

void PgTap::AcceptAll() {
  while (true) {
    test::Socket client(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.is_open()) return;
    test::Socket server = test::ConnectToLoopback(static_cast<std::uint16_t>(server_port_));
    if (!server.is_open()) continue;
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    Session& session = sessions_.emplace_back();
    session.client = std::move(client);
    session.server = std::move(server);
    session.up = std::jthread([this, &session] { PassUp(session); });
    session.down = std::jthread([this, &session] { PassDown(session); });
  }
}

bool PgTap::Meets(const std::string& message) {
  return IsCommit(message) && ++commits_ == lose_at_;
}

void PgTap::PassUp(Session& session) {
  std::string bytes;
  bool is_first = true;
  while (session.client.Receive(bytes)) {
    while (true) {
      const std::string message = TakeMessage(bytes, is_first);
      if (message.empty()) break;
      if (!is_first && Meets(message)) session.loses = true;
      is_first = false;
      if (!session.server.SendAll(message)) break;
    }
  }
  session.server.Shutdown();
}

void PgTap::PassDown(Session& session) {
  static const std::string kReady("Z\0\0\0\5I", 6);
  std::string bytes;
  while (session.server.Receive(bytes)) {
    if (!session.loses) {
      session.client.SendAll(bytes);
      bytes.clear();
    } else if (bytes.find(kReady) != bytes.npos) {
      lost_ = true;
      break;
    }
  }
  session.client.Shutdown();
  session.server.Shutdown();
}

}  // namespace pgattic::torture
