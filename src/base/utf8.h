// UTF-8 as PostgreSQL takes it.
#pragma once

#include <cstddef>
#include <string_view>

namespace pgattic {

/// True for UTF-8 (RFC 3629) without NUL: what PostgreSQL and JSON take as text. Pure.
bool IsText(std::string_view bytes);

/// Returns the bytes of the character at `at`; 0 where none of a text is. REQUIRES: at <
/// bytes.size(). Pure.
std::size_t CharacterLength(std::string_view bytes, std::size_t at);

}  // namespace pgattic
