#include "service/schedule_keys.h"

#include <algorithm>
#include <charconv>

#include "base/split.h"
#include "service/units.h"

namespace pgattic::service {
namespace {

using std::chrono::milliseconds;

template <typename Parse, typename Field>
auto Set(Parse parse, Field field) {
  return [parse, field](Config& config, const std::string& text) -> Status {
    PGATTIC_ASSIGN_OR_RETURN(field(config), parse(text));
    return Status::Ok();
  };
}

Result<std::optional<Cron>> Calendar(const std::string& text) {
  if (text == "off") return std::optional<Cron>();
  PGATTIC_ASSIGN_OR_RETURN(Cron cron, Cron::Parse(text));
  return std::optional(std::move(cron));
}

Result<std::string> ZoneName(const std::string& text) {
  if (!text.empty()) return text;
  return {Code::kInvalidArgument, "a time zone has a name, such as Europe/Berlin or UTC"};
}

Result<milliseconds> Span(const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(const milliseconds value, ParseDuration(text));
  if (value <= std::chrono::days(20)) return value;
  return {Code::kInvalidArgument, "'" + text + "' is too long; at most 20d"};
}

Result<milliseconds> SomeSpan(const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(const milliseconds value, Span(text));
  if (value.count() > 0) return value;
  return {Code::kInvalidArgument, "'" + text + "' is not above 0"};
}

Result<std::chrono::seconds> SampleTime(const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(const milliseconds value, ParseDuration(text));
  if (value >= std::chrono::seconds(1) && value <= std::chrono::days(1)) {
    return std::chrono::duration_cast<std::chrono::seconds>(value);
  }
  return {Code::kInvalidArgument, "'" + text + "' is not between 1s and 1d"};
}

/// "0.1%" is 0.001.
Result<double> Rate(const std::string& text) {
  double percent = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, percent);
  if (error == std::errc() && std::string(end, last) == "%" && percent >= 0 && percent <= 100) {
    return percent / 100;
  }
  return {Code::kInvalidArgument, "'" + text + "' is no share; write 0.1%, from 0% to 100%"};
}

Result<int> Rows(const std::string& text) { return ParseWhole(text, 0, 1'000'000'000); }

/// "months=6 soak=14d".
Result<archive::RolloutStage> ParseStage(const std::string& text) {
  archive::RolloutStage stage;
  bool has_months = false;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string word = text.substr(start, end - start);
    start = end + 1;
    if (word.empty()) continue;
    if (word.starts_with("months=")) {
      PGATTIC_ASSIGN_OR_RETURN(stage.months, ParseWhole(word.substr(7), 0, 1200));
      has_months = true;
    } else if (word.starts_with("soak=")) {
      PGATTIC_ASSIGN_OR_RETURN(const milliseconds soak, ParseDuration(word.substr(5)));
      stage.soak = std::chrono::ceil<std::chrono::seconds>(soak);
    } else {
      return {Code::kInvalidArgument, "'" + word + "' is neither months nor soak of a stage"};
    }
  }
  if (has_months) return stage;
  return {Code::kInvalidArgument, "'" + text + "' is no stage; write {months = 6, soak = \"14d\"}"};
}

std::vector<ConfigKey> PacingKeys() {
  return {
      {"run.max_read_rate", "0",
       "bytes a second that COPY reads, all workers together; 0: no limit",
       Set(
           ParseSize, [](Config & c) -> auto& { return c.run.pacing.max_read_bytes; })},
      {"run.max_read_rows", "0", "the same in rows a second",
       Set(
           Rows, [](Config & c) -> auto& { return c.run.pacing.max_read_rows; })},
      {"run.max_replica_lag", "0", "a run gives way while a standby lags more; 0: never",
       Set(
           Span, [](Config & c) -> auto& { return c.run.pacing.max_replica_lag; })},
      {"run.max_transaction_age", "0",
       "a run gives way while a transaction of others is older; 0: never",
       Set(
           Span, [](Config & c) -> auto& { return c.run.pacing.max_transaction_age; })},
      {"run.give_way", "30m", "longest time that it gives way, then it is deferred",
       Set(
           Span, [](Config & c) -> auto& { return c.run.pacing.patience; })},
  };
}

std::vector<ConfigKey> RolloutKeys() {
  return {
      {"rollout.max_error_rate", "0.1%", "reads that may fail in a soak",
       Set(
           Rate, [](Config & c) -> auto& { return c.rollout.max_error_rate; })},
      {"rollout.max_slow_rate", "1%", "reads that may be slow in a soak",
       Set(
           Rate, [](Config & c) -> auto& { return c.rollout.max_slow_rate; })},
      {"rollout.slow", "1s", "a read that takes longer is slow",
       Set(
           SomeSpan, [](Config & c) -> auto& { return c.rollout.slow; })},
      {"rollout.max_ill_rate", "0.1%", "reads of the canary that may fail in a soak",
       Set(
           Rate, [](Config & c) -> auto& { return c.rollout.max_ill_rate; })},
      {"rollout.min_watched", "90%", "of a soak, that `pgattic serve` watched",
       Set(
           Rate, [](Config & c) -> auto& { return c.rollout.min_watched; })},
      {"rollout.sample_every", "5m", "how often it notes what it saw, 1s to 1d",
       Set(
           SampleTime, [](Config & c) -> auto& { return c.rollout.sample_every; })},
  };
}

}  // namespace

std::vector<ConfigKey> ScheduleKeys() {
  std::vector<ConfigKey> keys = {
      {"schedule.archive", "off", "cron's five fields: when serve archives, such as \"30 3 * * *\"",
       Set(
           Calendar, [](Config & c) -> auto& { return c.schedule.archive; })},
      {"schedule.time_zone", "UTC", "of the calendar and the window, a name that PostgreSQL knows",
       Set(
           ZoneName, [](Config & c) -> auto& { return c.schedule.time_zone; })},
      {"schedule.window", "always", "22:00-04:30, 12:00-13:00: hours in which any run works",
       Set(
           Window::Parse, [](Config & c) -> auto& { return c.schedule.window; })},
      {"schedule.jitter", "0", "a scheduled run begins so much later, at most",
       Set(
           Span, [](Config & c) -> auto& { return c.schedule.jitter; })},
      {"schedule.retry", "15m", "pause after a failed one, doubled each time to 6h; 0: never",
       Set(
           Span, [](Config & c) -> auto& { return c.schedule.retry; })},
  };
  for (const std::vector<ConfigKey>& more : {PacingKeys(), RolloutKeys()}) {
    keys.insert(keys.end(), more.begin(), more.end());
  }
  return keys;
}

Result<std::vector<archive::RolloutStage>> ParseRollout(const std::string& text) {
  std::vector<archive::RolloutStage> stages;
  for (const std::string& piece : Split(text, ",")) {
    PGATTIC_ASSIGN_OR_RETURN(const archive::RolloutStage stage, ParseStage(piece));
    if (!stages.empty() && stage.months >= stages.back().months) {
      return {Code::kInvalidArgument, "the stages of a roll-out go down in months; " +
                                          std::to_string(stage.months) + " follows " +
                                          std::to_string(stages.back().months)};
    }
    if (!stages.empty() && stages.back().soak.count() == 0) {
      return {Code::kInvalidArgument, "the stage of " + std::to_string(stages.back().months) +
                                          " months has no soak; only the last has none"};
    }
    stages.push_back(stage);
  }
  if (stages.back().soak.count() == 0) return stages;
  return {Code::kInvalidArgument, "the last stage stays; it has no soak"};
}

}  // namespace pgattic::service
