// `pgattic serve` with TLS: by a client that checks it, and by those that never shake hands.
#include <httplib.h>

#include "served_archive.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

class ServeTls : public ServedArchive {
 protected:
  /// `arguments` as of StartServing.
  void ServeByTls(std::vector<std::string> arguments) {
    ASSERT_EQ(Pgattic({"init"}).code, 0);
    certificate_ = folder() + "/cert.pem";
    const std::string key = folder() + "/key.pem";
    const auto made = sandbox::Subprocess::Run(
        OpContext(), {.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                               "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
                               certificate_, "-days", "2", "-subj", "/CN=localhost", "-addext",
                               "subjectAltName=IP:127.0.0.1"}});
    ASSERT_TRUE(made.ok() && made->exit.ok());
    arguments.insert(arguments.end(),
                     {"--serve-tls-certificate", certificate_, "--serve-tls-key", key});
    StartServing(arguments);
  }
  std::unique_ptr<httplib::SSLClient> Client() const {
    auto client = std::make_unique<httplib::SSLClient>("127.0.0.1", web().port());
    client->set_ca_cert_path(certificate_.c_str());
    client->enable_server_certificate_verification(true);
    client->set_keep_alive(true);
    return client;
  }
  /// Connections whose handshake does not go on: some say nothing, some half of a hello.
  std::vector<Socket> Strangers(int count) const {
    const std::string half_a_hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    std::vector<Socket> strangers;
    for (int i = 0; i < count; ++i) {
      strangers.push_back(ConnectToLoopback(web().port()));
      EXPECT_TRUE(strangers.back().is_open());
      EXPECT_TRUE(strangers.back().SendAll(i % 2 == 0 ? half_a_hello : ""));
    }
    return strangers;
  }

 private:
  std::string certificate_;
};

TEST_F(ServeTls, AnswersWhoeverChecksTheCertificate) {
  ServeByTls({});
  const auto client = Client();
  for (int i = 0; i < 3; ++i) {
    const auto answer = client->Get("/healthz");
    ASSERT_TRUE(answer) << httplib::to_string(answer.error());
    EXPECT_EQ(answer->status, 200);
  }
  const auto batch =
      client->Post("/v1/games:batchGet", std::string(2 << 20, ' '), "application/json");
  ASSERT_TRUE(batch) << httplib::to_string(batch.error());
  EXPECT_EQ(batch->status, 413);
  EXPECT_EQ(web().Get("/healthz").status, 0);  // Without TLS there is no answer.
  EXPECT_EQ(StopServing(), sandbox::ExitStatus{});
}

TEST_F(ServeTls, AnswersOthersWhileHandshakesHang) {
  ServeByTls({});
  const std::vector<Socket> strangers = Strangers(20);
  const auto answer = Client()->Get("/healthz");
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 200);
}

TEST_F(ServeTls, EndsWhileHandshakesHang) {
  ServeByTls({"--serve-drain-timeout", "10m"});
  const std::vector<Socket> strangers = Strangers(4);
  // Accepted in their order: all of them have a thread once this one is answered.
  ASSERT_TRUE(Client()->Get("/healthz"));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(StopServing(), sandbox::ExitStatus{});
  // Shorter than the 10 s that a hello has to arrive.
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(8));
  std::string rest;
  for (const Socket& stranger : strangers) EXPECT_FALSE(stranger.Receive(rest));
}

}  // namespace
}  // namespace pgattic::test
