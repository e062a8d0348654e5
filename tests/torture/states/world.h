// World: a small model of what pgattic changes: the journal row and its parts, the tables of one
// month, and the bucket. Two workers (worker.h) move it from state to state; search.h visits
// them all. The transitions are model::Apply and the keys model::ObjectKeys, the real ones.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>

#include "base/result.h"
#include "model/archive_state.h"

namespace pgattic::torture::states {

/// Rows are bits of a set. A is there from the start and may be updated once.
using Rows = std::uint8_t;
inline constexpr Rows kRowA = 1;         ///< A as it was.
inline constexpr Rows kRowAUpdated = 2;  ///< A after its update.
inline constexpr Rows kRowB = 4;         ///< Inserted through the parent.
inline constexpr Rows kRowByName = 8;    ///< Inserted into the detached table by its name.
inline constexpr Rows kDamage = 64;      ///< In an object: its bytes are not those sent.

inline constexpr int kMaxParts = 10;
inline constexpr int kMaxTables = 4;
inline constexpr std::uint8_t kNone = 255;

/// The fields of catalog::ArchiveRecord that transitions depend on. All types here are bytes
/// without gaps: states are compared and hashed as memory.
struct Record {
  std::uint8_t phase = 0;
  std::uint8_t revision = 1;
  std::uint8_t generation = 0;
  std::uint8_t attempt = 0;
  std::uint8_t round = 1;
  std::uint8_t next_part = 0;
  std::uint8_t relation = 0;         ///< Index of a table.
  std::uint8_t fingerprint = kNone;  ///< Rows that were exported.
  std::uint8_t metadata_etag = kNone;

  model::ArchiveState State() const;
  void SetState(const model::ArchiveState& state);
  model::Phase phase_now() const { return static_cast<model::Phase>(phase); }
  bool operator==(const Record&) const = default;
};

enum class PartState : std::uint8_t { kAbsent, kWriting, kUploaded, kVerified, kObsolete };

/// A row of pgattic.part.
struct Part {
  PartState state = PartState::kAbsent;
  std::uint8_t number = 0;
  std::uint8_t round = 0;
  std::uint8_t published = 0;
  std::uint8_t rows = 0;
  std::uint8_t etag = kNone;  ///< kNone: never completed, as far as the journal knows.
  std::uint8_t key = kNone;   ///< Index of the key's text.
  std::uint8_t nonce = 0;
};

struct Object {
  std::uint8_t key = kNone;  ///< kNone: no object.
  std::uint8_t nonce = 0;    ///< Of the part that it was written as.
  std::uint8_t etag = kNone;
  std::uint8_t rows = 0;
};

struct MetadataObject {
  std::uint8_t etag = kNone;  ///< kNone: there is none.
  std::uint8_t revision = 0;  ///< Of the journal as its writer knew it.
};

struct Table {
  std::uint8_t exists = 0;
  std::uint8_t is_attached = 0;
  std::uint8_t rows = 0;
};

/// PostgreSQL and the bucket.
struct World {
  Record record;
  std::array<Part, kMaxParts> parts;
  std::array<Table, kMaxTables> tables;
  std::array<Object, kMaxParts> objects;
  MetadataObject metadata;
  std::array<std::uint8_t, 4> uploads = {};  ///< Unfinished ones: nonces; 0: a free place.
  std::uint8_t next_etag = 0;
  std::uint8_t next_nonce = 0;
  std::array<std::uint8_t, 16> keys_given = {};  ///< A bit for each key the journal gave out.
  Rows live = kRowA;                             ///< Committed and not replaced since.
  Rows by_name = 0;                              ///< Of those: never in a partition so far.
  std::uint8_t is_store_hurt = 0;                ///< An object was damaged or lost from outside.
};
static_assert(std::has_unique_object_representations_v<World>);

/// The rules that keep the promise; a test breaks them one at a time.
struct Rules {
  bool compare_and_set = true;      ///< A transaction begins with it.
  bool keys_used_once = true;       ///< Attempts and part numbers never go back.
  bool put_if_absent = true;        ///< A part is written where nothing is.
  bool delete_by_etag = true;       ///< DELETE names what was looked at.
  bool undo_unknown_parts = true;   ///< A part that counts no more is deleted by its writer.
  bool check_upload = true;         ///< Once an upload has begun, its part still has to be wanted.
  bool prove_parts = true;          ///< Parts are read back before they count.
  bool fingerprint_at_swap = true;  ///< The swap compares the table with what was exported.
  bool fingerprint_at_drop = true;  ///< So does the drop.
  bool head_before_drop = true;     ///< The drop looks at the bucket first.
  bool publish_by_revision = true;  ///< A publication takes a revision of its own first.
  bool abort_uploads = true;        ///< Unfinished uploads of obsolete parts are ended.
  bool watch_all = true;            ///< Not a rule: false looks at rows alone, not at causes.
  bool prove_before_attach = true;  ///< A restore attaches what its parts are proven to hold.
  bool read_by_round = true;        ///< Readers take the archive's rows from the swap on only.
};

/// Returns the world before anything was planned: one attached table with row A.
World NewWorld();

/// Index of the table that takes the month's rows through the parent.
int AttachedTable(const World& world);
Part* FindPart(World& world, int number);
const Object* FindObject(const World& world, int key);
/// Readers go to the archive for its rows.
bool IsSwapped(const Record& record, const Part& part);
/// The object is there, whole and the one that was written as this part.
bool HoldsItsRows(const World& world, const Part& part);
/// Every part is published if it counts, and no other is.
bool IsPublished(const World& world);
/// Inserts a part of the record's round that is still to be written; its key is the one that
/// model::ObjectKeys makes. Returns what is wrong: a key that was given out before.
std::string InsertPart(World& world, Record& record, int attempt, bool only_part);

/// Returns what is wrong with the world: a row that is nowhere, read twice or stale; "" if
/// nothing is.
std::string Broken(const World& world, const Rules& rules);
/// Returns what is wrong after all is done: not archived, or the bucket holds an object that the
/// journal does not know. Unfinished uploads may be left: nobody sees them.
std::string Unfinished(const World& world);

}  // namespace pgattic::torture::states
