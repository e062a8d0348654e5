#include "tests/torture/history.h"

#include <algorithm>

namespace pgattic::torture {
namespace {

std::string Told(const Value& value) { return value ? "\"" + *value + "\"" : "absent"; }

std::string Micros(Instant from, Instant to) {
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(to - from).count());
}

}  // namespace

History::Ticket History::Announce(const Changes& changes) {
  const std::lock_guard lock(mutex_);
  Ticket ticket;
  for (const auto& [id, value] : changes) {
    auto [row, is_new] = rows_.try_emplace(id);
    if (is_new) {
      row->second.push_back({});  // Absent since ever.
      ids_.push_back(id);
    }
    ticket.emplace_back(id, row->second.size());
    row->second.push_back({value, std::chrono::steady_clock::now(), Instant::max()});
  }
  return ticket;
}

void History::Confirm(const Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, index] : ticket) {
    rows_.at(id).at(index).acknowledged = std::chrono::steady_clock::now();
  }
}

void History::Withdraw(const Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, index] : ticket) {
    std::vector<Version>& versions = rows_.at(id);
    versions.erase(versions.begin() + static_cast<std::ptrdiff_t>(index));
  }
}

void History::Note(Look look) {
  const std::lock_guard lock(mutex_);
  looks_.push_back(std::move(look));
}

void History::NoteUnavailable() {
  const std::lock_guard lock(mutex_);
  ++unavailable_;
}

void History::Blame(std::string fault) {
  const std::lock_guard lock(mutex_);
  blamed_.push_back(std::move(fault));
}

Value History::Current(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(id);
  return row == rows_.end() ? Value() : row->second.back().value;
}

std::map<std::string, std::string> History::Rows() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> rows;
  for (const auto& [id, versions] : rows_) {
    if (versions.back().value) rows[id] = *versions.back().value;
  }
  return rows;
}

std::string History::AnyId(std::size_t choice) const {
  const std::lock_guard lock(mutex_);
  return ids_.empty() ? "" : ids_[choice % ids_.size()];
}

std::size_t History::looks() const {
  const std::lock_guard lock(mutex_);
  return looks_.size();
}

std::size_t History::unavailable() const {
  const std::lock_guard lock(mutex_);
  return unavailable_;
}

bool History::Explains(const std::vector<Version>& versions, const Look& look) {
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const bool had_begun = versions[i].sent <= look.to;
    const bool had_not_ended =
        i + 1 == versions.size() || versions[i + 1].acknowledged >= look.from;
    if (had_begun && had_not_ended && versions[i].value == look.value) return true;
  }
  return false;
}

std::vector<std::string> History::Faults() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> faults = blamed_;
  for (const Look& look : looks_) {
    const auto row = rows_.find(look.id);
    const bool known = row != rows_.end();
    if (known ? Explains(row->second, look) : !look.value) continue;
    std::string fault = "row " + look.id + " was told to be " + Told(look.value) +
                        " by a look of " + Micros(look.from, look.to) + " us; its versions:";
    if (known) {
      for (const Version& version : row->second) {
        fault += "\n    " + Told(version.value);
        if (version.sent == Instant::min()) continue;
        fault += " sent " + Micros(look.from, version.sent) + " us, acknowledged " +
                 Micros(look.from, version.acknowledged) + " us after the look began";
      }
    }
    faults.push_back(std::move(fault));
  }
  return faults;
}

}  // namespace pgattic::torture
