#include "s3/aws_runtime.h"

#include <aws/common/allocator.h>
#include <aws/common/thread.h>
#include <aws/io/channel_bootstrap.h>
#include <aws/io/event_loop.h>
#include <aws/io/host_resolver.h>
#include <aws/s3/s3.h>

#include <cstdint>
#include <mutex>

#include "base/check.h"

namespace pgattic::s3 {
namespace {

// One loop moves more than a gigabyte a second, and every loop costs threads and memory.
constexpr std::uint16_t kEventLoops = 1;
// Only reached when some other part of the process has AWS threads of its own.
constexpr std::uint64_t kJoinTimeoutNs = 2'000'000'000;

struct Shared {
  std::mutex mutex;  // Guards everything below.
  bool is_initialised = false;
  int shares = 0;
  aws_event_loop_group* loops = nullptr;
  aws_host_resolver* resolver = nullptr;
  aws_client_bootstrap* bootstrap = nullptr;
};

Shared& TheShared() {
  static Shared shared;
  return shared;
}

void StartLocked(Shared& shared) {
  aws_allocator* allocator = AwsRuntime::allocator();
  if (!shared.is_initialised) {
    aws_s3_library_init(allocator);
    aws_thread_set_managed_join_timeout_ns(kJoinTimeoutNs);
    shared.is_initialised = true;
  }
  shared.loops = aws_event_loop_group_new_default(allocator, kEventLoops, nullptr);
  PGATTIC_CHECK(shared.loops != nullptr, "no event loop");
  aws_host_resolver_default_options resolver{};
  resolver.max_entries = 16;
  resolver.el_group = shared.loops;
  shared.resolver = aws_host_resolver_new_default(allocator, &resolver);
  PGATTIC_CHECK(shared.resolver != nullptr, "no host resolver");
  aws_client_bootstrap_options bootstrap{};
  bootstrap.event_loop_group = shared.loops;
  bootstrap.host_resolver = shared.resolver;
  shared.bootstrap = aws_client_bootstrap_new(allocator, &bootstrap);
  PGATTIC_CHECK(shared.bootstrap != nullptr, "no client bootstrap");
}

}  // namespace

AwsRuntime::AwsRuntime() {
  Shared& shared = TheShared();
  const std::lock_guard lock(shared.mutex);
  if (shared.shares++ == 0) StartLocked(shared);
  bootstrap_ = shared.bootstrap;
}

AwsRuntime::~AwsRuntime() {
  Shared& shared = TheShared();
  const std::lock_guard lock(shared.mutex);
  if (--shared.shares > 0) return;
  aws_client_bootstrap_release(shared.bootstrap);
  aws_host_resolver_release(shared.resolver);
  aws_event_loop_group_release(shared.loops);
  aws_thread_join_all_managed();
}

aws_allocator* AwsRuntime::allocator() { return aws_default_allocator(); }

}  // namespace pgattic::s3
