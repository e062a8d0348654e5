// Runs a fuzz target without libFuzzer: inputs are the seeds, changed at random.
//
//   x_fuzz [--runs N] [--seed S]    N changed seeds; the same for the same S
//   x_fuzz FILE...                  these inputs alone
//   x_fuzz --write-corpus FOLDER    writes the seeds, for libFuzzer to begin with
//
// An input that kills the process is left in the working folder as crash-input.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/random.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::fuzz {
namespace {

using sandbox::Random;

std::string* current_input = nullptr;  // NOLINT: read by the handler of a fatal signal

void KeepInput(int number) {
  const int file = open("crash-input", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
  if (file >= 0 && current_input != nullptr) {
    [[maybe_unused]] const auto written = write(file, current_input->data(), current_input->size());
    close(file);
  }
  std::signal(number, SIG_DFL);
  raise(number);
}

void Run(std::string& input) {
  current_input = &input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::size_t Place(Random& random, const std::string& input) {
  return static_cast<std::size_t>(random.Below(input.size() + 1));
}

/// Numbers at which length checks go wrong, in either byte order.
std::string Edge(Random& random) {
  static constexpr std::array<std::uint64_t, 12> kEdges = {
      0,      1,      0x7F,       0x80,       0xFF,       0x7FFF,
      0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF};
  const std::uint64_t edge = kEdges[random.Below(kEdges.size())];
  std::string bytes;
  const std::uint64_t width = std::uint64_t{1} << random.Below(4);
  for (std::uint64_t i = 0; i < width; ++i) {
    bytes.push_back(static_cast<char>((edge >> (8 * i)) & 0xFFU));
  }
  if (random.Chance(0.5)) std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

void Change(Random& random, const std::vector<std::string>& seeds, std::string& input) {
  const std::size_t at = Place(random, input);
  const auto length = static_cast<std::size_t>(random.Below(16) + 1);
  switch (random.Below(7)) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << random.Below(8)));
      return;
    case 1:
      if (at < input.size()) input[at] = static_cast<char>(random.Below(256));
      return;
    case 2:
      input.erase(at, length);
      return;
    case 3:
      input.insert(at, input.substr(Place(random, input), length));
      return;
    case 4:
      input.replace(at, std::min(length, input.size() - at), Edge(random));
      return;
    case 5:
      input.resize(at);
      return;
    default: {
      const std::string& other = seeds[random.Below(seeds.size())];
      input.replace(at, input.npos, other.substr(Place(random, other)));
      return;
    }
  }
}

void RunChanged(std::uint64_t runs, std::uint64_t seed) {
  const std::vector<std::string> seeds = Seeds();
  Random random(seed);
  for (std::string input : seeds) Run(input);
  for (std::uint64_t i = 0; i < runs; ++i) {
    std::string input = seeds[random.Below(seeds.size())];
    for (std::uint64_t left = random.Below(4) + 1; left > 0; --left) Change(random, seeds, input);
    Run(input);
  }
  std::cout << seeds.size() << " seeds and " << runs << " inputs made of them (--seed " << seed
            << ")\n";
}

int WriteCorpus(const std::string& folder) {
  const std::vector<std::string> seeds = Seeds();
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream file(folder + "/seed" + std::to_string(i), std::ios::binary);
    file << seeds[i];
    if (!file.good()) return 1;
  }
  return 0;
}

int RunFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::cerr << "cannot read " << path << "\n";
    return 1;
  }
  std::ostringstream content;
  content << file.rdbuf();
  std::string input = content.str();
  Run(input);
  return 0;
}

int Main(const std::vector<std::string>& arguments) {
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    std::signal(number, KeepInput);
  std::uint64_t runs = 20'000;
  std::uint64_t seed = 1;
  bool files = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& option = arguments[i];
    if (!option.starts_with("--")) {
      files = true;
      if (RunFile(option) != 0) return 1;
      continue;
    }
    if (++i == arguments.size()) return 2;
    const std::string& value = arguments[i];
    if (option == "--write-corpus") return WriteCorpus(value);
    std::uint64_t& number = option == "--seed" ? seed : runs;
    std::from_chars(value.data(), value.data() + value.size(), number);
  }
  if (!files) RunChanged(runs, seed);
  return 0;
}

}  // namespace
}  // namespace pgattic::fuzz

int main(int argc, char** argv) {
  return pgattic::fuzz::Main(std::vector<std::string>(argv + 1, argv + argc));
}
