#include "http_server/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <climits>

namespace pgattic::http_server {
namespace {

int Bounded(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

std::string LastError() {
  char text[256] = "unknown reason";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, text, sizeof text);
  }
  ERR_clear_error();
  return text;
}

}  // namespace

struct TlsContext::Impl {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_server_method()),
                                                            SSL_CTX_free};
};

struct TlsSession::Impl {
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl{nullptr, SSL_free};

  TlsWant WantAfter(int result) const {
    switch (SSL_get_error(ssl.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return TlsWant::kRead;
      case SSL_ERROR_WANT_WRITE:
        return TlsWant::kWrite;
      case SSL_ERROR_ZERO_RETURN:
        return TlsWant::kNothing;
      default:
        ERR_clear_error();
        return TlsWant::kFailed;
    }
  }
};

TlsSession::TlsSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsSession::~TlsSession() = default;

TlsWant TlsSession::Read(char* ptr, std::size_t size, ssize_t& moved) {
  const int result = SSL_read(impl_->ssl.get(), ptr, Bounded(size));
  moved = std::max(result, 0);
  return result > 0 ? TlsWant::kNothing : impl_->WantAfter(result);
}

TlsWant TlsSession::Write(const char* ptr, std::size_t size, ssize_t& moved) {
  const int result = SSL_write(impl_->ssl.get(), ptr, Bounded(size));
  moved = std::max(result, 0);
  return result > 0 ? TlsWant::kNothing : impl_->WantAfter(result);
}

bool TlsSession::HasPending() const { return SSL_has_pending(impl_->ssl.get()) == 1; }

bool TlsSession::IsShakingHands() const { return SSL_is_init_finished(impl_->ssl.get()) == 0; }

void TlsSession::Close() {
  if (!IsShakingHands()) SSL_shutdown(impl_->ssl.get());
  ERR_clear_error();
}

Result<TlsContext> TlsContext::Load(const std::string& certificate_file,
                                    const std::string& key_file) {
  auto impl = std::make_shared<Impl>();
  SSL_CTX* context = impl->context.get();
  if (context == nullptr) return {Code::kResourceExhausted, "no TLS context: " + LastError()};
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    return {Code::kInvalidArgument, "the certificate " + certificate_file +
                                        " cannot be used: " + LastError() +
                                        "; serve.tls_certificate takes a PEM file with its chain"};
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return {Code::kInvalidArgument,
            "the key " + key_file + " cannot be used: " + LastError() +
                "; serve.tls_key takes the PEM file of the certificate's private key"};
  }
  return TlsContext(std::move(impl));
}

Result<std::unique_ptr<TlsSession>> TlsContext::NewSession(int fd) const {
  auto session = std::make_unique<TlsSession::Impl>();
  session->ssl.reset(SSL_new(impl_->context.get()));
  if (!session->ssl || SSL_set_fd(session->ssl.get(), fd) != 1) {
    return {Code::kResourceExhausted, "no TLS session: " + LastError()};
  }
  SSL_set_accept_state(session->ssl.get());  // The first read shakes hands.
  return std::make_unique<TlsSession>(std::move(session));
}

}  // namespace pgattic::http_server
