// What query and report share: an engine, limits, and what is told beside the answer.
#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "answer_output.h"
#include "app.h"
#include "engine/query_engine.h"

namespace pgattic::app {

/// Limits of a statement, checked.
struct AskLimits {
  std::optional<std::int64_t> max_bytes;
  std::optional<std::chrono::milliseconds> timeout;

  /// InvalidArgument names the flag.
  static Result<AskLimits> Of(const AskArguments& arguments);
};

/// What may be half an answer where the program ends at once. A plain value.
struct Unfinished {
  std::vector<std::string> files;           ///< Are removed.
  const AnswerOutput* on_stdout = nullptr;  ///< Nothing is added to what it wrote.
};

/// Runs `query` with the engine that was asked for, notes and progress on standard error. Where
/// that does not end soon after its time-out or a signal, ends the program with that error.
Result<engine::QueryCost> Ask(const Invocation& invocation, const AskArguments& arguments,
                              engine::Query query, engine::AnswerSink& sink,
                              const Unfinished& unfinished = {});

/// Prints the error as Report does, but on standard error alone where part of an answer is on
/// standard output already (`output` may be null): nothing is added to that. Returns the exit code.
int ReportEnd(const Status& why, bool json, const AnswerOutput* output);

/// Tells rows, time and bytes on standard error.
void TellCost(const std::string& engine, const engine::QueryCost& cost);

/// A file that is there once it is whole: written under another name beside it. The destructor
/// removes what was not kept. Not thread-safe.
class WholeFile {
 public:
  /// `path` empty: standard output.
  explicit WholeFile(std::string path) : path_(std::move(path)) {}
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  /// Opens it for writing. FailedPrecondition where it cannot be made.
  Status Open();
  std::FILE* file() const { return file_; }
  /// The name under which it is written. REQUIRES: a path.
  std::string working_path() const { return path_ + ".part"; }
  /// Ends the writing, and gives the file its name.
  Status Keep();

 private:
  std::string path_;
  std::FILE* file_ = nullptr;
  bool is_kept_ = false;
};

}  // namespace pgattic::app
