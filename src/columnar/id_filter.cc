#include "columnar/id_filter.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "columnar/wire.h"

namespace pgattic::columnar {
namespace {

// Magic with version, number of blocks (8 bytes, big-endian), XXH3-128 of the part's sha256,
// blocks, XXH3-128 of all before.
constexpr std::string_view kMagic = "PGAIDF02";
constexpr std::size_t kCountEnd = 16;
constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kChecksumBytes = 16;
constexpr std::size_t kWords = 8;
constexpr std::size_t kBlockBytes = kWords * sizeof(std::uint32_t);
constexpr std::int64_t kBlockBits = kBlockBytes * 8;
// Bits an id, at which split blocks of 256 bits give about 1 false positive in 10,000: by id alone
// every month's filter is asked.
constexpr std::int64_t kBitsPerId = 24;
constexpr std::int64_t kMaxIds = std::int64_t{1} << 34U;

// Source: Apache Parquet format, BloomFilter.md.
constexpr std::array<std::uint32_t, kWords> kSalt{0x47b6137bU, 0x44974d91U, 0x8824ad5bU,
                                                  0xa2b7289dU, 0x705495c7U, 0x2df1424bU,
                                                  0x9efc4947U, 0x5c6bfb31U};

using Block = std::array<std::uint32_t, kWords>;

Block MaskOf(std::uint64_t hash) {
  const auto key = static_cast<std::uint32_t>(hash);
  Block mask{};
  for (std::size_t i = 0; i < kWords; ++i) mask[i] = 1U << ((key * kSalt[i]) >> 27U);
  return mask;
}

std::string Checksum(std::string_view bytes) {
  const Sum128 sum = HashRow(AsBytes(bytes));
  std::string checksum;
  AppendBig(sum.high, checksum);
  AppendBig(sum.low, checksum);
  return checksum;
}

Status Damaged() {
  return {Code::kCorruption, "the id filter is damaged; rebuild it from its part"};
}

}  // namespace

struct IdFilter::Impl {
  std::string part;  // Checksum of its sha256.
  std::vector<Block> blocks;

  std::size_t IndexOf(std::uint64_t hash) const {
    return static_cast<std::size_t>(((hash >> 32U) * blocks.size()) >> 32U);
  }
};

IdFilter::IdFilter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
IdFilter::IdFilter(IdFilter&&) noexcept = default;
IdFilter& IdFilter::operator=(IdFilter&&) noexcept = default;
IdFilter::~IdFilter() = default;

IdFilter IdFilter::Make(std::int64_t expected_ids, std::string_view part_sha256) {
  const std::int64_t ids = std::clamp<std::int64_t>(expected_ids, 1, kMaxIds);
  auto impl = std::make_unique<Impl>();
  impl->part = Checksum(part_sha256);
  impl->blocks.resize(static_cast<std::size_t>((ids * kBitsPerId + kBlockBits - 1) / kBlockBits));
  return IdFilter(std::move(impl));
}

Result<IdFilter> IdFilter::Parse(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes + kChecksumBytes || bytes.substr(0, kMagic.size()) != kMagic) {
    return Damaged();
  }
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  const auto count = LoadBig<std::uint64_t>(AsBytes(body).data() + kMagic.size());
  const std::size_t room = body.size() - kHeaderBytes;
  if (count == 0 || room % kBlockBytes != 0 || room / kBlockBytes != count ||
      Checksum(body) != bytes.substr(body.size())) {
    return Damaged();
  }
  auto impl = std::make_unique<Impl>();
  impl->part = std::string(body.substr(kCountEnd, kChecksumBytes));
  impl->blocks.resize(static_cast<std::size_t>(count));
  std::memcpy(impl->blocks.data(), body.data() + kHeaderBytes, room);
  return IdFilter(std::move(impl));
}

void IdFilter::Insert(std::string_view id) {
  const std::uint64_t hash = HashRow(AsBytes(id)).low;
  const Block mask = MaskOf(hash);
  Block& block = impl_->blocks[impl_->IndexOf(hash)];
  for (std::size_t i = 0; i < kWords; ++i) block[i] |= mask[i];
}

bool IdFilter::MayContain(std::string_view id) const {
  const std::uint64_t hash = HashRow(AsBytes(id)).low;
  const Block mask = MaskOf(hash);
  const Block& block = impl_->blocks[impl_->IndexOf(hash)];
  for (std::size_t i = 0; i < kWords; ++i) {
    if ((block[i] & mask[i]) == 0) return false;
  }
  return true;
}

bool IdFilter::IsOf(std::string_view part_sha256) const {
  return impl_->part == Checksum(part_sha256);
}

std::int64_t IdFilter::memory_bytes() const {
  return static_cast<std::int64_t>(impl_->blocks.size() * kBlockBytes);
}

std::string IdFilter::Serialize() const {
  std::string bytes(kMagic);
  AppendBig(static_cast<std::uint64_t>(impl_->blocks.size()), bytes);
  bytes.append(impl_->part);
  bytes.append(reinterpret_cast<const char*>(impl_->blocks.data()),
               impl_->blocks.size() * kBlockBytes);
  bytes.append(Checksum(bytes));
  return bytes;
}

}  // namespace pgattic::columnar
