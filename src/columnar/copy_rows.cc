#include "columnar/copy_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>

#include "columnar/row_fields.h"
#include "columnar/wide_sum.h"
#include "columnar/wire.h"

namespace pgattic::columnar {
namespace {

constexpr std::uint32_t kTextOid = 25;
constexpr std::uint32_t kVarcharOid = 1043;
// PostgreSQL, src/include/access/transam.h, FirstNormalObjectId.
constexpr std::uint32_t kFirstUserOid = 16384;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kFingerprintBytes = kLengthBytes + 8;
constexpr std::string_view kBinaryHeader("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);

bool IsPlainText(const model::PgType& type) {
  return type.oid == kTextOid || type.oid == kVarcharOid;
}

/// Types that a user made have another oid after a dump and restore of the database.
bool IsSameType(const model::PgType& a, const model::PgType& b) {
  if (IsPlainText(a) && IsPlainText(b)) return true;
  const bool are_users = a.oid >= kFirstUserOid && b.oid >= kFirstUserOid;
  return (a.oid == b.oid || (are_users && a.formatted == b.formatted)) && a.typmod == b.typmod;
}

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Its smallest units to what money's input function reads under lc_monetary C.
std::string MoneyText(const std::string& units) {
  const bool negative = units.starts_with('-');
  std::string digits = units.substr(negative ? 1 : 0);
  if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
  digits.insert(digits.size() - 2, ".");
  return (negative ? "-" : "") + digits;
}

void AppendEscaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
}

/// A NaN of any bits is read from text as this one.
template <typename Float, typename Bits>
bool IsNan(ByteView bytes) {
  return bytes.size() == sizeof(Bits) &&
         std::isnan(std::bit_cast<Float>(LoadBig<Bits>(bytes.data())));
}

template <typename Float, typename Bits>
void AppendNan(std::string& out) {
  AppendField(std::bit_cast<Bits>(std::numeric_limits<Float>::quiet_NaN()), out);
}

}  // namespace

Status CheckLoadable(const model::TableSchema& part, const LoadTarget& table) {
  for (const model::Column& stored : part.columns) {
    if (Has(table.computed, stored.name)) continue;
    const auto column = std::find_if(table.loaded.begin(), table.loaded.end(),
                                     [&](const model::Column& c) { return c.name == stored.name; });
    if (column == table.loaded.end()) {
      return {
          Code::kFailedPrecondition,
          "the archive has column \"" + stored.name + "\" (" + stored.type.formatted +
              "), the table has not: its values would be lost. Was it dropped or renamed? Add it, "
              "or give it its former name, and run it again",
          {"column", stored.name}};
    }
    if (!IsSameType(stored.type, column->type)) {
      return {Code::kFailedPrecondition,
              "column \"" + stored.name + "\" was " + stored.type.formatted +
                  " when it was archived and is " + column->type.formatted +
                  " now: its values would be converted. Load the rows into a table of the former "
                  "type by --ids FILE --into TABLE, or change the type back",
              {"column", stored.name}};
    }
  }
  return Status::Ok();
}

CopyRows::CopyRows(const model::TableSchema& part, const LoadTarget& table) {
  for (const model::Column& column : table.loaded) {
    const auto stored = std::find_if(part.columns.begin(), part.columns.end(),
                                     [&](const model::Column& c) { return c.name == column.name; });
    if (stored == part.columns.end()) continue;
    Field field;
    field.index = static_cast<std::size_t>(stored - part.columns.begin());
    field.transport = stored->transport;
    field.is_compared = Has(table.compared, column.name);
    field.is_compared_as_text =
        column.transport == model::Transport::kText && stored->transport != model::Transport::kText;
    is_binary_ = is_binary_ && stored->transport != model::Transport::kText;
    names_.push_back(column.name);
    fields_.push_back(field);
    if (field.is_compared) compared_.push_back(field);
  }
}

void CopyRows::Begin(std::string& out) const {
  if (is_binary_) out += kBinaryHeader;
}

void CopyRows::End(std::string& out) const {
  if (is_binary_) AppendBig(std::int16_t{-1}, out);
}

Status CopyRows::AppendDigested(const RowView& row, const Field& field) {
  if (field.is_compared_as_text) {
    PGATTIC_ASSIGN_OR_RETURN(const std::optional<std::string> text, row.Text(field.index));
    text ? AppendField(AsBytes(*text), row_) : AppendNullField(row_);
    return Status::Ok();
  }
  const ByteView whole = cut_.at(field.index);
  const ByteView bytes = whole.subspan(kLengthBytes);
  if (!is_binary_ && field.transport == model::Transport::kFloat64 &&
      IsNan<double, std::uint64_t>(bytes)) {
    AppendNan<double, std::uint64_t>(row_);
  } else if (!is_binary_ && field.transport == model::Transport::kFloat32 &&
             IsNan<float, std::uint32_t>(bytes)) {
    AppendNan<float, std::uint32_t>(row_);
  } else {
    row_ += AsText(whole);
  }
  return Status::Ok();
}

Status CopyRows::AppendText(const RowView& row, std::string& out) const {
  bool is_first = true;
  for (const Field& field : fields_) {
    if (!is_first) out += '\t';
    is_first = false;
    PGATTIC_ASSIGN_OR_RETURN(std::optional<std::string> text, row.Text(field.index));
    if (!text) {
      out += "\\N";
      continue;
    }
    if (field.transport == model::Transport::kMoney) text = MoneyText(*text);
    AppendEscaped(*text, out);
  }
  out += '\n';
  return Status::Ok();
}

Status CopyRows::Append(const RowView& row, std::string& out) {
  PGATTIC_RETURN_IF_ERROR(CutFields(row.canonical(), cut_));
  row_.clear();
  for (const Field& field : compared_) PGATTIC_RETURN_IF_ERROR(AppendDigested(row, field));
  digest_.AddRow(AsBytes(row_));
  if (!is_binary_) return AppendText(row, out);
  AppendBig(static_cast<std::int16_t>(fields_.size()), out);
  for (const Field& field : fields_) out += AsText(cut_.at(field.index));
  return Status::Ok();
}

void TableDigest::Add(const TableDigest& other) {
  digest_.Add(other.digest_);
  fingerprint_sum_ += other.fingerprint_sum_;
}

std::string TableDigest::fingerprint_sum() const { return ToDecimal(fingerprint_sum_); }

Status TableDigest::OnTuple(const CopyTuple& tuple) {
  const CopyField& hash = tuple.fields.back();
  if (hash.size != 8) {
    return {Code::kCorruption, "the COPY stream's last column is not the int8 fingerprint"};
  }
  fingerprint_sum_ += LoadBig<std::int64_t>(hash.data);
  digest_.AddRow(tuple.bytes.first(tuple.bytes.size() - kFingerprintBytes));
  return Status::Ok();
}

}  // namespace pgattic::columnar
