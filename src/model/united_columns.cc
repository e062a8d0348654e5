#include "model/united_columns.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/ascii.h"

namespace pgattic::model {
namespace {

using enum Transport;

constexpr std::int32_t kMostDigits = 38;

/// What the values are in the file, whatever they were in PostgreSQL.
Transport StoredAs(Transport transport) {
  switch (transport) {
    case kOid:
    case kMoney:
      return kInt64;
    case kJsonb:
    case kText:
      return kString;
    case kBool:
    case kInt16:
    case kInt32:
    case kInt64:
    case kFloat32:
    case kFloat64:
    case kDecimal:
    case kDate:
    case kTime:
    case kTimestamp:
    case kTimestampTz:
    case kString:
    case kBinary:
      return transport;
  }
  return transport;
}

/// The place in a family whose later members hold all values of the earlier ones; 0: of none.
int WidthOf(Transport transport) {
  const Transport stored = StoredAs(transport);
  return stored == kInt16 ? 1 : stored == kInt32 ? 2 : stored == kInt64 ? 3 : 0;
}

bool IsFloat(Transport transport) { return transport == kFloat32 || transport == kFloat64; }

/// Takes `older` into `column`; false where its values cannot be read as the column's.
bool Widen(UnitedColumn& column, const Column& older) {
  if (column.transport == kDecimal && older.transport == kDecimal) {
    const DecimalShape shape = DecimalShapeOf(older.type.typmod);
    const std::int32_t scale = std::max(column.decimal.scale, shape.scale);
    const std::int32_t whole =
        std::max(column.decimal.precision - column.decimal.scale, shape.precision - shape.scale);
    if (whole + scale > kMostDigits) return false;
    column.decimal = {whole + scale, scale};
    return true;
  }
  if (StoredAs(column.transport) == StoredAs(older.transport)) return true;
  if (WidthOf(column.transport) > 0 && WidthOf(older.transport) > 0) {
    if (WidthOf(older.transport) > WidthOf(column.transport)) column.transport = older.transport;
    return true;
  }
  if (IsFloat(column.transport) && IsFloat(older.transport)) {
    column.transport = kFloat64;
    return true;
  }
  return false;
}

/// "a, b and 3 more".
std::string List(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text;
}

/// Which archives lack a column or have it otherwise.
struct Differences {
  std::vector<std::string> absent;
  std::map<std::string, std::vector<std::string>> other_types;  ///< By what they are there.
};

const Column* Find(const std::vector<Column>& columns, const std::string& lower_case_name) {
  for (const Column& column : columns) {
    if (AsciiLower(column.name) == lower_case_name) return &column;
  }
  return nullptr;
}

std::string DescriptionOf(const Column& column) {
  const std::string stored(TransportName(StoredAs(column.transport)));
  return column.transport == kText ? column.type.formatted + " as text" : stored;
}

UnitedColumn Unite(const Column& newest, const std::vector<const Metadata*>& newest_first) {
  UnitedColumn column{newest.name, newest.type, newest.transport, {}, {}};
  if (newest.transport == kDecimal) column.decimal = DecimalShapeOf(newest.type.typmod);
  Differences differences;
  for (const Metadata* archive : newest_first) {
    const Column* there = Find(archive->columns, AsciiLower(newest.name));
    if (there == nullptr) {
      differences.absent.push_back(archive->partition_name);
    } else if (!Widen(column, *there)) {
      differences.other_types[DescriptionOf(*there)].push_back(archive->partition_name);
    }
  }
  if (!differences.absent.empty()) column.notes.push_back("NULL in " + List(differences.absent));
  for (const auto& [type, archives] : differences.other_types) {
    column.notes.push_back("type changed: " + type + " in " + List(archives) +
                           ", which cannot be read with this column");
  }
  return column;
}

}  // namespace

std::vector<UnitedColumn> UniteColumns(const std::vector<Metadata>& archives) {
  std::vector<const Metadata*> newest_first;
  for (const Metadata& archive : archives) newest_first.push_back(&archive);
  std::stable_sort(newest_first.begin(), newest_first.end(), [](const auto* a, const auto* b) {
    return a->bounds.from_us > b->bounds.from_us;
  });
  std::vector<UnitedColumn> united;
  std::set<std::string> seen;
  for (const Metadata* archive : newest_first) {
    for (const Column& column : archive->columns) {
      if (!seen.insert(AsciiLower(column.name)).second) continue;
      united.push_back(Unite(column, newest_first));
    }
  }
  return united;
}

}  // namespace pgattic::model
