#include "asking.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "analytics/temporary_folder.h"
#include "last_resort.h"
#include "service/engines.h"
#include "service/units.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

constexpr std::chrono::milliseconds kBetweenLines{100};
// DuckDB hears of an end within milliseconds, or not at all; another engine is told by HTTP.
constexpr std::chrono::milliseconds kDuckDbPatience{500};
constexpr std::chrono::milliseconds kPatience{4000};

/// Passes an answer on and shows how far the engine is, where somebody watches.
class WatchedSink final : public engine::AnswerSink {
 public:
  explicit WatchedSink(engine::AnswerSink& inner) : inner_(inner), is_shown_(isatty(2) == 1) {}
  ~WatchedSink() override { Clear(); }
  Status Columns(const std::vector<engine::AnswerColumn>& columns) override {
    Clear();
    return inner_.Columns(columns);
  }
  Status Row(std::span<const engine::AnswerValue> values) override { return inner_.Row(values); }
  void Progress(double percent, std::int64_t bytes) override {
    const auto now = std::chrono::steady_clock::now();
    if (!is_shown_ || percent < 0 || now - drawn_at_ < kBetweenLines) return;
    drawn_at_ = now;
    has_drawn_ = true;
    const std::string read = bytes > 0 ? ", " + HumanBytes(bytes) + " read" : "";
    std::fprintf(stderr, "\r\x1b[K%3.0f %%%s", percent, read.c_str());
  }

 private:
  void Clear() {
    if (has_drawn_) std::fputs("\r\x1b[K", stderr);
    has_drawn_ = false;
  }
  engine::AnswerSink& inner_;
  const bool is_shown_;
  bool has_drawn_ = false;
  std::chrono::steady_clock::time_point drawn_at_;
};

/// True where writing to standard error does not wait for a reader.
bool StderrTakesMore() {
  pollfd out = {STDERR_FILENO, POLLOUT, 0};
  return poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0;
}

/// Ends the program as if the engine had heard of it: says why, leaves no file behind.
[[noreturn]] void EndAtOnce(const Status& why, bool json, const Unfinished& unfinished) {
  for (const std::string& file : unfinished.files) {
    std::error_code ignored;
    std::filesystem::remove_all(file, ignored);
  }
  // Whoever hangs may hang in writing to a pipe.
  if (ftrylockfile(stdout) != 0) {
    if (StderrTakesMore()) ReportEnd(why, json, unfinished.on_stdout);
    _exit(TraitsOf(why.code()).exit_code);
  }
  const int code = ReportEnd(why, json, unfinished.on_stdout);
  static_cast<void>(std::fflush(stdout));
  _exit(code);
}

}  // namespace

Result<AskLimits> AskLimits::Of(const AskArguments& arguments) {
  AskLimits limits;
  if (!arguments.max_bytes.empty()) {
    Result<std::int64_t> bytes = service::ParseSize(arguments.max_bytes);
    if (!bytes.ok()) return std::move(bytes).status().While("reading --max-bytes");
    limits.max_bytes = *bytes;
  }
  if (!arguments.timeout.empty()) {
    Result<std::chrono::milliseconds> timeout = service::ParseDuration(arguments.timeout);
    if (!timeout.ok()) return std::move(timeout).status().While("reading --timeout");
    if (timeout->count() == 0) {
      return {Code::kInvalidArgument, "--timeout 0 leaves no time; leave it out for no limit"};
    }
    limits.timeout = *timeout;
  }
  return limits;
}

Result<engine::QueryCost> Ask(const Invocation& invocation, const AskArguments& arguments,
                              engine::Query query, engine::AnswerSink& sink,
                              const Unfinished& unfinished) {
  PGATTIC_ASSIGN_OR_RETURN(const AskLimits limits, AskLimits::Of(arguments));
  query.max_bytes = limits.max_bytes;
  const OpContext ctx =
      limits.timeout ? invocation.ctx.WithDeadline(*limits.timeout) : invocation.ctx;
  const service::EngineRequest request = {
      arguments.engine,
      [](const std::string& note) { std::fprintf(stderr, "pgattic: note: %s\n", note.c_str()); }};
  service::Config config = invocation.config;
  Unfinished half = unfinished;
  std::unique_ptr<analytics::TemporaryFolder> scratch;
  const bool is_here = arguments.engine == "duckdb";
  if (is_here) {
    PGATTIC_ASSIGN_OR_RETURN(scratch,
                             analytics::TemporaryFolder::Make(config.duckdb.scratch_folder));
    config.duckdb.scratch_folder = scratch->path();
    half.files.push_back(scratch->path());
  }
  PGATTIC_ASSIGN_OR_RETURN(const auto engine, service::OpenEngine(ctx, config, request));
  WatchedSink watched(sink);
  const LastResort last(ctx, is_here ? kDuckDbPatience : kPatience,
                        [&](const Status& why) { EndAtOnce(why, invocation.json, half); });
  return engine->Run(ctx, query, watched);
}

int ReportEnd(const Status& why, bool json, const AnswerOutput* output) {
  if (output == nullptr || !output->has_begun()) return Report(why, json);
  Status cut = why.Clone();
  return Report(std::move(cut).While("writing the answer, of which standard output has a part"),
                false);
}

void TellCost(const std::string& engine, const engine::QueryCost& cost) {
  const std::string bytes =
      cost.bytes_scanned ? ", " + HumanBytes(*cost.bytes_scanned) + " scanned" : "";
  std::fprintf(stderr, "%s row%s in %.2f s%s by %s\n", HumanCount(cost.rows).c_str(),
               cost.rows == 1 ? "" : "s", static_cast<double>(cost.elapsed.count()) / 1000,
               bytes.c_str(), engine.c_str());
}

Status WholeFile::Open() {
  if (path_.empty()) {
    file_ = stdout;
    return Status::Ok();
  }
  file_ = std::fopen(working_path().c_str(), "wb");
  if (file_ != nullptr) return Status::Ok();
  return {Code::kFailedPrecondition,
          "cannot write " + working_path() + ": " + std::generic_category().message(errno)};
}

Status WholeFile::Keep() {
  bool is_good = std::fflush(file_) == 0;
  if (!path_.empty()) {
    is_good = std::fclose(file_) == 0 && is_good;
    file_ = nullptr;
    is_good = is_good && std::rename(working_path().c_str(), path_.c_str()) == 0;
  }
  is_kept_ = is_good;
  if (is_good) return Status::Ok();
  return {Code::kResourceExhausted,
          "the output " + (path_.empty() ? "stream" : path_) +
              " cannot be ended: " + std::generic_category().message(errno)};
}

WholeFile::~WholeFile() {
  if (path_.empty() || is_kept_) return;
  if (file_ != nullptr) static_cast<void>(std::fclose(file_));
  static_cast<void>(unlink(working_path().c_str()));
}

}  // namespace pgattic::app
