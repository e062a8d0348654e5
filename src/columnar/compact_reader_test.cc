#include "columnar/compact_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pgattic::columnar {
namespace {

using Type = CompactReader::Type;

/// Integers of a struct by field, whatever else it holds passed over; nothing when it is damaged.
std::map<std::int64_t, std::int64_t> Integers(const std::string& bytes, bool& is_ok) {
  CompactReader reader(AsBytes(bytes));
  std::map<std::int64_t, std::int64_t> found;
  reader.Struct([&](std::int64_t id, Type type) {
    if (type != Type::kInt32 && type != Type::kInt64) return false;
    found[id] = reader.Integer();
    return true;
  });
  is_ok = reader.ok() && reader.position() == bytes.size();
  return found;
}

// Each kind of value between two integers.
TEST(CompactReader, PassesOverWhatIsNotAskedFor) {
  const std::vector<std::string> values = {
      std::string("\x11", 1),          // field 2: true
      std::string("\x12", 1),          // false
      std::string("\x13\x7f", 2),      // byte
      std::string("\x14\xff\x01", 3),  // i16
      std::string("\x17"
                  "12345678",
                  9),  // double
      std::string("\x18\x03"
                  "abc",
                  5),                      // binary
      std::string("\x19\x21\x01\x02", 4),  // list of two booleans
      std::string("\x19\xf3\x0f"
                  "123456789012345",
                  18),                 // list of 15 bytes
      std::string("\x1a\x15\x04", 3),  // set of one i32
      std::string("\x1b\x00", 2),      // empty map
      std::string("\x1b\x02\x58\x02\x01"
                  "a\x04\x00",
                  8),                              // map of i32 to binary
      std::string("\x1c\x16\x02\x1c\x00\x00", 6),  // struct in a struct
  };
  for (const std::string& value : values) {
    bool is_ok = false;
    // Field 1: i32 of -1; the value as field 2; field 3: i64 of 300; stop.
    const std::string whole = "\x15\x01" + value + "\x16\xd8\x04" + std::string(1, '\0');
    const auto found = Integers(whole, is_ok);
    EXPECT_TRUE(is_ok) << static_cast<int>(value[0]);
    EXPECT_EQ(found, (std::map<std::int64_t, std::int64_t>{{1, -1}, {3, 300}}));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      Integers(whole.substr(0, length), is_ok);
      EXPECT_FALSE(is_ok) << static_cast<int>(value[0]) << " cut to " << length;
    }
  }
}

TEST(CompactReader, TakesFieldsWhoseIdIsWrittenOut) {
  bool is_ok = false;
  EXPECT_EQ(Integers(std::string("\x05\xc8\x01\x02\x00", 5), is_ok),
            (std::map<std::int64_t, std::int64_t>{{100, 1}}));
  EXPECT_TRUE(is_ok);
}

TEST(CompactReader, RefusesWhatMakesNoSense) {
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += '\x1c';
  const std::vector<std::string> all = {
      std::string("\x1d\x00", 2),                      // no such type
      std::string("\x19\xf8\xff\xff\xff\xff\x0f", 7),  // a list longer than all bytes
      std::string("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11),          // a binary likewise
      std::string("\x15\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", 13),  // a long integer
      deep + std::string(21, '\0'),
      std::string("\x05\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x15\x00\x00",
                  15),  // a field id of 2^63 - 1
  };
  for (const std::string& bytes : all) {
    bool is_ok = true;
    Integers(bytes, is_ok);
    EXPECT_FALSE(is_ok);
  }
}

TEST(CompactReader, ReadsTheLargestIntegers) {
  bool is_ok = false;
  const std::string most = std::string("\x16\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
  const std::string least = std::string("\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
  EXPECT_EQ(Integers(most + '\0', is_ok).at(1), INT64_MAX);
  EXPECT_EQ(Integers(least + '\0', is_ok).at(1), INT64_MIN);
}

}  // namespace
}  // namespace pgattic::columnar
