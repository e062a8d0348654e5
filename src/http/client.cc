#include "http/client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "base/ascii.h"
#include "base/check.h"
#include "http/curl_error.h"

namespace pgattic::http {

using std::chrono::milliseconds;

namespace {

// How late the end of a context may be noticed; its stop is noticed at once.
constexpr milliseconds kTick{50};
constexpr std::size_t kMaxIdleLines = 16;
constexpr std::size_t kMaxHeaderBytes = 64 << 10;

void InitCurl() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  PGATTIC_CHECK(done == CURLE_OK, "libcurl cannot be initialised");
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

HeaderList Append(HeaderList list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  PGATTIC_CHECK(longer != nullptr, "out of memory");
  static_cast<void>(list.release());
  return HeaderList(longer);
}

/// What arrives, with its limits.
struct Arrival {
  Response response;
  std::size_t max_body_bytes = 0;
  std::size_t header_bytes = 0;
  bool is_too_long = false;
};

std::size_t TakeBody(char* data, std::size_t size, std::size_t count, void* target) {
  auto& arrival = *static_cast<Arrival*>(target);
  const std::size_t bytes = size * count;
  if (bytes > arrival.max_body_bytes - arrival.response.body.size()) {
    arrival.is_too_long = true;
    return 0;
  }
  arrival.response.body.append(data, bytes);
  return bytes;
}

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::size_t TakeHeader(char* data, std::size_t size, std::size_t count, void* target) {
  auto& arrival = *static_cast<Arrival*>(target);
  const std::string_view line(data, size * count);
  arrival.header_bytes += line.size();
  if (arrival.header_bytes > kMaxHeaderBytes) {
    arrival.is_too_long = true;
    return 0;
  }
  // A status line: of this answer, or of one that went before (100 Continue).
  if (line.starts_with("HTTP/")) arrival.response.headers.clear();
  const std::size_t colon = line.find(':');
  if (colon == line.npos || colon == 0) return line.size();
  std::string name = AsciiLower(line.substr(0, colon));
  arrival.response.headers.emplace_back(std::move(name), Trim(line.substr(colon + 1)));
  return line.size();
}

/// A line break would make a header of what is a value.
bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; });
}

}  // namespace

/// A connection's worth of libcurl: one request at a time. Not thread-safe.
class Client::Line {
 public:
  Line() : easy_(curl_easy_init()), multi_(curl_multi_init()) {
    PGATTIC_CHECK(easy_ != nullptr && multi_ != nullptr, "out of memory");
  }
  ~Line() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Result<Response> Send(const OpContext& ctx, const ClientOptions& options, const Request& request);

 private:
  void SetUp(const ClientOptions& options, const Request& request);
  void SetIdentity(const Request& request);
  HeaderList HeadersOf(const Request& request);
  Status Perform(const OpContext& ctx, milliseconds patience, CURLcode& outcome);

  CURL* easy_;
  CURLM* multi_;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

void Client::Line::SetUp(const ClientOptions& options, const Request& request) {
  curl_easy_reset(easy_);
  error_[0] = '\0';
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, "pgattic");
  if (!options.ca_file.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
  if (request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.c_str());
  }
}

void Client::Line::SetIdentity(const Request& request) {
  if (request.sign) {
    const AwsSignature& sign = *request.sign;
    const std::string provider = "aws:amz:" + sign.region + ":" + sign.service;
    curl_easy_setopt(easy_, CURLOPT_AWS_SIGV4, provider.c_str());
    curl_easy_setopt(easy_, CURLOPT_USERNAME, sign.access_key.c_str());
    curl_easy_setopt(easy_, CURLOPT_PASSWORD, sign.secret_key.Reveal().c_str());
  } else if (!request.user.empty()) {
    curl_easy_setopt(easy_, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy_, CURLOPT_USERNAME, request.user.c_str());
    curl_easy_setopt(easy_, CURLOPT_PASSWORD, request.password.Reveal().c_str());
  }
}

HeaderList Client::Line::HeadersOf(const Request& request) {
  HeaderList list;
  // Without it libcurl waits a second for a "100 Continue" that few servers send. Where it signs,
  // it would sign what it does not send; there only bodies beyond 1 MB have to wait.
  if (!request.sign) list = Append(std::move(list), "Expect:");
  for (const auto& [name, value] : request.headers) {
    // "Name:" would take the header away, "Name;" sends it empty.
    list = Append(std::move(list), value.empty() ? name + ";" : name + ": " + value);
  }
  if (!request.bearer.empty()) {
    list = Append(std::move(list), "Authorization: Bearer " + request.bearer.Reveal());
  }
  if (request.sign && !request.sign->session_token.empty()) {
    list = Append(std::move(list), "X-Amz-Security-Token: " + request.sign->session_token.Reveal());
  }
  return list;
}

Status Client::Line::Perform(const OpContext& ctx, milliseconds patience, CURLcode& outcome) {
  const std::stop_callback wake(ctx.stop(), [this] { curl_multi_wakeup(multi_); });
  const OpContext own = ctx.WithDeadline(patience);
  int running = 1;
  while (running > 0) {
    PGATTIC_RETURN_IF_ERROR(own.Check());
    CURLMcode did = curl_multi_perform(multi_, &running);
    if (did == CURLM_OK && running > 0) {
      const milliseconds wait = std::max(own.Remaining(kTick), milliseconds(1));
      did = curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    }
    if (did != CURLM_OK) return {Code::kInternal, curl_multi_strerror(did)};
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) outcome = message->data.result;
  }
  return Status::Ok();
}

Result<Response> Client::Line::Send(const OpContext& ctx, const ClientOptions& options,
                                    const Request& request) {
  SetUp(options, request);
  SetIdentity(request);
  const HeaderList headers = HeadersOf(request);
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers.get());
  Arrival arrival;
  arrival.max_body_bytes = options.max_body_bytes;
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &arrival);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, &arrival);
  curl_multi_add_handle(multi_, easy_);
  CURLcode outcome = CURLE_RECV_ERROR;
  Status done = Perform(ctx, options.request_timeout, outcome);
  curl_multi_remove_handle(multi_, easy_);
  if (!done.ok()) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    if (!done.Is(Code::kDeadlineExceeded)) return done;
    outcome = CURLE_OPERATION_TIMEDOUT;
  }
  if (arrival.is_too_long) {
    return {Code::kResourceExhausted, request.url + ": an answer of more than " +
                                          std::to_string(options.max_body_bytes) + " bytes"};
  }
  if (outcome != CURLE_OK) return FromCurl(outcome, request.url, error_.data());
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  arrival.response.status = static_cast<int>(status);
  return std::move(arrival.response);
}

/// Idle lines. Thread-safe.
class Client::Pool {
 public:
  std::unique_ptr<Line> Take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Line>();
    std::unique_ptr<Line> line = std::move(idle_.back());
    idle_.pop_back();
    return line;
  }
  void GiveBack(std::unique_ptr<Line> line) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMaxIdleLines) idle_.push_back(std::move(line));
  }

 private:
  std::mutex mutex_;  // Guards idle_.
  std::vector<std::unique_ptr<Line>> idle_;
};

Client::Client(ClientOptions options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>()) {
  InitCurl();
}

Client::~Client() = default;

Result<Response> Client::Send(const OpContext& ctx, const Request& request) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  for (const auto& [name, value] : request.headers) {
    if (!HasControl(name) && !HasControl(value)) continue;
    return {Code::kInvalidArgument, "a control character in the value of the header " + name};
  }
  if (HasControl(request.bearer.Reveal())) {
    return {Code::kInvalidArgument, "a control character in the token; is it read with its line?"};
  }
  std::unique_ptr<Line> line = pool_->Take();
  Result<Response> response = line->Send(ctx, options_, request);
  pool_->GiveBack(std::move(line));
  return response;
}

std::string Response::Header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return "";
}

namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string PieceOf(CURLU* url, CURLUPart part, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string piece = text;
  curl_free(text);
  return piece;
}

}  // namespace

Result<std::string> OriginOf(const std::string& url) {
  const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
  PGATTIC_CHECK(parsed != nullptr, "out of memory");
  const bool is_url = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
  const std::string scheme = PieceOf(parsed.get(), CURLUPART_SCHEME, 0);
  const std::string host = PieceOf(parsed.get(), CURLUPART_HOST, 0);
  if (!is_url || (scheme != "http" && scheme != "https") || host.empty()) {
    return {Code::kInvalidArgument, "not a URL; write http://HOST:PORT or https://HOST:PORT"};
  }
  if (!PieceOf(parsed.get(), CURLUPART_USER, 0).empty() ||
      !PieceOf(parsed.get(), CURLUPART_PASSWORD, 0).empty()) {
    return {Code::kInvalidArgument,
            "a URL with a user or password in it is not taken; they have keys of their own"};
  }
  const std::string port = PieceOf(parsed.get(), CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
  return scheme + "://" + host + (port.empty() ? "" : ":" + port);
}

}  // namespace pgattic::http
