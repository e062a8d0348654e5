// Toxiproxy: a real proxy (github.com/Shopify/toxiproxy) before a server of a test, which makes
// its connections slow, silent, cut short or refused.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "sandbox/subprocess.h"

namespace pgattic::test {

/// One upstream port and the port that leads to it. Every fault applies to connections that are
/// open and to new ones, until Heal(). Thread-safe. The Toxiproxy outlives it.
class ProxiedPort {
 public:
  ~ProxiedPort() = default;
  ProxiedPort(const ProxiedPort&) = delete;
  ProxiedPort& operator=(const ProxiedPort&) = delete;

  /// The port of 127.0.0.1 to connect to instead of the upstream's.
  std::uint16_t port() const { return port_; }
  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// Connections are closed, and refused from now on: the server is down.
  Status Down() const;
  /// Every answer comes so much later, as over a long way: one delay a round trip.
  Status Slow(std::chrono::milliseconds latency) const;
  /// Answers come at so many kB a second.
  Status Narrow(int kilobytes_a_second) const;
  /// Nothing comes back, and no connection ends: the server hangs.
  Status Hang() const;
  /// Connections are reset (RST) this long after they were made.
  Status Reset(std::chrono::milliseconds after = std::chrono::milliseconds(0)) const;
  /// Each connection ends once so many bytes came back: half a body.
  Status CutAnswersAfter(std::int64_t bytes) const;
  /// Each connection ends once so many bytes were sent to the server: half an upload.
  Status CutRequestsAfter(std::int64_t bytes) const;
  /// Takes every fault away. Connections that a fault has stopped may stay so.
  Status Heal() const;
  /// The same, but every connection ends: one that its client left in the middle of a slow answer
  /// can hold up Heal() for ever.
  Status HealAfresh() const { return LeadTo(upstream_port_); }
  /// Ends every connection and takes every fault away; new connections lead to another port, until
  /// HealAfresh().
  Status LeadTo(std::uint16_t upstream_port) const;

 private:
  friend class Toxiproxy;
  ProxiedPort(std::uint16_t api_port, std::string name, std::uint16_t port,
              std::uint16_t upstream_port)
      : api_port_(api_port), name_(std::move(name)), port_(port), upstream_port_(upstream_port) {}
  Status Enable(bool enabled) const;
  Status TryHeal() const;
  Status Add(const std::string& type, const std::string& stream, const std::string& attribute,
             std::int64_t value) const;

  const std::uint16_t api_port_;
  const std::string name_;
  const std::uint16_t port_;
  const std::uint16_t upstream_port_;
};

/// Runs the proxy as a child process, which ends with this object, also when the test program
/// dies. Start() it in a thread that outlives it. The program is $PGATTIC_TOXIPROXY, else
/// third_party/bin/toxiproxy-server (tools/fetch_deps.sh test).
class Toxiproxy {
 public:
  static Result<std::unique_ptr<Toxiproxy>> Start();
  Toxiproxy(const Toxiproxy&) = delete;
  Toxiproxy& operator=(const Toxiproxy&) = delete;
  ~Toxiproxy() = default;

  /// Returns a new way to `upstream_port` of 127.0.0.1, without faults. Nobody needs to listen
  /// there yet.
  Result<std::unique_ptr<ProxiedPort>> Before(std::uint16_t upstream_port) const;

 private:
  Toxiproxy(std::unique_ptr<sandbox::Subprocess> process, std::uint16_t api_port)
      : process_(std::move(process)), api_port_(api_port) {}

  const std::unique_ptr<sandbox::Subprocess> process_;
  const std::uint16_t api_port_;
};

}  // namespace pgattic::test
