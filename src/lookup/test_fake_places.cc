#include "lookup/test_fake_places.h"

#include <algorithm>

#include "base/check.h"
#include "cache/cache_key.h"

namespace pgattic::lookup::testing {
namespace {

using model::Event;
using model::Phase;

std::vector<FoundRow> AsRows(const std::vector<Tuple>& tuples) {
  std::vector<FoundRow> rows;
  for (const Tuple& tuple : tuples) rows.push_back({tuple.value, "2024-01-05T00:00:00Z", 1});
  return rows;
}

std::vector<Tuple> OfId(const std::vector<Tuple>& tuples, const std::string& id) {
  std::vector<Tuple> found;
  for (const Tuple& tuple : tuples) {
    if (tuple.id == id) found.push_back(tuple);
  }
  return found;
}

std::string TextOf(const RowsOfIds& rows) {
  std::string text;
  for (const std::vector<FoundRow>& of_id : rows) {
    for (const FoundRow& row : of_id) text += row.json + ",";
    text += ";";
  }
  return text;
}

void RemoveId(std::vector<Tuple>& tuples, const std::string& id) {
  std::erase_if(tuples, [&](const Tuple& tuple) { return tuple.id == id; });
}

}  // namespace

std::string TextOf(const catalog::Picture& picture) {
  std::string text = picture.journal;
  for (const catalog::ArchivePlace& archive : picture.archives) {
    text += "/" + std::to_string(archive.route) + (archive.is_swapped ? "s" : "");
    for (std::size_t p = 0; p < archive.parts.size(); ++p) {
      text += " " + archive.parts[p].key + (archive.is_final[p] ? "!" : "");
    }
  }
  return text;
}

void FakeWorld::Advance(Event event) {
  const auto after = model::Apply(state_, event);
  PGATTIC_CHECK(after.ok(), after.error().message);
  if (model::MovesRows(state_, *after)) ++route_;
  state_ = *after;
}

void FakeWorld::Export() {
  Advance(Event::kExportStarted);
  std::erase_if(parts_, [&](const Part& p) { return p.record.round == state_.round; });
  Part part;
  part.record.key = "a" + std::to_string(state_.attempt);
  part.record.number = state_.attempt;
  part.record.round = state_.round;
  part.record.min_id = "a";
  part.record.max_id = "z";
  part.published = true;
  objects_[part.record.key] = attached_;
  parts_.push_back(part);
  Advance(Event::kPartsUploaded);
  Advance(Event::kProven);
  Advance(Event::kPublished);
}

void FakeWorld::Mark() { Advance(Event::kMarked); }
void FakeWorld::Unmark() { Advance(Event::kUnmarking); }
void FakeWorld::SourceChanged() { Advance(Event::kSourceChanged); }
void FakeWorld::FindLateRows() { Advance(Event::kLateRowsFound); }

void FakeWorld::Swap() {
  Advance(Event::kSwapped);
  aside_ = std::move(attached_);
  attached_.clear();
}

void FakeWorld::Drop() {
  Advance(Event::kDropped);
  aside_.clear();
}

void FakeWorld::SwapBack() {
  Advance(Event::kSwappedBack);
  attached_.insert(attached_.end(), aside_.begin(), aside_.end());
  aside_.clear();
}

void FakeWorld::Restore() {
  Advance(Event::kRestored);
  for (const Part& part : parts_) {
    const std::vector<Tuple>& rows = objects_.at(part.record.key);
    attached_.insert(attached_.end(), rows.begin(), rows.end());
  }
}

void FakeWorld::RollBack() {
  const int round = state_.round;
  Advance(Event::kRolledBack);
  std::erase_if(parts_, [&](const Part& p) { return p.record.round == round; });
}

void FakeWorld::DeleteObjects() {
  std::erase_if(objects_, [&](const auto& object) {
    return std::none_of(parts_.begin(), parts_.end(),
                        [&](const Part& p) { return p.record.key == object.first; });
  });
}

void FakeWorld::Insert(const std::string& id, const std::string& value) {
  attached_.push_back({id, value});
  inserted_.insert(id);
}

void FakeWorld::Update(const std::string& id, const std::string& value) {
  for (Tuple& tuple : attached_) {
    if (tuple.id == id) tuple.value = value;
  }
}

void FakeWorld::List(const std::string& id) { listed_.insert(id); }
void FakeWorld::DeleteLive(const std::string& id) { RemoveId(attached_, id); }
void FakeWorld::DeleteAside(const std::string& id) { RemoveId(aside_, id); }

void FakeWorld::Rewrite(const std::string& id) {
  std::vector<Part> rewritten;
  for (const Part& part : parts_) {
    std::vector<Tuple> rows = objects_.at(part.record.key);
    if (!part.published || OfId(rows, id).empty()) continue;
    Part next = part;
    next.published = false;
    next.former = part.record.key;
    next.record.key += "e";
    RemoveId(rows, id);
    objects_[next.record.key] = std::move(rows);
    rewritten.push_back(std::move(next));
  }
  parts_.insert(parts_.end(), rewritten.begin(), rewritten.end());
}

void FakeWorld::PublishRewritten() {
  Advance(Event::kPublished);
  std::set<std::string> formers;
  for (Part& part : parts_) {
    if (part.former.empty()) continue;
    formers.insert(std::exchange(part.former, ""));
    part.published = true;
  }
  std::erase_if(parts_, [&](const Part& part) { return formers.contains(part.record.key); });
}

void FakeWorld::ForgetCached(const std::string& id) {
  if (cache == nullptr) return;
  std::vector<std::string> keys;
  for (std::int64_t at = 0; at <= route_; ++at) {
    keys.push_back(cache::CacheKey({cache::CacheSource(kSource, ""), kArchive, at, id}));
  }
  const Status removed = cache->Remove(OpContext(), keys);
  PGATTIC_CHECK(removed.ok(), removed.ToString());
}

std::vector<std::string> FakeWorld::Truth(const std::string& id) const {
  std::vector<Tuple> rows = OfId(attached_, id);
  for (const catalog::ArchivePlace& archive : Picture(StampRule::kRoute).archives) {
    for (const model::PartRecord& part : archive.parts) {
      const std::vector<Tuple> stored = OfId(objects_.at(part.key), id);
      rows.insert(rows.end(), stored.begin(), stored.end());
    }
  }
  std::vector<std::string> values;
  for (const Tuple& row : rows) values.push_back(row.value);
  const auto game = games.find(id);
  if (game != games.end() && !game->second.data.empty()) values.push_back(game->second.data);
  const bool was_there = listed_.contains(id) || inserted_.contains(id);
  if (values.empty()) values.emplace_back(was_there ? kErased : kAbsent);
  return values;
}

std::string FakeWorld::Stamp(StampRule rule) const {
  if (rule == StampRule::kRoute) return std::to_string(route_);
  if (rule == StampRule::kNone) return "";
  return std::string(model::PhaseName(state_.phase)) + std::to_string(state_.round) + ":" +
         std::to_string(state_.attempt) + ":" + std::to_string(state_.generation);
}

catalog::Look FakeWorld::Look(StampRule rule, std::size_t ids) const {
  catalog::Look look;
  look.stamp = {Stamp(rule), "source"};
  look.times.assign(ids, hints);
  return look;
}

catalog::Picture FakeWorld::Picture(StampRule rule) const {
  catalog::ArchivePlace archive;
  archive.id = kArchive;
  archive.route = route_;
  archive.to_us = 2;
  archive.is_swapped = model::IsSwapped(state_.phase);
  for (const Part& part : parts_) {
    const bool is_read =
        part.published && (part.record.round < state_.round ||
                           (part.record.round == state_.round && archive.is_swapped));
    if (!is_read) continue;
    archive.parts.push_back(part.record);
    archive.is_final.push_back(part.record.round < state_.round ||
                               state_.phase == Phase::kArchived);
  }
  return {Stamp(rule), {archive}};
}

std::vector<Tuple> FakeWorld::Live(const std::string& id) const { return OfId(attached_, id); }

Result<std::vector<Tuple>> FakeWorld::Stored(const std::string& key, const std::string& id) const {
  const auto object = objects_.find(key);
  if (object == objects_.end()) return {Code::kNotFound, "no object " + key};
  return OfId(object->second, id);
}

class FakeSession final : public DatabaseSession {
 public:
  explicit FakeSession(FakeDatabase& owner) : owner_(owner) {}

  Result<catalog::Look> Look(const OpContext& /*ctx*/,
                             const std::vector<std::string>& ids) override {
    ++owner_.looks;
    owner_.before_call_();
    catalog::Look look = owner_.world_.Look(owner_.rule_, ids.size());
    std::string answer = "look " + look.stamp.journal;
    for (const std::string& hint : owner_.world_.hints) answer += "," + hint;
    owner_.world_.Answered(answer);
    return look;
  }
  Result<catalog::Picture> Picture(const OpContext& /*ctx*/) override {
    owner_.before_call_();
    catalog::Picture picture = owner_.world_.Picture(owner_.rule_);
    owner_.world_.Answered("picture " + TextOf(picture));
    return picture;
  }
  Result<RowsOfIds> Rows(const OpContext& /*ctx*/, const std::vector<Ask>& asks) override {
    ++owner_.rows;
    owner_.before_call_();
    RowsOfIds rows;
    for (const Ask& ask : asks) rows.push_back(AsRows(owner_.world_.Live(ask.id)));
    owner_.world_.Answered("live " + TextOf(rows));
    return rows;
  }
  Result<Glance> LookAndRows(const OpContext& ctx, const Ask& ask) override {
    ++owner_.glances;
    Glance glance;
    PGATTIC_ASSIGN_OR_RETURN(glance.look, Look(ctx, {ask.id}));
    PGATTIC_ASSIGN_OR_RETURN(glance.rows, Rows(ctx, {ask}));
    return glance;
  }
  Result<std::vector<bool>> Erased(const OpContext& /*ctx*/,
                                   const std::vector<std::string>& ids) override {
    owner_.before_call_();
    std::vector<bool> erased;
    std::string answer = "erased ";
    for (const std::string& id : ids) {
      erased.push_back(owner_.world_.IsListed(id));
      answer += erased.back() ? "1" : "0";
    }
    owner_.world_.Answered(answer);
    return erased;
  }

 private:
  FakeDatabase& owner_;
};

Result<std::unique_ptr<DatabaseSession>> FakeDatabase::Open(const OpContext& /*ctx*/) {
  return std::unique_ptr<DatabaseSession>(std::make_unique<FakeSession>(*this));
}

std::vector<std::string> FakeParts::MayHold(const OpContext& /*ctx*/,
                                            const model::PartRecord& /*part*/,
                                            const std::vector<std::string>& ids) {
  return ids;
}

Result<RowsOfIds> FakeParts::Read(const OpContext& /*ctx*/, const model::PartRecord& part,
                                  const std::vector<std::string>& ids) {
  before_call_();
  RowsOfIds rows;
  for (const std::string& id : ids) {
    const Result<std::vector<Tuple>> found = world_.Stored(part.key, id);
    if (!found.ok()) {
      world_.Answered("no part");
      return found.status();
    }
    rows.push_back(AsRows(*found));
  }
  world_.Answered("part " + TextOf(rows));
  return rows;
}

Result<std::optional<std::string>> FakeCache::Get(const OpContext& ctx, std::string_view key) {
  before_call_();
  Result<std::optional<std::string>> value = inner_.Get(ctx, key);
  world_.Answered("cache " + value->value_or("-"));
  return value;
}

Result<std::vector<std::optional<std::string>>> FakeCache::GetMany(
    const OpContext& ctx, std::span<const std::string> keys) {
  before_call_();
  Result<std::vector<std::optional<std::string>>> values = inner_.GetMany(ctx, keys);
  for (const std::optional<std::string>& value : *values) {
    world_.Answered("cache " + value.value_or("-"));
  }
  return values;
}

Result<bool> FakeCache::Put(const OpContext& ctx, std::string_view key, std::string_view value,
                            std::chrono::milliseconds ttl) {
  before_call_();
  keys_.emplace(key);
  world_.Answered("kept");
  return inner_.Put(ctx, key, value, ttl);
}

Status FakeCache::Remove(const OpContext& ctx, std::span<const std::string> keys) {
  for (const std::string& key : keys) keys_.erase(key);
  return inner_.Remove(ctx, keys);
}

std::string FakeCache::Content() {
  std::string content;
  for (const std::string& key : keys_) {
    content += key + "=" + inner_.Get(OpContext(), key)->value_or("") + ";";
  }
  return content;
}

}  // namespace pgattic::lookup::testing
