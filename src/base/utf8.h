// UTF-8 as PostgreSQL takes it.
#pragma once

#include <string_view>

namespace pgattic {

/// True for UTF-8 (RFC 3629) without NUL: what PostgreSQL and JSON take as text. Pure.
bool IsText(std::string_view bytes);

}  // namespace pgattic
