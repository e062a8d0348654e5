#include "tests/torture/states/world.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "model/object_keys.h"

namespace pgattic::torture::states {
namespace {

using model::Phase;

const model::ObjectKeys& Keys() {
  static const model::ObjectKeys keys({"db", "public", "t"},
                                      {"2024-01-01 00:00:00+00", "2024-02-01 00:00:00+00",
                                       1'704'067'200'000'000, 1'706'745'600'000'000},
                                      true);
  return keys;
}

/// Returns the index of a key's text: the same text has the same in all worlds.
int IndexOf(const std::string& key) {
  static std::vector<std::string> texts;
  const auto known = std::find(texts.begin(), texts.end(), key);
  const auto index = known - texts.begin();
  if (known == texts.end()) texts.push_back(key);
  PGATTIC_CHECK(texts.size() <= 8 * World().keys_given.size(), "a model too small");
  return static_cast<int>(index);
}

std::string NamesOf(Rows rows) {
  std::string names;
  if ((rows & kRowA) != 0) names += " A";
  if ((rows & kRowAUpdated) != 0) names += " A'";
  if ((rows & kRowB) != 0) names += " B";
  if ((rows & kRowByName) != 0) names += " N";
  if ((rows & kDamage) != 0) names += " (damaged)";
  return names;
}

/// What readers are shown: at least once, and more often.
struct Shown {
  Rows once = 0;
  Rows twice = 0;
  void Add(Rows rows) {
    twice = static_cast<Rows>(twice | (once & rows));
    once = static_cast<Rows>(once | rows);
  }
};

/// What a lookup finds in each tier.
Shown WhatReadersSee(const World& world, const Rules& rules) {
  Shown shown;
  for (const Table& table : world.tables) {
    if (table.exists != 0 && table.is_attached != 0) shown.Add(table.rows);
  }
  for (const Part& part : world.parts) {
    if (part.state == PartState::kAbsent || part.published == 0) continue;
    if (rules.read_by_round && !IsSwapped(world.record, part)) continue;
    const Object* object = FindObject(world, part.key);
    // What was lost from outside is "unavailable", never "absent".
    shown.Add(object != nullptr && object->etag == part.etag ? object->rows
              : world.is_store_hurt != 0                     ? part.rows
                                                             : Rows{0});
  }
  return shown;
}

/// The sidecars of an archive that readers go to are those that the journal knows.
bool IsMetadataRight(const World& world) {
  const Phase phase = world.record.phase_now();
  const bool counts = phase == Phase::kMarked || phase == Phase::kDetached ||
                      (phase == Phase::kArchived && IsPublished(world));
  return !counts || world.metadata.etag == world.record.metadata_etag;
}

}  // namespace

model::ArchiveState Record::State() const {
  return {phase_now(), revision, generation, attempt, round};
}

void Record::SetState(const model::ArchiveState& state) {
  phase = static_cast<std::uint8_t>(state.phase);
  revision = static_cast<std::uint8_t>(state.revision);
  generation = static_cast<std::uint8_t>(state.generation);
  attempt = static_cast<std::uint8_t>(state.attempt);
  round = static_cast<std::uint8_t>(state.round);
}

World NewWorld() {
  World world;
  world.tables[0] = {1, 1, kRowA};
  return world;
}

int AttachedTable(const World& world) {
  for (int i = 0; i < kMaxTables; ++i) {
    const Table& table = world.tables.at(static_cast<std::size_t>(i));
    if (table.exists != 0 && table.is_attached != 0) return i;
  }
  return kNone;
}

Part* FindPart(World& world, int number) {
  for (Part& part : world.parts) {
    if (part.state != PartState::kAbsent && part.number == number) return &part;
  }
  return nullptr;
}

const Object* FindObject(const World& world, int key) {
  for (const Object& object : world.objects) {
    if (object.key == key && key != kNone) return &object;
  }
  return nullptr;
}

bool IsSwapped(const Record& record, const Part& part) {
  const bool at_rest =
      record.phase_now() == Phase::kDetached || record.phase_now() == Phase::kArchived;
  return part.round < record.round || (part.round == record.round && at_rest);
}

bool HoldsItsRows(const World& world, const Part& part) {
  const Object* object = FindObject(world, part.key);
  return object != nullptr && object->etag == part.etag && object->rows == part.rows;
}

bool IsPublished(const World& world) {
  if (world.record.generation == 0 || world.record.metadata_etag == kNone) return false;
  return std::all_of(world.parts.begin(), world.parts.end(), [](const Part& part) {
    return part.state == PartState::kAbsent ||
           (part.published != 0) == (part.state == PartState::kVerified);
  });
}

std::string InsertPart(World& world, Record& record, int attempt, bool only_part) {
  const int number = record.next_part++;
  const std::string text = Keys().Part(attempt, number, only_part);
  const int key = IndexOf(text);
  std::uint8_t& given = world.keys_given.at(static_cast<std::size_t>(key / 8));
  const auto bit = static_cast<std::uint8_t>(1U << (key % 8));
  if ((given & bit) != 0) return "the key " + text + " is given out twice";
  given = static_cast<std::uint8_t>(given | bit);
  const auto slot = std::find_if(world.parts.begin(), world.parts.end(),
                                 [](const Part& part) { return part.state == PartState::kAbsent; });
  PGATTIC_CHECK(slot != world.parts.end(), "a model too small");
  *slot = {PartState::kWriting,
           static_cast<std::uint8_t>(number),
           record.round,
           0,
           0,
           kNone,
           static_cast<std::uint8_t>(key),
           ++world.next_nonce};
  return "";
}

std::string Broken(const World& world, const Rules& rules) {
  const Shown shown = WhatReadersSee(world, rules);
  if (shown.twice != 0) return "read twice:" + NamesOf(shown.twice);
  if (const auto stale = static_cast<Rows>(shown.once & ~world.live); stale != 0) {
    return "read, though never committed or replaced since:" + NamesOf(stale);
  }
  const auto expected = static_cast<Rows>(world.live & ~world.by_name);
  if (const auto unseen = static_cast<Rows>(expected & ~shown.once); unseen != 0) {
    return "no reader finds:" + NamesOf(unseen);
  }
  Rows stored = 0;
  for (const Table& table : world.tables) {
    if (table.exists != 0) stored = static_cast<Rows>(stored | table.rows);
  }
  for (const Part& part : world.parts) {
    if (part.published != 0 && HoldsItsRows(world, part)) {
      stored = static_cast<Rows>(stored | part.rows);
    }
  }
  if (const auto lost = static_cast<Rows>(world.live & ~stored);
      lost != 0 && world.is_store_hurt == 0) {
    return "in no tier:" + NamesOf(lost);
  }
  return IsMetadataRight(world) ? "" : "the metadata is not what the journal published";
}

std::string Unfinished(const World& world) {
  if (world.record.phase_now() != Phase::kArchived || !IsPublished(world)) {
    return "never archived; it stays " + std::string(PhaseName(world.record.phase_now()));
  }
  for (const Object& object : world.objects) {
    const bool is_known = object.key == kNone ||
                          std::any_of(world.parts.begin(), world.parts.end(), [&](const Part& p) {
                            return p.published != 0 && p.key == object.key;
                          });
    if (!is_known) return "an object is left over";
  }
  return "";
}

}  // namespace pgattic::torture::states
