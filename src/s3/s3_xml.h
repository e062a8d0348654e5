// The little of XML that S3's answers need: flat elements without attributes, found by name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pgattic::s3 {

/// Returns what stands between <name> and </name>, for each such pair, outermost first in
/// order; raw. Attributes are passed over; broken XML gives fewer elements, never an error.
std::vector<std::string_view> XmlElements(std::string_view xml, std::string_view name);

/// Returns the text of the first element of that name with entities resolved, or "".
std::string XmlText(std::string_view xml, std::string_view name);

/// Returns `text` with & < > " ' escaped.
std::string XmlEscape(std::string_view text);

}  // namespace pgattic::s3
