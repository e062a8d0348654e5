// PlainKey: the key of an id out of Parquet's value of it.
#pragma once

#include <parquet/types.h>

#include <type_traits>

#include "columnar/id_key.h"

namespace pgattic::columnar {

/// Sets `key`, whose memory is used again. REQUIRES: a value of a column that may be an id; those
/// of other types leave it as it is.
template <typename Value>
void AssignPlainKey(const Value& value, IdKey& key) {
  if constexpr (std::is_same_v<Value, parquet::ByteArray>) {
    key.text.assign(reinterpret_cast<const char*>(value.ptr), value.len);
  } else if constexpr (std::is_integral_v<Value>) {
    key.number = value;
  }
}

}  // namespace pgattic::columnar
