// A fuzz target: what x_fuzz.cc defines, for libFuzzer and for standalone_main.cc alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Feeds one input to the code under test. A fault is an abort or a sanitizer's report; whether
/// the input is accepted does not matter. Returns 0. The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace pgattic::fuzz {

/// Returns good inputs, from which others are made. The same on every call.
std::vector<std::string> Seeds();

}  // namespace pgattic::fuzz
