#include "browser.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <map>

#include "base/check.h"

namespace pgattic::test {
namespace {

using nlohmann::json;

constexpr std::chrono::minutes kPatience{2};

/// Open for both ways: neither end waits for the other, nor sees it go.
store::UniqueFd MakePipe(const std::string& path) {
  PGATTIC_CHECK(mkfifo(path.c_str(), 0600) == 0, path);
  return store::UniqueFd(open(path.c_str(), O_RDWR | O_CLOEXEC));
}

std::unique_ptr<sandbox::Subprocess> Start(const std::string& folder) {
  sandbox::SubprocessOptions options;
  // --remote-debugging-pipe: it reads from 3 and writes to 4.
  options.argv = {"sh",
                  "-c",
                  R"(exec "$@" 3<"$HOME/to" 4>"$HOME/from")",
                  "sh",
                  "chromium",
                  "--headless",
                  "--no-sandbox",
                  "--disable-gpu",
                  "--disable-dev-shm-usage",
                  "--no-first-run",
                  "--hide-scrollbars",
                  "--remote-debugging-pipe",
                  "--user-data-dir=" + folder + "/profile",
                  "about:blank"};
  options.env = {{"HOME", folder}};
  auto begun = sandbox::Subprocess::Spawn(options);
  PGATTIC_CHECK(begun.ok(), begun.error().ToString());
  return std::move(*begun);
}

std::string FromBase64(const std::string& text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  bytes.resize(static_cast<std::size_t>(std::max(size, 0)));
  return bytes;
}

}  // namespace

Browser::Browser(const std::string& folder)
    : to_(MakePipe(folder + "/to")), from_(MakePipe(folder + "/from")), process_(Start(folder)) {
  const json target = Ask("Target.createTarget", {{"url", "about:blank"}});
  session_ =
      Ask("Target.attachToTarget", {{"targetId", target.value("targetId", "")}, {"flatten", true}})
          .value("sessionId", "");
  for (const char* domain : {"Page.enable", "Runtime.enable", "Log.enable"}) Ask(domain);
  Resize(1100, 1500);
}

Browser::~Browser() {
  session_.clear();
  Ask("Browser.close");
  static_cast<void>(process_->Wait(OpContext().WithDeadline(kPatience)).ok());
}

json Browser::Next() {
  const OpContext limit = OpContext().WithDeadline(kPatience);
  std::size_t end = 0;
  while ((end = unread_.find('\0')) == unread_.npos) {
    if (!limit.Check().ok() || process_->TryWait()) {
      ADD_FAILURE() << "the browser does not answer: " << process_->Stderr();
      return nullptr;
    }
    pollfd waiting{from_.get(), POLLIN, 0};
    if (poll(&waiting, 1, 100) <= 0) continue;
    std::array<char, 65536> bytes;
    const ssize_t got = read(from_.get(), bytes.data(), bytes.size());
    if (got > 0) unread_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  json message = json::parse(unread_.substr(0, end), nullptr, false);
  unread_.erase(0, end + 1);
  return message;
}

void Browser::Note(const json& event) {
  const std::string method = event.value("method", "");
  const json& parameters = event.value("params", json::object());
  if (method == "Runtime.exceptionThrown") complaints_.push_back(parameters.dump());
  if (method == "Log.entryAdded" && parameters["entry"]["level"] == "error") {
    complaints_.push_back(parameters["entry"].dump());
  }
}

json Browser::Ask(const std::string& method, json parameters) {
  json question = {{"id", ++asked_}, {"method", method}};
  if (!parameters.is_null()) question["params"] = std::move(parameters);
  if (!session_.empty()) question["sessionId"] = session_;
  std::string bytes = question.dump() + '\0';
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t some = write(to_.get(), bytes.data() + sent, bytes.size() - sent);
    if (some <= 0) break;
    sent += static_cast<std::size_t>(some);
  }
  for (;;) {
    const json answer = Next();
    if (answer.is_null()) return json::object();
    if (answer.value("id", 0) == asked_) {
      EXPECT_FALSE(answer.contains("error")) << method << ": " << answer.dump();
      return answer.value("result", json::object());
    }
    Note(answer);
  }
}

void Browser::Open(const std::string& url) {
  Ask("Page.navigate", {{"url", url}});
  Await("document.readyState === 'complete'");
}

json Browser::Eval(const std::string& script) {
  const json answer =
      Ask("Runtime.evaluate",
          {{"expression", script}, {"awaitPromise", true}, {"returnByValue", true}});
  EXPECT_FALSE(answer.contains("exceptionDetails")) << script << ": " << answer.dump();
  return answer.value("result", json::object()).value("value", json());
}

void Browser::Await(const std::string& script) {
  const json came = Eval(
      "new Promise((tell) => { const began = Date.now(); const look = () => { if (" + script +
      ") tell(true); else if (Date.now() - began > 60000) tell(false); else setTimeout(look, 20); "
      "}; look(); })");
  EXPECT_EQ(came, true) << script << " is not so: " << Text("document.body.innerText");
}

void Browser::Press(const std::string& key) {
  static const std::map<std::string, int> kCodes = {{"Tab", 9},         {"Enter", 13},
                                                    {"ArrowLeft", 37},  {"ArrowUp", 38},
                                                    {"ArrowRight", 39}, {"ArrowDown", 40}};
  json event = {
      {"type", "keyDown"}, {"key", key}, {"code", key}, {"windowsVirtualKeyCode", kCodes.at(key)}};
  if (key == "Enter") event["text"] = "\r";
  Ask("Input.dispatchKeyEvent", event);
  event["type"] = "keyUp";
  event.erase("text");
  Ask("Input.dispatchKeyEvent", event);
}

void Browser::Type(const std::string& text) { Ask("Input.insertText", {{"text", text}}); }

void Browser::Prefer(const std::string& scheme) {
  Ask("Emulation.setEmulatedMedia",
      {{"features", json::array({{{"name", "prefers-color-scheme"}, {"value", scheme}},
                                 {{"name", "prefers-reduced-motion"}, {"value", "reduce"}}})}});
}

void Browser::Resize(int width, int height) {
  Ask("Emulation.setDeviceMetricsOverride",
      {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", false}});
}

std::string Browser::Screenshot(const std::string& name) {
  const json size = Ask("Page.getLayoutMetrics").value("cssContentSize", json::object());
  const json shot = Ask("Page.captureScreenshot", {{"format", "png"},
                                                   {"captureBeyondViewport", true},
                                                   {"clip",
                                                    {{"x", 0},
                                                     {"y", 0},
                                                     {"width", size.value("width", 1.0)},
                                                     {"height", size.value("height", 1.0)},
                                                     {"scale", 1}}}});
  std::string base64 = shot.value("data", "");
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  if (const char* folder = std::getenv("BROWSER_SCREENSHOTS")) {
    std::ofstream(std::string(folder) + "/" + name + ".png", std::ios::binary)
        << FromBase64(base64);
  }
  return base64;
}

std::vector<std::string> Browser::Spoken() {
  std::vector<std::string> all;
  for (const json& node : Ask("Accessibility.getFullAXTree").value("nodes", json::array())) {
    if (node.value("ignored", false)) continue;
    const auto value = [&](const char* field) {
      const json inner = node.value(field, json::object()).value("value", json(""));
      return inner.is_string() ? inner.get<std::string>() : inner.dump();
    };
    all.push_back(value("role") + ": " + value("name"));
  }
  return all;
}

}  // namespace pgattic::test
