#include "base/loopback.h"

#include <gtest/gtest.h>

namespace pgattic {
namespace {

TEST(IsLoopbackHostTest, TakesThisMachine) {
  for (const char* host : {"127.0.0.1", "127.255.0.9", "localhost", "LocalHost", "::1", "[::1]",
                           "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::FFFF:7f00:1"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
}

TEST(IsLoopbackHostTest, RefusesNamesThatOnlyBeginSo) {
  for (const char* host :
       {"localhost.evil.com", "localhost.", "localhosts", "127.0.0.1.evil", "127.evil.com",
        "127.0.0.1.", "[::1].evil.com", "::1.evil.com", "evil.com", "[localhost]", "[127.0.0.1]",
        "xn--localhost", "localhost%00.evil.com", "127.0.0.1 evil.com", " localhost"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
  EXPECT_FALSE(IsLoopbackHost(std::string_view("127.0.0.1\0.evil", 15)));
  EXPECT_FALSE(IsLoopbackHost(std::string_view("[::1\0.evil]", 11)));
}

TEST(IsLoopbackHostTest, RefusesOtherMachinesAndShortSpellings) {
  for (const char* host :
       {"", "[]", "[", "0.0.0.0", "::", "128.0.0.1", "10.127.0.1", "::2", "::ffff:10.0.0.1",
        "::127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.01", "1.0.0.127",
        "::1%lo", "127.0.0.1:80", "[::1]:80"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST(IsLoopbackOriginTest, LooksAtTheHostAlone) {
  for (const char* origin : {"http://127.0.0.1:8080", "http://localhost", "https://[::1]:80",
                             "http://[::1]", "http://LOCALHOST:1"}) {
    EXPECT_TRUE(IsLoopbackOrigin(origin)) << origin;
  }
  for (const char* origin :
       {"", "localhost", "http://", "http://localhost.evil.com:80", "http://127.0.0.1.evil",
        "http://[::1", "http://[::1].evil:80", "http://[::1]evil", "http://localhost@evil.com",
        "http://evil.com#localhost", "http://127.evil.com:80"}) {
    EXPECT_FALSE(IsLoopbackOrigin(origin)) << origin;
  }
}

}  // namespace
}  // namespace pgattic
