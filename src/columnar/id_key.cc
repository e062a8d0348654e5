#include "columnar/id_key.h"

#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "columnar/wire.h"

namespace pgattic::columnar {
namespace {

using model::Transport;

// The integers that an id may be; everything else is text.
enum class Form { kText, kInt16, kInt32, kInt64, kOid };

Form FormOf(Transport transport) {
  if (transport == Transport::kInt16) return Form::kInt16;
  if (transport == Transport::kInt32) return Form::kInt32;
  if (transport == Transport::kInt64) return Form::kInt64;
  if (transport == Transport::kOid) return Form::kOid;
  return Form::kText;
}

bool Holds(Form form, std::int64_t number) {
  if (form == Form::kInt16) return std::in_range<std::int16_t>(number);
  if (form == Form::kInt32) return std::in_range<std::int32_t>(number);
  if (form == Form::kOid) return std::in_range<std::uint32_t>(number);
  return true;
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
  const Form form = FormOf(transport);
  if (form == Form::kText) return IdKey{.text = std::string(text)};
  IdKey key;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, key.number);
  if (error != std::errc() || stop != end || !Holds(form, key.number)) {
    return std::nullopt;
  }
  return key;
}

bool AssignIdKey(Transport transport, ByteView field, IdKey& key) {
  switch (FormOf(transport)) {
    case Form::kInt16:
      return AssignBig<std::int16_t>(field, key);
    case Form::kInt32:
      return AssignBig<std::int32_t>(field, key);
    case Form::kInt64:
      return AssignBig<std::int64_t>(field, key);
    case Form::kOid:
      return AssignBig<std::uint32_t>(field, key);
    case Form::kText:
      break;
  }
  key.text.assign(AsText(field));
  return true;
}

std::optional<IdKey> IdKeyFromPlain(Transport transport, std::string_view plain) {
  switch (FormOf(transport)) {
    case Form::kInt16:
    case Form::kInt32:
      return LoadPlain<std::int32_t>(plain);
    case Form::kInt64:
    case Form::kOid:
      return LoadPlain<std::int64_t>(plain);
    case Form::kText:
      break;
  }
  return IdKey{.text = std::string(plain)};
}

std::string IdText(Transport transport, const IdKey& key) {
  return FormOf(transport) == Form::kText ? key.text : std::to_string(key.number);
}

bool MayBeIn(const std::vector<IdBounds>& ranges, std::size_t index, const IdKey& id) {
  const IdBounds& here = ranges[index];
  if (here.least && id < *here.least) {
    return index == 0 || !ranges[index - 1].most || *ranges[index - 1].most <= id;
  }
  if (here.most && *here.most < id) {
    return index + 1 == ranges.size() || !ranges[index + 1].least || id <= *ranges[index + 1].least;
  }
  return true;
}

}  // namespace pgattic::columnar
