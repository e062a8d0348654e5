// Browser: Debian's chromium without a screen, driven by the DevTools protocol.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sandbox/subprocess.h"
#include "store/posix_file.h"

namespace pgattic::test {

/// One tab of one browser. Speaks through two named pipes, so nothing listens. What goes wrong
/// fails the test that is running. Not thread-safe; the browser ends with the object.
class Browser {
 public:
  /// `folder` keeps its profile and its pipes; it is there.
  explicit Browser(const std::string& folder);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  void Open(const std::string& url);
  /// What an expression of JavaScript gives; a promise is waited for.
  nlohmann::json Eval(const std::string& script);
  std::string Text(const std::string& script) { return Eval(script).get<std::string>(); }
  /// Returns once the expression is true; a minute at most.
  void Await(const std::string& script);
  /// Presses a key by its DOM name, such as "ArrowLeft", "Tab" or "a".
  void Press(const std::string& key);
  /// Types into what has the focus.
  void Type(const std::string& text);
  /// "light" or "dark".
  void Prefer(const std::string& scheme);
  void Resize(int width, int height);
  /// PNG in base64: the whole page. Kept as `name`.png in the folder of BROWSER_SCREENSHOTS, if
  /// set.
  std::string Screenshot(const std::string& name);
  /// What a screen reader is told: "role: name" of all nodes that are not passed over.
  std::vector<std::string> Spoken();
  /// What the browser said was wrong: exceptions, failed loads, violations of the page's policy.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  nlohmann::json Ask(const std::string& method, nlohmann::json parameters = {});
  nlohmann::json Next();
  void Note(const nlohmann::json& event);

  store::UniqueFd to_;
  store::UniqueFd from_;
  std::unique_ptr<sandbox::Subprocess> process_;
  std::string unread_;
  std::string session_;
  int asked_ = 0;
  std::vector<std::string> complaints_;
};

}  // namespace pgattic::test
