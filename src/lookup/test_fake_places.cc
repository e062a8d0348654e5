#include "lookup/test_fake_places.h"

#include <algorithm>

#include "base/check.h"

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

}  // namespace

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
}

void FakeWorld::Update(const std::string& id, const std::string& value) {
  for (Tuple& tuple : attached_) {
    if (tuple.id == id) tuple.value = value;
  }
}

std::map<std::string, std::string> FakeWorld::Truth() const {
  std::map<std::string, std::string> rows;
  for (const catalog::ArchivePlace& archive : Picture(StampRule::kRoute).archives) {
    for (const model::PartRecord& part : archive.parts) {
      for (const Tuple& tuple : objects_.at(part.key)) rows[tuple.id] = tuple.value;
    }
  }
  for (const Tuple& tuple : attached_) rows[tuple.id] = tuple.value;
  return rows;
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
  archive.id = 1;
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
    return owner_.world_.Look(owner_.rule_, ids.size());
  }
  Result<catalog::Picture> Picture(const OpContext& /*ctx*/) override {
    owner_.before_call_();
    return owner_.world_.Picture(owner_.rule_);
  }
  Result<RowsOfIds> Rows(const OpContext& /*ctx*/, const std::vector<Ask>& asks) override {
    ++owner_.rows;
    owner_.before_call_();
    RowsOfIds rows;
    for (const Ask& ask : asks) rows.push_back(AsRows(owner_.world_.Live(ask.id)));
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
    return std::vector<bool>(ids.size());
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
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<Tuple> found, world_.Stored(part.key, id));
    rows.push_back(AsRows(found));
  }
  return rows;
}

}  // namespace pgattic::lookup::testing
