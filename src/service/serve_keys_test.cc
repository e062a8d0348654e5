#include "service/serve_keys.h"

#include <gtest/gtest.h>

namespace pgattic::service {
namespace {

/// Sets one key of a configuration that is otherwise as by default.
Result<ServeSettings> With(const std::string& name, const std::string& text) {
  Config config;
  for (const ConfigKey& key : ServeKeys()) {
    if (key.name == name) PGATTIC_RETURN_IF_ERROR(key.set(config, text));
  }
  return config.serve;
}

TEST(ServeKeysTest, OnlyTheDelayBeforeADrainMayBeNothing) {
  EXPECT_EQ(With("serve.drain_delay", "7s")->drain_delay, std::chrono::seconds(7));
  EXPECT_EQ(With("serve.drain_delay", "0")->drain_delay, std::chrono::seconds(0));
  EXPECT_EQ(With("", "")->drain_delay, std::chrono::seconds(0)) << "as the help says";
  for (const char* key : {"serve.drain_timeout", "serve.request_timeout", "serve.canary_limit"}) {
    EXPECT_TRUE(With(key, "0").Is(Code::kInvalidArgument)) << key;
    EXPECT_TRUE(With(key, "1ms").ok()) << key;
  }
  EXPECT_TRUE(With("serve.drain_delay", "61m").Is(Code::kInvalidArgument));
  EXPECT_TRUE(With("serve.drain_delay", "-1s").Is(Code::kInvalidArgument));
}

}  // namespace
}  // namespace pgattic::service
