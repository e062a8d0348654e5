#include "tests/support/toxiproxy/toxiproxy.h"

#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/hash.h"
#include "base/op_context.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kStartPatience{30};
constexpr std::chrono::seconds kHealPatience{90};
constexpr milliseconds kReadyPoll{5};
constexpr milliseconds kHealPoll{100};

/// One request to the proxy's HTTP API; returns the body of a 2xx.
/// https://github.com/Shopify/toxiproxy/tree/v2.5.0#http-api
Result<std::string> Ask(std::uint16_t api_port, const std::string& method, const std::string& path,
                        const std::string& body) {
  const Socket socket = ConnectToLoopback(api_port);
  std::string answer;
  if (!socket.is_open() ||
      !socket.SendAll(method + " " + path +
                      " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: pgattic\r\n" +
                      "Connection: close\r\nContent-Type: application/json\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body)) {
    return {Code::kUnavailable, "toxiproxy does not listen"};
  }
  while (socket.Receive(answer)) {
  }
  const std::size_t head = answer.find("\r\n\r\n");
  if (head == answer.npos || answer.rfind("HTTP/1.1 2", 0) != 0) {
    return {Code::kInternal, "toxiproxy: " + method + " " + path + ": " + answer};
  }
  return answer.substr(head + 4);
}

/// Returns the port that the new way listens on. `port` 0: any that is free.
Result<std::uint16_t> MakeProxy(std::uint16_t api_port, const std::string& name, std::uint16_t port,
                                std::uint16_t upstream_port) {
  const json wanted = {{"name", name},
                       {"listen", "127.0.0.1:" + std::to_string(port)},
                       {"upstream", "127.0.0.1:" + std::to_string(upstream_port)},
                       {"enabled", true}};
  PGATTIC_ASSIGN_OR_RETURN(const std::string made,
                           Ask(api_port, "POST", "/proxies", wanted.dump()));
  const std::string listen = json::parse(made, nullptr, false).value("listen", "");
  const int given = std::atoi(listen.substr(listen.rfind(':') + 1).c_str());
  if (given <= 0) return {Code::kInternal, "toxiproxy says no port: " + made};
  return static_cast<std::uint16_t>(given);
}

std::string ProgramPath() {
  const char* chosen = std::getenv("PGATTIC_TOXIPROXY");
  return chosen != nullptr ? chosen : PGATTIC_TEST_TOXIPROXY;
}

}  // namespace

Result<std::unique_ptr<Toxiproxy>> Toxiproxy::Start() {
  const std::string program = ProgramPath();
  if (::access(program.c_str(), X_OK) != 0) {
    return {Code::kFailedPrecondition, program + " is not there; run: tools/fetch_deps.sh test"};
  }
  const std::uint16_t port = FreePort();
  PGATTIC_ASSIGN_OR_RETURN(
      auto process, sandbox::Subprocess::Spawn(
                        {.argv = {program, "-host", "127.0.0.1", "-port", std::to_string(port)}}));
  const OpContext limit = OpContext().WithDeadline(kStartPatience);
  while (!ConnectToLoopback(port).is_open()) {
    if (process->TryWait()) {
      return {Code::kInternal, "toxiproxy ended at its start: " + process->Stderr()};
    }
    PGATTIC_RETURN_IF_ERROR(limit.SleepFor(kReadyPoll));
  }
  return std::unique_ptr<Toxiproxy>(new Toxiproxy(std::move(process), port));
}

Result<std::unique_ptr<ProxiedPort>> Toxiproxy::Before(std::uint16_t upstream_port) const {
  const std::string name = RandomHex(4);
  PGATTIC_ASSIGN_OR_RETURN(const std::uint16_t port, MakeProxy(api_port_, name, 0, upstream_port));
  return std::unique_ptr<ProxiedPort>(new ProxiedPort(api_port_, name, port, upstream_port));
}

Status ProxiedPort::Enable(bool enabled) const {
  // With its port: a proxy that listened on :0 would else come back on another.
  const json wanted = {{"listen", "127.0.0.1:" + std::to_string(port_)}, {"enabled", enabled}};
  return Ask(api_port_, "POST", "/proxies/" + name_, wanted.dump()).status();
}

Status ProxiedPort::Add(const std::string& type, const std::string& stream,
                        const std::string& attribute, std::int64_t value) const {
  const json toxic = {{"name", type + "-" + stream},
                      {"type", type},
                      {"stream", stream},
                      {"attributes", {{attribute, value}}}};
  return Ask(api_port_, "POST", "/proxies/" + name_ + "/toxics", toxic.dump()).status();
}

Status ProxiedPort::Down() const { return Enable(false); }

Status ProxiedPort::Slow(milliseconds latency) const {
  return Add("latency", "downstream", "latency", latency.count());
}

Status ProxiedPort::Narrow(int kilobytes_a_second) const {
  return Add("bandwidth", "downstream", "rate", kilobytes_a_second);
}

Status ProxiedPort::Hang() const { return Add("timeout", "downstream", "timeout", 0); }

Status ProxiedPort::Reset(milliseconds after) const {
  return Add("reset_peer", "downstream", "timeout", after.count());
}

Status ProxiedPort::CutAnswersAfter(std::int64_t bytes) const {
  return Add("limit_data", "downstream", "bytes", bytes);
}

Status ProxiedPort::CutRequestsAfter(std::int64_t bytes) const {
  return Add("limit_data", "upstream", "bytes", bytes);
}

Status ProxiedPort::Heal() const {
  // Taking away a fault waits for the connections in it, and the proxy ends a request that waits
  // for long. What is asked for is a state, so it can be asked for again.
  const OpContext limit = OpContext().WithDeadline(kHealPatience);
  while (true) {
    Status healed = TryHeal();
    if (healed.ok() || !limit.SleepFor(kHealPoll).ok()) return healed;
    // One that nobody reads from waits for ever, unless it ends.
    Enable(false).ok();
  }
}

Status ProxiedPort::LeadTo(std::uint16_t upstream_port) const {
  PGATTIC_RETURN_IF_ERROR(Ask(api_port_, "DELETE", "/proxies/" + name_, "").status());
  const OpContext limit = OpContext().WithDeadline(kHealPatience);
  while (true) {
    // For a moment the port is anybody's.
    Status made = MakeProxy(api_port_, name_, port_, upstream_port).status();
    if (made.ok() || !limit.SleepFor(kHealPoll).ok()) return made;
  }
}

Status ProxiedPort::TryHeal() const {
  PGATTIC_ASSIGN_OR_RETURN(const std::string text,
                           Ask(api_port_, "GET", "/proxies/" + name_ + "/toxics", ""));
  const json toxics = json::parse(text, nullptr, false);
  for (const json& toxic : toxics) {
    const std::string path = "/proxies/" + name_ + "/toxics/" + toxic.value("name", "");
    PGATTIC_RETURN_IF_ERROR(Ask(api_port_, "DELETE", path, "").status());
  }
  return Enable(true);
}

}  // namespace pgattic::test
