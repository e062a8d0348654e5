#include "tests/support/trino/trino_server.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/hash.h"
#include "engine/trino_engine.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kStartPatience{300};
constexpr std::chrono::milliseconds kReadyPoll{200};

std::string Home() {
  const char* chosen = std::getenv("PGATTIC_THIRD_PARTY");
  return chosen != nullptr ? chosen : "third_party";
}

std::string Java() { return Home() + "/jdk/bin/java"; }

/// RFC 4648, section 5, without padding.
std::string Base64Url(const std::string& bytes) {
  std::string text(4 * (bytes.size() / 3 + 1) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  std::erase(text, '=');
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string HmacSha256(const std::string& key, const std::string& text) {
  std::array<unsigned char, 32> out{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
  return {reinterpret_cast<const char*>(out.data()), size};
}

class NoRows final : public engine::AnswerSink {
 public:
  Status Columns(const std::vector<engine::AnswerColumn>&) override { return Status::Ok(); }
  Status Row(std::span<const engine::AnswerValue>) override { return Status::Ok(); }
};

}  // namespace

bool TrinoServer::IsInstalled() {
  return fs::exists(Java()) && fs::exists(Home() + "/trino/lib") &&
         fs::exists(Home() + "/trino/plugin/hive");
}

Result<std::unique_ptr<TrinoServer>> TrinoServer::Start(const S3Server& s3) {
  if (!IsInstalled()) return {Code::kFailedPrecondition, kNotInstalled};
  std::unique_ptr<TrinoServer> server(new TrinoServer());
  PGATTIC_ASSIGN_OR_RETURN(server->folder_, sandbox::ScratchFolder::Make({}));
  server->port_ = FreePort();
  server->https_port_ = FreePort();
  server->secret_ = RandomHex(32);
  PGATTIC_RETURN_IF_ERROR(server->MakeCertificate());
  PGATTIC_RETURN_IF_ERROR(server->WriteConfig(s3));
  PGATTIC_RETURN_IF_ERROR(server->Spawn());
  PGATTIC_RETURN_IF_ERROR(server->AwaitReady(s3));
  return server;
}

Status TrinoServer::MakeCertificate() const {
  const std::string& at = folder_->path();
  sandbox::SubprocessOptions options;
  options.argv = {"openssl",  "req",           "-x509",   "-newkey",
                  "rsa:2048", "-nodes",        "-days",   "30",
                  "-subj",    "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                  "-keyout",  at + "/key.pem", "-out",    at + "/cert.pem"};
  PGATTIC_ASSIGN_OR_RETURN(const auto made, sandbox::Subprocess::Run(OpContext(), options));
  PGATTIC_RETURN_IF_ERROR(made.CheckSuccess("making a certificate"));
  std::ofstream both(at + "/both.pem");
  both << std::ifstream(at + "/key.pem").rdbuf() << std::ifstream(at + "/cert.pem").rdbuf();
  return Status::Ok();
}

Status TrinoServer::WriteConfig(const S3Server& s3) const {
  const std::string& at = folder_->path();
  fs::create_directories(at + "/etc/catalog");
  fs::create_directories(at + "/metastore");
  const std::string port = std::to_string(port_);
  // The least heap that works is 768 MB; see jvm options.
  std::ofstream(at + "/etc/config.properties")
      << "coordinator=true\nnode-scheduler.include-coordinator=true\n"
      << "http-server.http.port=" << port << "\nhttp-server.log.enabled=false\n"
      << "http-server.https.enabled=true\nhttp-server.https.port=" << https_port_
      << "\nhttp-server.https.keystore.path=" << at << "/both.pem\n"
      << "http-server.authentication.type=JWT\n"
      << "http-server.authentication.jwt.key-file=" << at << "/jwt.key\n"
      << "http-server.authentication.allow-insecure-over-http=true\n"
      << "internal-communication.shared-secret=" << secret_ << "\n"
      << "discovery.uri=http://127.0.0.1:" << port << "\nnode.internal-address=127.0.0.1\n"
      << "node.bind-ip=127.0.0.1\nquery.max-memory=300MB\nquery.max-memory-per-node=300MB\n"
      << "query.max-total-memory=400MB\nmemory.heap-headroom-per-node=200MB\n"
      << "task.concurrency=2\ntask.max-worker-threads=4\ncatalog.management=static\n"
      << "plugin.dir=" << Home() << "/trino/plugin\ncatalog.config-dir=" << at << "/etc/catalog\n";
  std::ofstream(at + "/jwt.key") << [this] {
    std::string text(64, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(secret_.data()), 32);
    text.resize(static_cast<std::size_t>(size));
    return text;
  }();
  std::ofstream(at + "/etc/log.properties") << "io.trino=WARN\n";
  std::ofstream(at + "/etc/catalog/hive.properties")
      << "connector.name=hive\nhive.metastore=file\nhive.metastore.catalog.dir=local:///metastore\n"
      << "fs.native-local.enabled=true\nlocal.location=" << at
      << "\nfs.native-s3.enabled=true\ns3.endpoint=" << s3.endpoint()
      << "\ns3.region=us-east-1\ns3.path-style-access=true\ns3.aws-access-key=" << s3.access_key()
      << "\ns3.aws-secret-key=" << s3.secret_key()
      << "\nhive.partition-projection-enabled=true\n"
      // A view does not see the property of its reader's session.
      << "hive.timestamp-precision=MICROSECONDS\n";
  return Status::Ok();
}

Status TrinoServer::Spawn() {
  const std::string& at = folder_->path();
  sandbox::SubprocessOptions options;
  options.argv = {Java(),
                  "-Xmx768m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:ReservedCodeCacheSize=128M",
                  "-XX:+ExitOnOutOfMemoryError",
                  "-Djdk.attach.allowAttachSelf=true",
                  "-XX:+EnableDynamicAgentLoading",
                  "--enable-native-access=ALL-UNNAMED",
                  "-Duser.timezone=UTC",
                  "-Dlog.enable-console=true",
                  "-Dconfig=" + at + "/etc/config.properties",
                  "-Dlog.levels-file=" + at + "/etc/log.properties",
                  "-Dnode.data-dir=" + at + "/data",
                  "-Dnode.id=t1",
                  "-Dnode.environment=test",
                  "-cp",
                  Home() + "/trino/lib/*",
                  "io.trino.server.TrinoServer"};
  options.working_folder = at;
  options.stdout_file = at + "/log";
  options.stderr_file = at + "/log";
  PGATTIC_ASSIGN_OR_RETURN(process_, sandbox::Subprocess::Spawn(options));
  return Status::Ok();
}

// Started, says the server, some seconds before a table can be read; so a table is read.
Status TrinoServer::AwaitReady(const S3Server& s3) {
  PGATTIC_ASSIGN_OR_RETURN(const std::string bucket, s3.MakeBucket());
  engine::TrinoOptions options;
  options.url = url();
  options.catalog = "hive";
  options.retry.max_attempts = 1;
  PGATTIC_ASSIGN_OR_RETURN(const auto trino, engine::OpenTrino(options));
  const std::vector<std::string> statements = {
      "CREATE SCHEMA IF NOT EXISTS hive.probe",
      "CREATE TABLE IF NOT EXISTS hive.probe.ready (a integer) WITH (external_location='s3://" +
          bucket + "/', format='PARQUET')",
      "SELECT count(*) FROM hive.probe.ready"};
  const OpContext ctx = OpContext().WithDeadline(kStartPatience);
  NoRows sink;
  for (std::size_t next = 0; next < statements.size();) {
    const auto ran = trino->Run(ctx, {statements[next], {}, {}}, sink);
    if (ran.ok()) {
      ++next;
      continue;
    }
    const bool is_over = process_->TryWait().has_value() || !ctx.SleepFor(kReadyPoll).ok();
    if (!is_over) continue;
    std::stringstream log;
    log << std::ifstream(folder_->path() + "/log").rdbuf();
    return {Code::kInternal, "Trino does not start: " + ran.error().ToString() + "\n" + log.str()};
  }
  return Status::Ok();
}

std::string TrinoServer::TokenFor(const std::string& user) const {
  const std::string text =
      Base64Url(R"({"alg":"HS256","typ":"JWT"})") + "." + Base64Url(R"({"sub":")" + user + R"("})");
  return text + "." + Base64Url(HmacSha256(secret_.substr(0, 32), text));
}

void TrinoServer::Freeze() const { ::kill(process_->pid(), SIGSTOP); }

void TrinoServer::Wake() const { ::kill(process_->pid(), SIGCONT); }

}  // namespace pgattic::test
