// Proof, completely: each way to damage what is stored and to change what is archived is seen
// before a table is dropped, and afterwards by verify; get never gives a wrong row or "absent".
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sandbox/text_file.h"
#include "tests/torture/scene.h"

namespace pgattic::torture {
namespace {

namespace fs = std::filesystem;

/// Whose bytes are hurt.
enum class Of { kPart, kMetadata, kChecksums, kFilter };

/// One way to damage. `keeps_time`: as a disk does it, the file's time stays; where its size
/// does too, so does the ETag, and only reading it can tell.
struct Damage {
  const char* name;
  Of of = Of::kPart;
  bool keeps_time = false;
  void (*hurt)(const std::string& path, const std::string& other_part, const std::string& former);
  bool changes_size = false;
  bool SeenByHead() const { return !keeps_time || changes_size; }
};

void Flip(const std::string& path, std::int64_t from_start) {
  std::string bytes = sandbox::ReadTextFile(path);
  const auto size = static_cast<std::int64_t>(bytes.size());
  char& byte = bytes.at(static_cast<std::size_t>((from_start + size) % size));
  byte = static_cast<char>(byte ^ 4);
  ASSERT_TRUE(sandbox::WriteTextFile(path, bytes).ok());
}

void ReplaceText(const std::string& path, const std::string& from, const std::string& to) {
  std::string text = sandbox::ReadTextFile(path);
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from << " is not in " << path;
  ASSERT_TRUE(sandbox::WriteTextFile(path, text.replace(at, from.size(), to)).ok());
}

void Swap(const std::string& a, const std::string& b) {
  const std::string bytes = sandbox::ReadTextFile(a);
  ASSERT_TRUE(sandbox::WriteTextFile(a, sandbox::ReadTextFile(b)).ok());
  ASSERT_TRUE(sandbox::WriteTextFile(b, bytes).ok());
}

using Path = const std::string&;
void FlipPage(Path path, Path /*other*/, Path /*former*/) { Flip(path, 3000); }
void FlipFooter(Path path, Path /*other*/, Path /*former*/) { Flip(path, -600); }
void Truncate(Path path, Path /*other*/, Path /*former*/) {
  fs::resize_file(path, fs::file_size(path) - 100);
}
void Extend(Path path, Path /*other*/, Path /*former*/) {
  ASSERT_TRUE(sandbox::WriteTextFile(path, sandbox::ReadTextFile(path) + "more").ok());
}
void SwapParts(Path path, Path other, Path /*former*/) { Swap(path, other); }
void Remove(Path path, Path /*other*/, Path /*former*/) { fs::remove(path); }
void PutFormer(Path path, Path /*other*/, Path former) {
  fs::copy_file(former, path, fs::copy_options::overwrite_existing);
}
void AlterMetadata(Path path, Path /*other*/, Path /*former*/) {
  ReplaceText(path, "\"rows\": ", "\"rows\": 1");
}
void AlterDigest(Path path, Path /*other*/, Path /*former*/) {
  const std::string text = sandbox::ReadTextFile(path);
  const std::size_t at = text.find("\"sha256\": \"") + 11;
  ReplaceText(path, text.substr(at, 8), "00000000");
}
void AlterChecksums(Path path, Path /*other*/, Path /*former*/) {
  ReplaceText(path, sandbox::ReadTextFile(path).substr(0, 8), "00000000");
}
void AlterFilter(Path path, Path /*other*/, Path /*former*/) { Flip(path, -40); }

const std::vector<Damage>& Damages() {
  static const std::vector<Damage> damages = {
      {"ABitInAPage", Of::kPart, true, FlipPage},
      {"ABitInTheFooter", Of::kPart, true, FlipFooter},
      {"Truncated", Of::kPart, true, Truncate, true},
      {"Extended", Of::kPart, true, Extend, true},
      {"SwappedWithAnotherPart", Of::kPart, false, SwapParts},
      {"Deleted", Of::kPart, false, Remove},
      {"ReplacedByAnOlderGeneration", Of::kPart, false, PutFormer},
      {"MetadataAltered", Of::kMetadata, true, AlterMetadata, true},
      {"ADigestInTheMetadataAltered", Of::kMetadata, true, AlterDigest},
      {"ChecksumsAltered", Of::kChecksums, true, AlterChecksums},
      {"FilterAltered", Of::kFilter, true, AlterFilter}};
  return damages;
}

class Damaged : public Scene {
 protected:
  const Damage& damage() const { return *damage_; }
  /// Calls `play` for each damage, each time with a new archive.
  template <typename Fn>
  void ForEachDamage(Fn&& play) {
    for (const Damage& damage : Damages()) {
      SCOPED_TRACE(damage.name);
      damage_ = &damage;
      ASSERT_NO_FATAL_FAILURE(Begin());
      ASSERT_NO_FATAL_FAILURE(play());
    }
  }

  /// Archives a first generation, changes every part, archives the second up to `phase`.
  /// A phase before the mark needs a new beginning.
  void ArchiveTwice(const std::string& phase) {
    ASSERT_TRUE(ArchiveUntil("marked").exit.ok());
    former_ = arena_->archive_folder() + "/../former.parquet";
    fs::copy_file(PathOf(PartKeys().front()), former_);
    if (phase == "uploaded") {
      ASSERT_TRUE(Pgattic({"rollback", "events_2024_01"}).exit.ok());
    }
    Sql("UPDATE public.events SET v = v || '.'");
    const auto ran = ArchiveUntil(phase);
    ASSERT_TRUE(ran.exit.ok()) << ran.err;
    rows_ = CopyText("public.events_2024_01");
    ASSERT_GE(PartKeys().size(), 2U);
  }
  std::string KeyOfDamage() {
    switch (damage().of) {
      case Of::kMetadata:
        return Sidecar("_partition_metadata.json");
      case Of::kChecksums:
        return Sidecar("_checksums.sha256");
      case Of::kFilter:
        return One("SELECT filter_key FROM pgattic.part WHERE state <> 'obsolete' ORDER BY number");
      case Of::kPart:
        break;
    }
    return PartKeys().front();
  }
  std::string Sidecar(const std::string& name) {
    const std::string key = PartKeys().front();
    return key.substr(0, key.rfind('/') + 1) + name;
  }

  void HurtBeforeProof();
  void HurtBeforeDrop();
  void HurtAfterDrop();
  void Hurt() {
    const std::string path = PathOf(KeyOfDamage());
    struct stat before {};
    ASSERT_EQ(::stat(path.c_str(), &before), 0) << path;
    damage().hurt(path, PathOf(PartKeys().back()), former_);
    if (!damage().keeps_time) return;
    const timespec times[2] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }

  void SetUp() override {}

  const Damage* damage_ = nullptr;
  std::string former_;
  std::string rows_;
};

void Damaged::HurtBeforeProof() {
  if (damage().of != Of::kPart) return;  // There is none yet.
  ArchiveTwice("uploaded");
  Hurt();
  const auto ran = ArchiveUntil("archived");
  EXPECT_EQ(ran.exit.code, 1) << ran.out;
  EXPECT_NE(ran.err.find("nothing was dropped"), std::string::npos) << ran.err;
  ExpectSameRows(CopyText("public.events"), rows_);
  // A run makes one part again; two may have been hurt.
  Pgattic({"archive"});
  const auto last = Pgattic({"archive"});
  EXPECT_TRUE(last.exit.ok()) << last.err;
  ExpectSameRows(StoredText(), rows_);
}

void Damaged::HurtBeforeDrop() {
  ArchiveTwice("detached");
  Hurt();
  const auto ran = Pgattic({"archive"});
  const auto verify = Pgattic({"verify"});
  EXPECT_EQ(verify.exit.code, 1) << verify.out;
  EXPECT_NE(verify.out.find("FAILED  " + KeyOfDamage()), std::string::npos) << verify.out;
  const bool is_looked_at = damage().of == Of::kPart || damage().of == Of::kMetadata;
  if (!damage().SeenByHead() || !is_looked_at) return;
  EXPECT_EQ(ran.exit.code, 1) << ran.out;
  EXPECT_NE(ran.err.find("othing was "), std::string::npos) << ran.err;
  ExpectSameRows(CopyText("public.events_2024_01"), rows_);
}

void Damaged::HurtAfterDrop() {
  ArchiveTwice("detached");
  const std::string key = KeyOfDamage();
  ASSERT_TRUE(Pgattic({"archive"}).exit.ok());
  Hurt();
  const auto verify = Pgattic({"verify"});
  EXPECT_EQ(verify.exit.code, 1) << verify.out;
  EXPECT_NE(verify.out.find("FAILED  " + key), std::string::npos) << verify.out;
  for (const int id : {1, 200, 450, 451, 700, 900}) {
    const auto got = Pgattic({"get", std::to_string(id), "--json"});
    const nlohmann::json answer = nlohmann::json::parse(got.out, nullptr, false);
    ASSERT_TRUE(answer.is_object()) << got.out << got.err;
    const std::string availability = answer.value("availability", "");
    if (availability == "available") {
      EXPECT_EQ(answer.at("row").at("v"), "v" + std::to_string(id) + ".");
    } else {
      EXPECT_EQ(availability, "temporarily_unavailable") << got.out;
    }
  }
}

TEST_F(Damaged, BeforeTheProofItIsSeenAndMadeAgain) {
  ForEachDamage([&] { HurtBeforeProof(); });
}

TEST_F(Damaged, BeforeTheDropItIsSeen) {
  ForEachDamage([&] { HurtBeforeDrop(); });
}

TEST_F(Damaged, AfterTheDropVerifySeesItAndGetNeverLies) {
  ForEachDamage([&] { HurtAfterDrop(); });
}

/// One way to change the source while it is archived.
struct Change {
  const char* name;
  const char* phase;  ///< After which it happens.
  const char* sql;
  bool is_exported_again = true;  ///< Else the drop is refused.
};

constexpr Change kChanges[] = {
    Change{"ACellAfterTheExport", "uploaded", "UPDATE public.events SET v = 'x' WHERE id = 5"},
    Change{"ACellAfterTheProof", "verified", "UPDATE public.events SET v = 'x' WHERE id = 5"},
    Change{"ACellAfterTheMark", "marked", "UPDATE public.events SET v = 'x' WHERE id = 900"},
    Change{"ARowLess", "marked", "DELETE FROM public.events WHERE id = 450"},
    Change{"ARowMore", "marked",
           "INSERT INTO public.events VALUES (901, '2024-01-30', 'new', 'p')"},
    Change{"ARowOfTheSameText", "marked",
           "WITH gone AS (DELETE FROM public.events WHERE id = 7 RETURNING *) INSERT INTO "
           "public.events SELECT * FROM gone"},
    Change{"ACellByNameAfterTheSwap", "detached",
           "UPDATE public.events_2024_01 SET v = 'x' WHERE id = 5", false},
    Change{"ARowByNameAfterTheSwap", "detached",
           "INSERT INTO public.events_2024_01 VALUES (902, '2024-01-30', 'new', 'p')", false},
    Change{"AColumnAfterTheSwap", "detached",
           "ALTER TABLE public.events_2024_01 ADD COLUMN more text DEFAULT 'x'", false}};

class ChangedSource : public Scene {
 protected:
  void SetUp() override {}
  void Play(const Change& change);
};

void ChangedSource::Play(const Change& change) {
  ASSERT_TRUE(ArchiveUntil(change.phase).exit.ok());
  Sql(change.sql);
  const std::string rows = CopyText("public.events_2024_01");
  const auto ran = Pgattic({"archive", "--allow-shrink"});
  if (change.is_exported_again) {
    EXPECT_TRUE(ran.exit.ok()) << ran.err;
    ExpectSameRows(StoredText(), rows);
    return;
  }
  EXPECT_EQ(ran.exit.code, 1) << ran.out;
  EXPECT_NE(ran.err.find("nothing was dropped"), std::string::npos) << ran.err;
  ExpectSameRows(CopyText("public.events_2024_01"), rows);
}

TEST_F(ChangedSource, IsSeenBeforeTheDrop) {
  for (const Change& change : kChanges) {
    SCOPED_TRACE(change.name);
    ASSERT_NO_FATAL_FAILURE(Begin());
    ASSERT_NO_FATAL_FAILURE(Play(change));
  }
}

}  // namespace
}  // namespace pgattic::torture
