#include "columnar/id_key.h"

#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "columnar/wire.h"

namespace pgattic::columnar {
namespace {

using model::Transport;

bool IsInteger(Transport transport) {
  using enum Transport;
  return transport == kInt16 || transport == kInt32 || transport == kInt64 ||
         transport == kOid;
}

bool Holds(Transport transport, std::int64_t number) {
  switch (transport) {
    case Transport::kInt16:
      return std::in_range<std::int16_t>(number);
    case Transport::kInt32:
      return std::in_range<std::int32_t>(number);
    case Transport::kOid:
      return std::in_range<std::uint32_t>(number);
    default:
      return true;
  }
}

template <typename T>
std::optional<IdKey> LoadPlain(std::string_view plain) {
  T number = 0;
  if (plain.size() != sizeof number) return std::nullopt;
  std::memcpy(&number, plain.data(), sizeof number);
  return IdKey{.number = number, .text = {}};
}

template <typename T>
bool AssignBig(ByteView field, IdKey& key) {
  if (field.size() != sizeof(T)) return false;
  key.number = LoadBig<T>(field.data());
  return true;
}

}  // namespace

std::optional<IdKey> IdKeyFromText(Transport transport, std::string_view text) {
  if (!IsInteger(transport)) return IdKey{.text = std::string(text)};
  IdKey key;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, key.number);
  if (error != std::errc() || stop != end || !Holds(transport, key.number)) {
    return std::nullopt;
  }
  return key;
}

bool AssignIdKey(Transport transport, ByteView field, IdKey& key) {
  switch (transport) {
    case Transport::kInt16:
      return AssignBig<std::int16_t>(field, key);
    case Transport::kInt32:
      return AssignBig<std::int32_t>(field, key);
    case Transport::kInt64:
      return AssignBig<std::int64_t>(field, key);
    case Transport::kOid:
      return AssignBig<std::uint32_t>(field, key);
    default:
      key.text.assign(AsText(field));
      return true;
  }
}

std::optional<IdKey> IdKeyFromPlain(Transport transport, std::string_view plain) {
  switch (transport) {
    case Transport::kInt16:
    case Transport::kInt32:
      return LoadPlain<std::int32_t>(plain);
    case Transport::kInt64:
    case Transport::kOid:
      return LoadPlain<std::int64_t>(plain);
    default:
      return IdKey{.text = std::string(plain)};
  }
}

std::string IdText(Transport transport, const IdKey& key) {
  return IsInteger(transport) ? std::to_string(key.number) : key.text;
}

}  // namespace pgattic::columnar
