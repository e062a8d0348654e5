#include "sandbox/postgres_install.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "store/posix_file.h"

namespace pgattic::sandbox {
namespace {

/// Returns the bin folder with the highest version under `root`, "" when there is none.
std::string NewestBin(const std::string& root) {
  std::string newest;
  int newest_version = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at(root, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    if (version <= newest_version) continue;
    newest_version = version;
    newest = at->path() / "bin";
  }
  return newest;
}

}  // namespace

Result<std::string> FindPostgresBin(const std::string& wanted, const std::string& root) {
  std::string bin = wanted;
  if (bin.empty()) {
    const char* from_env = std::getenv("PGATTIC_PG_BIN");  // NOLINT(concurrency-mt-unsafe)
    bin = from_env != nullptr ? from_env : NewestBin(root);
  }
  if (!bin.empty() && ::access((bin + "/initdb").c_str(), X_OK) == 0) return bin;
  return {Code::kNotFound, "no PostgreSQL server programs in " + (bin.empty() ? root : bin) +
                               ": install the package postgresql, or name the folder of initdb in "
                               "PGATTIC_PG_BIN"};
}

Result<std::optional<OsUser>> ChooseServerUser(const std::string& wanted) {
  if (::geteuid() != 0) return std::optional<OsUser>();
  if (!wanted.empty()) {
    PGATTIC_ASSIGN_OR_RETURN(OsUser user, FindOsUser(wanted));
    return std::optional<OsUser>(std::move(user));
  }
  Result<OsUser> user = FindOsUser("postgres");
  if (!user.ok()) user = FindOsUser("nobody");
  if (!user.ok()) return std::move(user).status();
  return std::optional<OsUser>(std::move(user).value());
}

Result<int> FindFreePort() {
  const store::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!fd.is_open() || ::bind(fd.get(), generic, length) != 0 ||
      ::getsockname(fd.get(), generic, &length) != 0) {
    return store::ErrnoStatus(errno, "looking for a free port of 127.0.0.1");
  }
  return static_cast<int>(ntohs(address.sin_port));
}

}  // namespace pgattic::sandbox
