// Signal: wakes whoever polls.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"

namespace pgattic::http_server {

/// Owns an eventfd: readable, for every reader, once it was raised.
class Signal {
 public:
  Signal() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    PGATTIC_CHECK(fd_ >= 0, "eventfd: out of file descriptors");
  }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() { ::close(fd_); }
  int fd() const { return fd_; }
  void Raise() const { ::eventfd_write(fd_, 1); }

 private:
  int fd_;
};

}  // namespace pgattic::http_server
