#include "api/tokens.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "base/hash.h"
#include "base/log.h"

namespace pgattic::api {
namespace {

constexpr std::size_t kLeastLength = 16;
constexpr std::chrono::seconds kPause{1};

/// What tells one version of a file from another; "" when it cannot be seen.
std::string VersionOf(const std::string& file) {
  struct stat seen {};
  if (::stat(file.c_str(), &seen) != 0) return "";
  return std::to_string(seen.st_ino) + " " + std::to_string(seen.st_size) + " " +
         std::to_string(seen.st_mtim.tv_sec) + "." + std::to_string(seen.st_mtim.tv_nsec);
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

Result<std::vector<std::string>> HashesIn(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return {Code::kInvalidArgument,
            "the tokens file " + file + " (serve.tokens_file) cannot be read"};
  }
  std::vector<std::string> hashes;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    const std::string_view token = Trim(line);
    if (token.empty() || token.starts_with('#')) continue;
    if (token.size() < kLeastLength) {
      return {Code::kInvalidArgument, file + ":" + std::to_string(number) +
                                          ": a token has at least 16 characters; make one with "
                                          "`openssl rand -hex 32`"};
    }
    hashes.push_back(Sha256::Of(AsBytes(token)));
  }
  if (hashes.empty()) {
    return {Code::kInvalidArgument,
            "the tokens file " + file + " holds no token; write one a line"};
  }
  return hashes;
}

/// Takes as long whatever differs.
bool IsSame(const std::string& a, const std::string& b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference |=
        static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  }
  return difference == 0;
}

}  // namespace

Result<std::unique_ptr<Tokens>> Tokens::Load(const std::string& file, Clock& clock) {
  std::unique_ptr<Tokens> tokens(new Tokens(file, clock));  // NOLINT: the constructor is private
  if (!file.empty()) PGATTIC_RETURN_IF_ERROR(tokens->Read());
  return tokens;
}

Status Tokens::Read() {
  looked_at_ = clock_.SteadyNow();
  const std::string version = VersionOf(file_);  // Before: a change while reading is seen later.
  PGATTIC_ASSIGN_OR_RETURN(hashes_, HashesIn(file_));
  seen_ = version;
  return Status::Ok();
}

void Tokens::ReadIfChanged() {
  if (clock_.SteadyNow() - looked_at_ < kPause) return;
  looked_at_ = clock_.SteadyNow();
  if (VersionOf(file_) == seen_) return;
  const Status read = Read();
  if (!read.ok()) log::Write(log::Level::kError, "tokens-not-read", {{"why", read.ToString()}});
}

std::optional<std::string> Tokens::HolderOf(std::string_view authorization) {
  if (is_open()) return "";
  constexpr std::string_view kScheme = "Bearer ";
  const bool is_bearer = authorization.size() > kScheme.size() &&
                         std::equal(kScheme.begin(), kScheme.end(), authorization.begin(),
                                    [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  const std::string_view token = is_bearer ? Trim(authorization.substr(kScheme.size())) : "";
  std::string hash = Sha256::Of(AsBytes(token));
  const std::lock_guard lock(mutex_);
  ReadIfChanged();
  bool is_known = false;
  for (const std::string& known : hashes_) is_known = IsSame(known, hash) || is_known;
  if (!is_known || !is_bearer) return std::nullopt;
  return hash;
}

}  // namespace pgattic::api
