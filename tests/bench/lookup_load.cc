// lookup_load: reads rows as `pgattic serve` does, in turns with the least that such a read needs,
// and prints what both cost as one line of JSON. For lookup_bench.py.
//
// Usage: lookup_load MODE CONFIG IDS [NUMBER]
//   compare  NUMBER lookups of random ids, each beside one bare ranged GET of the same bytes
//   cold     NUMBER lookups, each by a reader that knows nothing
//   batch    one batch of all IDS, NUMBER times
//   load     NUMBER seconds of 32 clients, then as long of bare GETs by 32
//   soak     NUMBER seconds of mixed load: memory and descriptors
//   service  NUMBER requests to the service whose URL is in $SERVICE, each beside two bare queries
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "catalog/row_lookup.h"
#include "pg/connection.h"
#include "tests/bench/lookup_world.h"

namespace pgattic::bench {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

double CpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Not getrusage's, which begins with what the process that started this one had.
double PeakMib() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(line.find(':') + 1)) / 1024;
  }
  return -1;
}

double RssMib() {
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * 4 / 1024;
}

std::size_t Descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Times of one contender, in milliseconds.
class Times {
 public:
  template <typename Fn>
  void Take(const Fn& fn) {
    const double cpu = CpuSeconds();
    const auto began = Clock::now();
    fn();
    ms_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    cpu_ms_ += (CpuSeconds() - cpu) * 1000;
  }
  json ToJson() {
    std::sort(ms_.begin(), ms_.end());
    const auto at = [&](double share) {
      return ms_.at(std::min(ms_.size() - 1,
                             static_cast<std::size_t>(share * static_cast<double>(ms_.size()))));
    };
    return {{"p50_ms", at(0.5)},
            {"p90_ms", at(0.9)},
            {"p99_ms", at(0.99)},
            {"cpu_ms", cpu_ms_ / static_cast<double>(ms_.size())},
            {"count", ms_.size()}};
  }

 private:
  std::vector<double> ms_;
  double cpu_ms_ = 0;
};

void Insist(bool is_so, const std::string& why) {
  if (is_so) return;
  std::fprintf(stderr, "lookup_load: %s\n", why.c_str());
  std::exit(1);  // NOLINT(concurrency-mt-unsafe)
}

std::vector<std::string> ReadIds(const char* file) {
  std::ifstream lines(file);
  std::vector<std::string> ids;
  for (std::string line; std::getline(lines, line);) ids.push_back(line);
  Insist(!ids.empty(), std::string("no ids in ") + file);
  return ids;
}

/// The same ids in the same order each time.
class Picker {
 public:
  Picker(const std::vector<std::string>& ids, unsigned seed) : ids_(ids), random_(seed) {}
  const std::string& Next() { return ids_[random_() % ids_.size()]; }

 private:
  const std::vector<std::string>& ids_;
  std::mt19937 random_;
};

void LookUp(lookup::RowReader& reader, const std::string& id) {
  const auto answer = reader.Get({}, id, std::nullopt);
  Insist(answer.ok() && answer->tier == lookup::Tier::kArchive,
         id + " does not come from the archive: " + (answer.ok() ? answer->why : "failed"));
}

json Compare(LookupWorld& world, const std::vector<std::string>& ids, int number) {
  Insist(world.Learn(ids).ok(), "cannot find the rows");
  for (const std::string& id : ids) LookUp(world.reader(), id);
  for (const std::string& id : ids) Insist(world.GetBare({}, id).ok(), "a bare GET failed");
  Picker picker(ids, 1);
  Times ours;
  Times bare;
  Times look;
  // Bare GETs are not counted. Not asked in between: it takes long enough to empty the CPU's
  // caches.
  const double before = world.Gets();
  std::int64_t bytes = 0;
  for (int i = 0; i < number; ++i) {
    const std::string id = picker.Next();
    bytes += world.SpotOf(id).span.length;
    const auto get = [&] {
      bare.Take([&] { Insist(world.GetBare({}, id).ok(), "a bare GET failed"); });
    };
    if (i % 2 == 0) get();
    ours.Take([&] { LookUp(world.reader(), id); });
    if (i % 2 != 0) get();
    look.Take([&] {
      const auto session = world.readers().pool().Acquire({}).value();
      Insist(catalog::LookAround({}, *session, world.source().id, {id},
                                 world.config().sources.front().is_games)
                 .ok(),
             "a look failed");
    });
  }
  return {{"lookup", ours.ToJson()},
          {"bare_get", bare.ToJson()},
          {"journal_look", look.ToJson()},
          {"gets_a_lookup", (world.Gets() - before) / number},
          {"bytes_a_get", static_cast<double>(bytes) / number}};
}

json Cold(LookupWorld& world, const std::vector<std::string>& ids, int number) {
  Picker picker(ids, 2);
  LookUp(world.reader(), ids.front());
  Times ours;
  const double before = world.Gets();
  for (int i = 0; i < number; ++i) {
    lookup::RowReader& reader = world.Renew();
    const std::string id = picker.Next();
    ours.Take([&] { LookUp(reader, id); });
  }
  return {{"lookup", ours.ToJson()}, {"gets_a_lookup", (world.Gets() - before) / number}};
}

json Batch(LookupWorld& world, const std::vector<std::string>& ids, int number) {
  Insist(world.Learn(ids).ok(), "cannot find the rows");
  std::set<std::pair<std::string, int>> groups;
  for (const std::string& id : ids) {
    groups.emplace(world.SpotOf(id).part.key, world.SpotOf(id).span.index);
  }
  Times ours;
  double gets = 0;
  for (int i = 0; i <= number; ++i) {
    const double before = world.Gets();
    const auto ask = [&] {
      const auto answers = world.reader().GetMany({}, ids);
      Insist(answers.ok(), "the batch failed");
      for (const auto& answer : *answers) {
        Insist(answer.availability == lookup::Availability::kAvailable, answer.why);
      }
    };
    if (i == 0) {
      ask();  // Footers.
      continue;
    }
    ours.Take(ask);
    gets += world.Gets() - before;
  }
  return {{"batch", ours.ToJson()},
          {"gets", gets / number},
          {"row_groups", groups.size()},
          {"peak_mib", PeakMib()}};
}

/// Calls `fn` from so many threads for so long; returns calls a second.
double Rate(int threads, int seconds, const std::function<void(Picker&)>& fn,
            const std::vector<std::string>& ids) {
  std::atomic<std::int64_t> calls{0};
  const auto until = Clock::now() + std::chrono::seconds(seconds);
  {
    std::vector<std::jthread> clients;
    for (int t = 0; t < threads; ++t) {
      clients.emplace_back([&, t] {
        Picker picker(ids, static_cast<unsigned>(t));
        for (; Clock::now() < until; ++calls) fn(picker);
      });
    }
  }
  return static_cast<double>(calls) / seconds;
}

json Load(LookupWorld& world, const std::vector<std::string>& ids, int seconds) {
  constexpr int kClients = 32;
  Insist(world.Learn(ids).ok(), "cannot find the rows");
  for (const std::string& id : ids) LookUp(world.reader(), id);
  double ours = 0;
  double bare = 0;
  // In turns, so that what else the machine does falls on both.
  for (int turn = 0; turn < 2; ++turn) {
    ours += Rate(
        kClients, seconds, [&](Picker& picker) { LookUp(world.reader(), picker.Next()); }, ids);
    bare += Rate(
        kClients, seconds,
        [&](Picker& picker) { Insist(world.GetBare({}, picker.Next()).ok(), "a bare GET failed"); },
        ids);
  }
  return {{"lookups_a_second", ours / 2}, {"bare_gets_a_second", bare / 2}};
}

json Soak(LookupWorld& world, const std::vector<std::string>& ids, int seconds) {
  const auto mixed = [&](Picker& picker) {
    thread_local int turn = 0;
    const int what = ++turn % 20;
    if (what == 0) {
      std::vector<std::string> some;
      for (int i = 0; i < 50; ++i) some.push_back(picker.Next());
      Insist(world.reader().GetMany({}, some).ok(), "a batch failed");
    } else if (what < 4) {
      const auto absent = world.reader().Get({}, picker.Next() + "-none", std::nullopt);
      Insist(absent.ok() && absent->availability == lookup::Availability::kAbsent, "not absent");
    } else {
      const auto answer = world.reader().Get({}, picker.Next(), std::nullopt);
      Insist(answer.ok() && answer->availability == lookup::Availability::kAvailable, "missing");
    }
  };
  constexpr int kClients = 8;
  Rate(kClients, std::max(1, seconds / 4), mixed, ids);
  json samples = json::array();
  double calls = 0;
  for (int i = 0; i < 4; ++i) {
    samples.push_back({{"rss_mib", RssMib()}, {"descriptors", Descriptors()}});
    calls += Rate(kClients, std::max(1, seconds * 3 / 16), mixed, ids);
  }
  samples.push_back({{"rss_mib", RssMib()}, {"descriptors", Descriptors()}});
  return {{"samples", samples}, {"calls_a_second", calls / 4}};
}

json Service(LookupWorld& world, const std::vector<std::string>& ids, int number) {
  const char* url = std::getenv("SERVICE");  // NOLINT(concurrency-mt-unsafe)
  Insist(url != nullptr, "SERVICE is not set");
  httplib::Client client(url);
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  auto connection = pg::Connection::Open({}, {world.config().database_url, "bench"}).value();
  Picker picker(ids, 3);
  Times ours;
  Times queries;
  Times health;
  for (int i = 0; i < number; ++i) {
    const std::string id = picker.Next();
    ours.Take([&] {
      const auto answer = client.Get("/v1/games/" + id);
      Insist(answer && answer->status == 200 &&
                 answer->get_header_value("X-Pgattic-Source") == "database",
             id + " does not come from the database");
    });
    queries.Take([&] {
      const auto info = connection->Exec(
          {},
          "SELECT migration_status, created_at, type, game_request FROM public.games "
          "WHERE uuid = $1",
          {id});
      Insist(info.ok() && info->rows() == 1, "no such game");
      const auto row =
          connection->Exec({}, "SELECT * FROM public.past_games WHERE gid = $1 AND created_at = $2",
                           {id, info->Text(0, 1)});
      Insist(row.ok() && row->rows() == 1, "no such row");
    });
    health.Take([&] { Insist(static_cast<bool>(client.Get("/healthz")), "not alive"); });
  }
  return {{"service", ours.ToJson()},
          {"two_queries", queries.ToJson()},
          {"empty_request", health.ToJson()}};
}

}  // namespace
}  // namespace pgattic::bench

int main(int argc, char** argv) {
  using namespace pgattic::bench;  // NOLINT: a program's main
  Insist(argc == 4 || argc == 5, "usage: lookup_load MODE CONFIG IDS [NUMBER]");
  auto world = LookupWorld::Open(argv[2]);
  Insist(world.ok(), world.ok() ? "" : world.status().ToString());
  const auto ids = ReadIds(argv[3]);
  const int number = argc == 5 ? std::atoi(argv[4]) : 1;
  const std::map<std::string, json (*)(LookupWorld&, const std::vector<std::string>&, int)> modes =
      {{"compare", Compare}, {"cold", Cold}, {"batch", Batch},
       {"load", Load},       {"soak", Soak}, {"service", Service}};
  const auto mode = modes.find(argv[1]);
  Insist(mode != modes.end(), std::string("no mode ") + argv[1]);
  std::printf("%s\n", mode->second(**world, ids, number).dump().c_str());
  return 0;
}
