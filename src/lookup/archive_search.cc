#include "lookup/archive_search.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "cache/cache_key.h"
#include "lookup/in_parallel.h"
#include "lookup/row_values.h"
#include "model/bounds.h"

namespace pgattic::lookup {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;
constexpr std::chrono::milliseconds kLongestTime = std::chrono::hours(1);

std::int64_t DayOf(std::int64_t at_us) {
  const std::int64_t over = at_us % kDay;
  return at_us - (over < 0 ? over + kDay : over);
}

bool HasTime(const catalog::ArchivePlace& archive, const std::vector<std::int64_t>& instants) {
  return std::any_of(instants.begin(), instants.end(),
                     [&](std::int64_t at) { return archive.from_us <= at && at < archive.to_us; });
}

Status Timeless() {
  return {Code::kFailedPrecondition,
          "the part does not say which of its columns is the partition column, which was renamed "
          "since; ask without a time"};
}

}  // namespace

struct ArchiveSearch::Place {
  std::size_t ask = 0;
  const catalog::ArchivePlace* archive = nullptr;
  std::vector<const model::PartRecord*> parts;  // That may hold the id.
  std::string cache_key;
  bool is_whole = true;  // No part was left out.
  bool is_final = false;
  bool is_cached = false;
  std::vector<std::vector<FoundRow>> rows;  // By part.
  Status failure;
};

struct ArchiveSearch::Job {
  const model::PartRecord* part = nullptr;
  std::vector<std::pair<Place*, std::size_t>> whose;  // The place, and which of its parts.
};

std::vector<std::int64_t> InstantsOf(const std::vector<std::string>& times, bool by_day) {
  std::vector<std::int64_t> instants;
  for (const std::string& time : times) {
    const Result<std::int64_t> at = model::ParseInstant(time);
    if (at.ok()) instants.push_back(by_day ? DayOf(*at) : *at);
  }
  return instants;
}

bool IsAtTimeOf(const Ask& ask, const FoundRow& row, bool by_day) {
  if (ask.times.empty()) return true;
  if (!row.at_us) {
    return std::find(ask.times.begin(), ask.times.end(), row.created_at) != ask.times.end();
  }
  const std::vector<std::int64_t> instants = InstantsOf(ask.times, by_day);
  return std::find(instants.begin(), instants.end(), *row.at_us) != instants.end();
}

bool ArchiveSearch::SuggestsArchive(const catalog::Picture& picture, const Ask& ask) const {
  const std::vector<std::int64_t> instants = InstantsOf(ask.times, options_.by_day);
  return std::any_of(picture.archives.begin(), picture.archives.end(), [&](const auto& archive) {
    return archive.is_swapped && (ask.times.empty() || HasTime(archive, instants));
  });
}

bool ArchiveSearch::ExpectsById(const catalog::Picture& picture, const Ask& ask) const {
  bool is_expected = false;
  for (const catalog::ArchivePlace& archive : picture.archives) {
    for (const model::PartRecord& part : archive.parts) {
      if (!catalog::IsInIdRange(options_.id_kind, ask.id, part.min_id, part.max_id)) continue;
      const std::optional<bool> holds = parts_.ProbablyHolds(part, ask.id);
      if (!holds) return false;  // Find would have to fetch its filter.
      is_expected = is_expected || (*holds && archive.is_swapped);
    }
  }
  return is_expected;
}

bool ArchiveSearch::Expects(const catalog::Picture& picture, const Ask& ask) const {
  if (ask.times.empty()) return ExpectsById(picture, ask);
  const std::vector<std::int64_t> instants = InstantsOf(ask.times, options_.by_day);
  return std::any_of(picture.archives.begin(), picture.archives.end(), [&](const auto& archive) {
    if (!archive.is_swapped || !HasTime(archive, instants)) return false;
    return std::any_of(archive.parts.begin(), archive.parts.end(), [&](const auto& part) {
      return catalog::IsInIdRange(options_.id_kind, ask.id, part.min_id, part.max_id);
    });
  });
}

std::vector<ArchiveSearch::Place> ArchiveSearch::PlacesOf(const catalog::Picture& picture,
                                                          const std::vector<Ask>& asks,
                                                          bool final_only) const {
  std::vector<Place> places;
  for (std::size_t i = 0; i < asks.size(); ++i) {
    const Ask& ask = asks[i];
    const std::vector<std::int64_t> instants = InstantsOf(ask.times, options_.by_day);
    for (const catalog::ArchivePlace& archive : picture.archives) {
      if (!ask.times.empty() && !HasTime(archive, instants)) continue;
      Place place;
      place.ask = i;
      place.archive = &archive;
      place.is_final = true;
      for (std::size_t p = 0; p < archive.parts.size(); ++p) {
        const model::PartRecord& part = archive.parts[p];
        if (final_only && !archive.is_final[p]) continue;
        if (!catalog::IsInIdRange(options_.id_kind, ask.id, part.min_id, part.max_id)) continue;
        place.is_final = place.is_final && archive.is_final[p];
        place.parts.push_back(&part);
      }
      if (place.parts.empty()) continue;
      place.is_whole = !final_only;
      places.push_back(std::move(place));
    }
  }
  return places;
}

std::vector<ArchiveSearch::Job> ArchiveSearch::JobsOf(std::vector<Place>& places) {
  std::vector<Job> jobs;
  std::unordered_map<const model::PartRecord*, std::size_t> index;
  for (Place& place : places) {
    if (place.is_cached) continue;
    for (std::size_t p = 0; p < place.parts.size(); ++p) {
      const auto [found, is_new] = index.try_emplace(place.parts[p], jobs.size());
      if (is_new) jobs.push_back({place.parts[p], {}});
      jobs[found->second].whose.emplace_back(&place, p);
    }
  }
  return jobs;
}

// By id alone every archive is a place: the filters spare almost all of them.
void ArchiveSearch::AskFilters(const OpContext& ctx, const std::vector<Ask>& asks,
                               std::vector<Place>& places) const {
  std::vector<Job> jobs = JobsOf(places);
  for (Job& job : jobs) {
    std::erase_if(job.whose, [&](const auto& w) { return !asks[w.first->ask].times.empty(); });
  }
  // One id takes no thread where the filters are in memory.
  for (Job& job : jobs) {
    if (asks.size() > 1) break;
    std::erase_if(job.whose, [&](const auto& w) {
      const auto holds = parts_.ProbablyHolds(*job.part, asks[w.first->ask].id);
      if (holds && !*holds) w.first->parts[w.second] = nullptr;
      return holds.has_value();
    });
  }
  std::erase_if(jobs, [](const Job& job) { return job.whose.empty(); });
  InParallel(jobs.size(), options_.parallel, [&](std::size_t j) {
    std::vector<std::string> ids;
    for (const auto& [place, p] : jobs[j].whose) ids.push_back(asks[place->ask].id);
    const std::vector<std::string> left = parts_.MayHold(ctx, *jobs[j].part, ids);
    const std::unordered_set<std::string> may_hold(left.begin(), left.end());
    for (const auto& [place, p] : jobs[j].whose) {
      if (!may_hold.contains(asks[place->ask].id)) place->parts[p] = nullptr;
    }
  });
  for (Place& place : places) std::erase(place.parts, nullptr);
  std::erase_if(places, [](const Place& place) { return place.parts.empty(); });
}

void ArchiveSearch::AskCache(const OpContext& ctx, std::vector<Place>& places) const {
  if (cache_ == nullptr || places.empty() || !places.front().is_whole) return;
  std::vector<std::string> keys;
  for (const Place& place : places) keys.push_back(place.cache_key);
  const auto values = cache_->GetMany(ctx, keys);
  if (!values.ok()) return;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!(*values)[i]) continue;
    std::optional<std::vector<FoundRow>> rows = DecodeRows(*(*values)[i]);
    if (!rows) continue;
    places[i].is_cached = true;
    places[i].rows = {std::move(*rows)};
  }
}

void ArchiveSearch::AskParts(const OpContext& ctx, const std::vector<Ask>& asks,
                             std::vector<Place>& places) const {
  for (Place& place : places) {
    if (!place.is_cached) place.rows.resize(place.parts.size());
  }
  const std::vector<Job> jobs = JobsOf(places);
  std::vector<Status> failures(jobs.size());
  InParallel(jobs.size(), options_.parallel, [&](std::size_t j) {
    std::vector<std::string> ids;
    for (const auto& [place, p] : jobs[j].whose) ids.push_back(asks[place->ask].id);
    Result<RowsOfIds> rows = parts_.Read(ctx, *jobs[j].part, ids);
    if (!rows.ok()) {
      failures[j] = std::move(rows).status();
      return;
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto& [place, p] = jobs[j].whose[i];
      place->rows[p] = std::move((*rows)[i]);
    }
  });
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    if (failures[j].ok()) continue;
    for (const auto& [place, p] : jobs[j].whose) place->failure = failures[j].Clone();
  }
}

void ArchiveSearch::Keep(const OpContext& ctx, const std::vector<Place>& places) const {
  if (cache_ == nullptr) return;
  std::vector<const Place*> known;
  for (const Place& place : places) {
    if (!place.is_cached && place.is_whole && place.failure.ok()) known.push_back(&place);
  }
  const auto entry = [&](std::size_t i) {
    std::vector<FoundRow> all;
    for (const auto& rows : known[i]->rows) all.insert(all.end(), rows.begin(), rows.end());
    return cache::CacheEntry{known[i]->cache_key, EncodeRows(all)};
  };
  cache_->PutMany(ctx, known.size(), entry, options_.ttl).ok();
}

void ArchiveSearch::AskTogether(const OpContext& ctx, const std::vector<Ask>& asks,
                                std::vector<Place>& places) const {
  AskCache(ctx, places);
  AskParts(ctx, asks, places);
  Keep(ctx, places);
}

void ArchiveSearch::AskOnce(const OpContext& ctx, const std::vector<Ask>& asks,
                            Place& place) const {
  std::string key = (place.is_whole ? "" : "final ") + place.cache_key;
  const auto ask = [&] {
    return flights_.Do(ctx, key, [&] { return FetchOne(ctx, asks, place); });
  };
  auto got = ask();
  // A leader in a hurry fails where this caller need not. Who has twice its time shares a call with
  // others who have, and with no newcomers in a hurry.
  while (got.ok() && !got->was_led && !got->value->failure.ok() &&
         got->value->time < ctx.Remaining(kLongestTime) / 2) {
    key.insert(0, "again ");
    got = ask();
  }
  if (!got.ok()) {
    place.failure = got.status();
    return;
  }
  if (!got->was_led && probe_ != nullptr) probe_->Shared();
  place.rows = got->value->rows;
  place.is_cached = got->value->is_cached;
  place.failure = got->value->failure.Clone();
}

Result<ArchiveSearch::Kept> ArchiveSearch::FetchOne(const OpContext& ctx,
                                                    const std::vector<Ask>& asks,
                                                    Place& place) const {
  const std::chrono::milliseconds time = ctx.Remaining(kLongestTime);
  std::vector<Place> one;
  one.push_back(std::move(place));
  AskTogether(ctx, asks, one);
  place = std::move(one.front());
  // Who followed may have more time than this caller had.
  if (!place.failure.ok() && !ctx.Check().ok()) return place.failure.Clone();
  return Kept{std::move(place.rows), place.is_cached, std::move(place.failure), time};
}

// Once most places are gone: a key takes hashes.
void ArchiveSearch::NameKeys(const std::vector<Ask>& asks, std::vector<Place>& places) const {
  for (Place& place : places) {
    const catalog::ArchivePlace& archive = *place.archive;
    place.cache_key = cache::CacheKey({cache::CacheSource(options_.source, archive.nonce),
                                       archive.id, archive.route, asks[place.ask].id});
  }
}

std::vector<Searched> ArchiveSearch::Find(const OpContext& ctx, const catalog::Picture& picture,
                                          const std::vector<Ask>& asks, bool final_only) const {
  std::vector<Searched> found(asks.size());
  std::vector<Place> places = PlacesOf(picture, asks, final_only);
  AskFilters(ctx, asks, places);
  NameKeys(asks, places);
  if (asks.size() == 1) {
    InParallel(places.size(), options_.parallel,
               [&](std::size_t i) { AskOnce(ctx, asks, places[i]); });
  } else {
    AskTogether(ctx, asks, places);
  }
  for (Place& place : places) {
    Searched& answer = found[place.ask];
    if (!place.failure.ok()) answer.failure = std::move(place.failure);
    for (std::vector<FoundRow>& rows : place.rows) {
      for (FoundRow& row : rows) {
        if (row.created_at.empty() && !asks[place.ask].times.empty()) {
          answer.failure = Timeless();
        }
        if (!IsAtTimeOf(asks[place.ask], row, options_.by_day)) continue;
        answer.rows.push_back({std::move(row), place.is_final, place.is_cached});
      }
    }
  }
  for (Searched& answer : found) {
    std::stable_sort(answer.rows.begin(), answer.rows.end(), [](const auto& a, const auto& b) {
      return a.row.at_us && (!b.row.at_us || *a.row.at_us < *b.row.at_us);
    });
  }
  return found;
}

}  // namespace pgattic::lookup
