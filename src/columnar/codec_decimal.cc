// DecimalCodec: PostgreSQL's base-10000 numeric and Parquet's decimal.
// Source: PostgreSQL, src/backend/utils/adt/numeric.c (numeric_send, make_result).
#include <array>

#include "columnar/codec.h"

namespace pgattic::columnar {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint16_t kPositive = 0x0000;
constexpr std::uint16_t kNegative = 0x4000;
constexpr std::size_t kHeaderBytes = 8;  // ndigits, weight, sign, dscale
constexpr int kGroup = 4;                // decimal digits in one base-10000 digit
constexpr unsigned kBase = 10'000;
constexpr int kMaxPrecision = 38;

Wide PowerOfTen(int exponent) {
  Wide power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// Bytes that a signed number of `precision` digits needs.
std::int32_t WidthOf(std::int32_t precision) {
  const Wide largest = PowerOfTen(precision) - 1;
  std::int32_t width = 1;
  while ((largest >> (8U * static_cast<unsigned>(width) - 1U)) != 0) ++width;
  return width;
}

struct NumericHeader {
  std::int16_t digit_count;
  std::int16_t weight;
  std::uint16_t sign;
  std::int16_t dscale;
};

NumericHeader ReadHeader(const std::uint8_t* field) {
  return {LoadBig<std::int16_t>(field), LoadBig<std::int16_t>(field + 2),
          LoadBig<std::uint16_t>(field + 4), LoadBig<std::int16_t>(field + 6)};
}

// Any other form of the number would not come back as the same bytes.
bool IsNormal(const NumericHeader& header, ByteView digits) {
  if (digits.empty()) return header.weight == 0 && header.sign == kPositive;
  return LoadBig<std::uint16_t>(digits.data()) != 0 &&
         LoadBig<std::uint16_t>(digits.data() + digits.size() - 2) != 0;
}

struct Signed {
  bool negative = false;
  Wide magnitude = 0;
};

// The two's complement number at `bytes`.
Signed Load(const std::uint8_t* bytes, std::int32_t width) {
  Wide number = (bytes[0] & 0x80U) != 0 ? ~Wide{0} : Wide{0};
  for (std::int32_t i = 0; i < width; ++i) number = (number << 8U) | bytes[i];
  const bool negative = (number >> 127U) != 0;
  return {negative, negative ? ~number + 1 : number};
}

void Store(const Signed& number, std::int32_t width, std::uint8_t* bytes) {
  Wide word = number.negative ? ~number.magnitude + 1 : number.magnitude;
  for (std::int32_t i = width - 1; i >= 0; --i, word >>= 8U) {
    bytes[i] = static_cast<std::uint8_t>(word & 0xFFU);
  }
}

// Adds digit groups up to the value times 10^scale. False when a digit falls outside.
bool Accumulate(ByteView digits, int weight, int scale, int precision, Wide& magnitude) {
  for (std::size_t i = 0; i < digits.size(); i += 2, --weight) {
    const auto digit = LoadBig<std::uint16_t>(digits.data() + i);
    const int power = weight * kGroup + scale;  // of ten, of this group
    if (power >= 0) {
      if (power > kMaxPrecision) return false;
      const Wide unit = PowerOfTen(power);
      if (digit > (PowerOfTen(precision) - 1) / unit) return false;
      magnitude += digit * unit;
    } else {
      if (power <= -kGroup) return false;
      const auto cut = static_cast<unsigned>(PowerOfTen(-power));
      if (digit % cut != 0) return false;
      magnitude += digit / cut;
    }
  }
  return magnitude < PowerOfTen(precision);
}

// Fills `groups` from the last on and returns the index of the first.
std::size_t SplitGroups(Wide magnitude, int scale, std::array<std::uint16_t, 12>& groups) {
  // Line the fraction up with whole groups: 38 digits and 3 more.
  const int padding = (kGroup - scale % kGroup) % kGroup;
  std::size_t first = groups.size();
  const auto pad = static_cast<unsigned>(PowerOfTen(padding));
  const unsigned last_unit = kBase / pad;
  groups[--first] = static_cast<std::uint16_t>(static_cast<unsigned>(magnitude % last_unit) * pad);
  for (magnitude /= last_unit; magnitude != 0; magnitude /= kBase) {
    groups[--first] = static_cast<std::uint16_t>(magnitude % kBase);
  }
  return first;
}

}  // namespace

DecimalCodec DecimalCodec::Of(std::int32_t typmod) {
  const model::DecimalShape shape = model::DecimalShapeOf(typmod);
  return {.precision = shape.precision, .scale = shape.scale, .width = WidthOf(shape.precision)};
}

Decoded DecimalCodec::Decode(ByteView field, parquet::FLBA& value, std::uint8_t* scratch) const {
  if (field.size() < kHeaderBytes) return Decoded::kMalformed;
  const NumericHeader header = ReadHeader(field.data());
  const ByteView digits = field.subspan(kHeaderBytes);
  if (header.digit_count < 0 || digits.size() != 2 * static_cast<std::size_t>(header.digit_count)) {
    return Decoded::kMalformed;
  }
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    if (LoadBig<std::uint16_t>(digits.data() + i) >= kBase) return Decoded::kMalformed;
  }
  // NaN and the infinities have signs of their own.
  if (header.sign != kPositive && header.sign != kNegative) return Decoded::kOutOfRange;
  if (header.dscale != scale || !IsNormal(header, digits)) return Decoded::kOutOfRange;
  Signed number{.negative = header.sign == kNegative};
  if (!Accumulate(digits, header.weight, scale, precision, number.magnitude)) {
    return Decoded::kOutOfRange;
  }
  Store(number, width, scratch);
  value.ptr = scratch;
  return Decoded::kOk;
}

bool DecimalCodec::Encode(parquet::FLBA value, std::string& out) const {
  const Signed number = Load(value.ptr, width);
  if (number.magnitude >= PowerOfTen(precision)) return false;
  std::array<std::uint16_t, 12> groups{};
  std::size_t first = SplitGroups(number.magnitude, scale, groups);
  std::size_t end = groups.size();
  int weight = static_cast<int>(end - first) - 1 - (scale + kGroup - 1) / kGroup;
  while (first < end && groups[first] == 0) {
    ++first;
    --weight;
  }
  while (end > first && groups[end - 1] == 0) --end;
  const bool zero = first == end;
  const auto count = static_cast<std::int16_t>(end - first);
  AppendBig(static_cast<std::int32_t>(kHeaderBytes + 2 * (end - first)), out);
  AppendBig(count, out);
  AppendBig(static_cast<std::int16_t>(zero ? 0 : weight), out);
  AppendBig(number.negative ? kNegative : kPositive, out);
  AppendBig(static_cast<std::int16_t>(scale), out);
  for (; first < end; ++first) AppendBig(groups[first], out);
  return true;
}

bool DecimalCodec::ToText(parquet::FLBA value, std::string& out) const {
  const Signed number = Load(value.ptr, width);
  if (number.magnitude >= PowerOfTen(precision)) return false;
  if (number.negative) out.push_back('-');
  std::array<char, kMaxPrecision + 2> text{};
  std::size_t first = text.size();
  Wide rest = number.magnitude;
  for (int digit = 0; rest != 0 || digit <= scale; ++digit, rest /= 10) {
    if (digit == scale && scale > 0) text[--first] = '.';
    text[--first] = static_cast<char>('0' + static_cast<unsigned>(rest % 10));
  }
  out.append(text.data() + first, text.size() - first);
  return true;
}

}  // namespace pgattic::columnar
