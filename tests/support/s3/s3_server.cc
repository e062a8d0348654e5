#include "tests/support/s3/s3_server.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/hash.h"
#include "base/op_context.h"
#include "s3/s3_client.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kStartPatience{30};
constexpr std::chrono::milliseconds kReadyPoll{5};

std::string ProgramPath() {
  const char* chosen = std::getenv("PGATTIC_VERSITYGW");
  return chosen != nullptr ? chosen : PGATTIC_TEST_VERSITYGW;
}

bool HasExtendedAttributes(const std::string& folder) {
  return ::setxattr(folder.c_str(), "user.pgattic-probe", "1", 1, 0) == 0;
}

Status Send(s3::S3Client& client, s3::S3Request request) {
  const OpContext ctx;
  PGATTIC_ASSIGN_OR_RETURN(const s3::S3Reply reply, client.Send(ctx, std::move(request)));
  if (reply.ok()) return Status::Ok();
  return {Code::kInternal,
          "test S3 server: HTTP " + std::to_string(reply.status) + " " + reply.body};
}

// Only what is safe between fork and exec of a program with threads.
[[noreturn]] void RunChild(const std::vector<char*>& argv, int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

Result<std::unique_ptr<S3Server>> S3Server::Start(const S3ServerOptions& options) {
  const std::string program = ProgramPath();
  if (::access(program.c_str(), X_OK) != 0) {
    return {Code::kFailedPrecondition, program + " is not there; run: tools/fetch_deps.sh test"};
  }
  std::unique_ptr<S3Server> server(new S3Server());
  server->options_ = options;
  server->folder_ = (fs::temp_directory_path() / ("pgattic-s3-" + RandomHex(8))).string();
  for (const char* name : {"/root", "/sidecar", "/versions", "/iam"}) {
    fs::create_directories(server->folder_ + name);
  }
  PGATTIC_RETURN_IF_ERROR(server->Spawn(program));
  PGATTIC_RETURN_IF_ERROR(server->AwaitReady());
  return server;
}

Status S3Server::Spawn(const std::string& program) {
  if (port_ == 0) port_ = FreePort();
  std::vector<std::string> words{program,      "--port",       "127.0.0.1:" + std::to_string(port_),
                                 "--access",   access_key(),   "--secret",
                                 secret_key(), "--keep-alive", "--quiet"};
  if (!options_.certificate_file.empty()) {
    words.insert(words.end(), {"--cert", options_.certificate_file, "--key", options_.key_file});
  }
  words.push_back("posix");
  // The better place for its metadata: in sidecar files an object's outlives its replacement.
  if (!HasExtendedAttributes(folder_)) {
    words.insert(words.end(), {"--sidecar", folder_ + "/sidecar"});
  }
  if (options_.versioned_buckets) {
    words.insert(words.end(), {"--versioning-dir", folder_ + "/versions"});
  }
  words.push_back(folder_ + "/root");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int log = ::open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) RunChild(argv, log, parent);
  ::close(log);
  return pid_ > 0 ? Status::Ok() : Status(Code::kInternal, "fork failed");
}

Status S3Server::AwaitReady() {
  const OpContext ctx = OpContext().WithDeadline(kStartPatience);
  while (!ConnectToLoopback(port_).is_open()) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      std::stringstream log;
      log << std::ifstream(folder_ + "/log").rdbuf();
      return {Code::kInternal, "the S3 server ended at its start: " + log.str()};
    }
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(kReadyPoll));
  }
  return Status::Ok();
}

void S3Server::Kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

Status S3Server::KillAndRestart() {
  Kill();
  PGATTIC_RETURN_IF_ERROR(Spawn(ProgramPath()));
  return AwaitReady();
}

S3Server::~S3Server() {
  Kill();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

std::string S3Server::endpoint() const {
  const std::string scheme = options_.certificate_file.empty() ? "http" : "https";
  return scheme + "://127.0.0.1:" + std::to_string(port_);
}

s3::S3Options S3Server::OptionsFor(const std::string& bucket) const {
  s3::S3Options options;
  options.bucket = bucket;
  options.region = "us-east-1";
  options.endpoint = endpoint();
  options.access_key = Secret(access_key());
  options.secret_key = Secret(secret_key());
  options.ca_file = options_.certificate_file;
  options.max_retries = 2;
  options.retry_scale = std::chrono::milliseconds(10);
  return options;
}

Status S3Server::MakeBucket(const std::string& bucket) const {
  PGATTIC_ASSIGN_OR_RETURN(const std::unique_ptr<s3::S3Client> client,
                           s3::S3Client::Open(OptionsFor(bucket)));
  const s3::S3Location& at = client->location();
  PGATTIC_RETURN_IF_ERROR(
      Send(*client, {.operation = "CreateBucket", .method = "PUT", .path = at.BucketPath({})}));
  if (!options_.versioned_buckets) return Status::Ok();
  return Send(*client, {.operation = "PutBucketVersioning",
                        .method = "PUT",
                        .path = at.BucketPath({{"versioning", ""}}),
                        .body = "<VersioningConfiguration "
                                "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                                "<Status>Enabled</Status></VersioningConfiguration>"});
}

Result<std::string> S3Server::MakeBucket() const {
  const std::string bucket = "pgattic-" + RandomHex(6);
  PGATTIC_RETURN_IF_ERROR(MakeBucket(bucket));
  return bucket;
}

void S3Server::Freeze() const { ::kill(pid_, SIGSTOP); }

void S3Server::Wake() const { ::kill(pid_, SIGCONT); }

}  // namespace pgattic::test
