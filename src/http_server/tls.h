// TLS of accepted connections, by OpenSSL.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"

namespace pgattic::http_server {

/// What a call on a session that does not block needs next.
enum class TlsWant { kNothing, kRead, kWrite, kFailed };

/// One connection's session. Used by one thread.
class TlsSession {
 public:
  struct Impl;
  explicit TlsSession(std::unique_ptr<Impl> impl);
  ~TlsSession();

  /// Each goes on with the handshake first, where there is need. Sets `moved` to how much was read
  /// or written; 0 at the end of the stream.
  TlsWant Read(char* ptr, std::size_t size, ssize_t& moved);
  TlsWant Write(const char* ptr, std::size_t size, ssize_t& moved);
  /// True when bytes are decrypted and not yet read.
  bool HasPending() const;
  bool IsShakingHands() const;
  /// Says goodbye; does not wait for the other side's.
  void Close();

 private:
  std::unique_ptr<Impl> impl_;
};

/// Certificate and key. Thread-safe.
class TlsContext {
 public:
  struct Impl;
  explicit TlsContext(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  /// Reads PEM files, the certificate with its chain. TLS 1.2 and later. InvalidArgument when
  /// they cannot be read or do not belong together.
  static Result<TlsContext> Load(const std::string& certificate_file, const std::string& key_file);
  /// Returns a session on an accepted, non-blocking socket; ResourceExhausted without memory.
  Result<std::unique_ptr<TlsSession>> NewSession(int fd) const;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace pgattic::http_server
