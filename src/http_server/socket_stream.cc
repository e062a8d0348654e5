#include "http_server/socket_stream.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace pgattic::http_server {
namespace {

using std::chrono::milliseconds;

/// What is read and thrown away after the last answer: enough for a client that sends its body
/// before it looks, little enough for one that never ends.
constexpr std::size_t kMostDiscarded = 8U << 20U;
constexpr milliseconds kLongestGoodbye{2'000};
constexpr std::size_t kReadAhead = 8U << 10U;
constexpr std::size_t kMostHeldBack = 32U << 10U;

int PollTimeout(SocketStream::Clock::time_point deadline) {
  if (deadline == SocketStream::Clock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(deadline - SocketStream::Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

void NameAddress(int (*get_name)(int, sockaddr*, socklen_t*), int fd, std::string& ip, int& port) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> service{};
  auto* raw = reinterpret_cast<sockaddr*>(&address);  // NOLINT: the socket API's way
  ip.clear();
  port = 0;
  if (get_name(fd, raw, &length) != 0) return;
  if (getnameinfo(raw, length, host.data(), host.size(), service.data(), service.size(),
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return;
  }
  ip = host.data();
  port = std::atoi(service.data());  // NOLINT: getnameinfo wrote a number
}

}  // namespace

bool SocketStream::Wait(short events, Clock::time_point deadline) const {
  // Who still shakes hands has asked for nothing: the connection is as good as idle.
  const bool is_idle = tls_ != nullptr && tls_->IsShakingHands();
  const int end_fd = is_idle ? wake_fd_ : abort_fd_;
  std::array<pollfd, 2> polled = {pollfd{fd_, events, 0}, pollfd{end_fd, POLLIN, 0}};
  for (;;) {
    const int ready = ::poll(polled.data(), polled.size(), PollTimeout(deadline));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0 && polled[1].revents == 0;
  }
}

bool SocketStream::AwaitRequest(milliseconds timeout) {
  if (ahead_taken_ < ahead_.size() || (tls_ != nullptr && tls_->HasPending())) return true;
  const Clock::time_point deadline = Clock::now() + timeout;
  std::array<pollfd, 3> polled = {pollfd{fd_, POLLIN, 0}, pollfd{wake_fd_, POLLIN, 0},
                                  pollfd{abort_fd_, POLLIN, 0}};
  for (;;) {
    const int ready = ::poll(polled.data(), polled.size(), PollTimeout(deadline));
    if (ready < 0 && errno == EINTR) continue;
    // A request that is here already is answered even when idle connections are to end.
    return ready > 0 && polled[2].revents == 0 && (polled[0].revents & POLLIN) != 0;
  }
}

void SocketStream::LimitReads(Clock::time_point deadline, std::size_t budget) {
  read_deadline_ = deadline;
  read_budget_ = budget;
}

std::string SocketStream::TakeHead() {
  chunks_.reset();
  std::string head;
  char byte = 0;
  while (!head.ends_with("\n\r\n") && !head.ends_with("\n\n") && read(&byte, 1) > 0) head += byte;
  return head;
}

void SocketStream::PutBack(const std::string& bytes) {
  ahead_.replace(0, ahead_taken_, bytes);
  ahead_taken_ = 0;
}

ssize_t SocketStream::Transfer(bool is_read, char* ptr, std::size_t size,
                               Clock::time_point deadline) {
  for (;;) {
    ssize_t moved = 0;
    TlsWant want = TlsWant::kNothing;
    if (tls_ != nullptr) {
      want = is_read ? tls_->Read(ptr, size, moved) : tls_->Write(ptr, size, moved);
    } else {
      moved = is_read ? ::recv(fd_, ptr, size, 0) : ::send(fd_, ptr, size, MSG_NOSIGNAL);
      if (moved < 0 && errno == EINTR) continue;
      if (moved < 0) {
        const bool would_block = errno == EAGAIN;
        want = !would_block ? TlsWant::kFailed : is_read ? TlsWant::kRead : TlsWant::kWrite;
      }
    }
    if (want == TlsWant::kNothing) return moved;
    if (want == TlsWant::kFailed) return -1;
    if (!Wait(want == TlsWant::kRead ? POLLIN : POLLOUT, deadline)) return -1;
  }
}

void SocketStream::BeginChunks() {
  chunks_.emplace([this](char* ptr, std::size_t size) { return ReadBytes(ptr, size); });
}

ssize_t SocketStream::read(char* ptr, size_t size) {
  return chunks_ ? chunks_->Read(ptr, size) : ReadBytes(ptr, size);
}

ssize_t SocketStream::ReadBytes(char* ptr, std::size_t size) {
  size = std::min(size, read_budget_);
  if (size == 0) return -1;
  if (ahead_taken_ == ahead_.size()) {
    ahead_.resize(kReadAhead);
    const ssize_t moved = Transfer(true, ahead_.data(), ahead_.size(), read_deadline_);
    ahead_.resize(moved > 0 ? static_cast<std::size_t>(moved) : 0);
    ahead_taken_ = 0;
    if (moved <= 0) return moved;
  }
  const std::size_t taken = ahead_.copy(ptr, size, ahead_taken_);
  ahead_taken_ += taken;
  read_budget_ -= taken;
  return static_cast<ssize_t>(taken);
}

void SocketStream::LimitWritesTo(milliseconds timeout) {
  write_timeout_ = timeout;
  write_deadline_.reset();
}

ssize_t SocketStream::write(const char* ptr, size_t size) {
  if (is_cut_off_) return -1;
  if (held_back_.size() + size <= kMostHeldBack) {
    held_back_.append(ptr, size);
    return static_cast<ssize_t>(size);
  }
  return Flush() ? Send(ptr, size) : -1;
}

bool SocketStream::Flush() {
  for (std::size_t sent = 0; sent < held_back_.size() && !is_cut_off_;) {
    const ssize_t moved = Send(held_back_.data() + sent, held_back_.size() - sent);
    is_cut_off_ = moved <= 0;
    if (!is_cut_off_) sent += static_cast<std::size_t>(moved);
  }
  held_back_.clear();
  return !is_cut_off_;
}

ssize_t SocketStream::Send(const char* ptr, std::size_t size) {
  if (!write_deadline_) write_deadline_ = Clock::now() + write_timeout_;
  // Transfer only reads from it: SSL_write and send take const bytes.
  return Transfer(false, const_cast<char*>(ptr), size, *write_deadline_);  // NOLINT
}

void SocketStream::Close(bool has_unread) {
  if (tls_ != nullptr) tls_->Close();
  ::shutdown(fd_, SHUT_WR);
  if (!has_unread) return;
  LimitReads(Clock::now() + kLongestGoodbye, kMostDiscarded);
  tls_ = nullptr;  // What still comes is ciphertext that nobody needs.
  std::array<char, 16384> discarded{};
  while (ReadBytes(discarded.data(), discarded.size()) > 0) {
  }
}

void SocketStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  if (remote_ip_.empty()) NameAddress(::getpeername, fd_, remote_ip_, remote_port_);
  ip = remote_ip_;
  port = remote_port_;
}

void SocketStream::get_local_ip_and_port(std::string& ip, int& port) const {
  if (local_ip_.empty()) NameAddress(::getsockname, fd_, local_ip_, local_port_);
  ip = local_ip_;
  port = local_port_;
}

}  // namespace pgattic::http_server
