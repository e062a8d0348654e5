#include "tests/torture/reader.h"

namespace pgattic::torture {
namespace {

constexpr std::int64_t kCacheBytes = 256 << 10;  // Small: footers come and go.
constexpr std::chrono::milliseconds kRetry{5};
constexpr const char* kNobodysId = "7";

}  // namespace

bool Reader::Open() {
  auto opened = arena_.Connect("reader");
  auto store = arena_.OpenStore();
  if (!opened.ok() || !store.ok()) return false;
  auto source = catalog::LoadSource(patient_, **opened, {"public", arena_.table().name()},
                                    arena_.table().id_column());
  if (!source.ok()) return false;
  rows_.reset();
  pool_ = std::make_unique<pg::Pool>(arena_.Connection("reader"), 1);
  store_ = std::move(*store);
  lookup::SourceReaderOptions options;
  options.is_games = arena_.table().is_games();
  options.footer_cache_bytes = kCacheBytes;
  rows_ =
      std::make_unique<lookup::SourceReader>(lookup::Backends{*pool_, *store_}, *source, options);
  return true;
}

void Reader::Run(const OpContext& ctx) {
  while (ctx.Check().ok()) {
    if (!rows_ && !Open()) {
      ctx.SleepFor(kRetry).ok();
      continue;
    }
    const std::string id = dice_.OneIn(50) ? kNobodysId : history_.AnyId(dice_.Below(1U << 30));
    Look(id, false);
  }
}

void Reader::ReadAll() {
  if (!Open()) return history_.Blame("the last reader could not connect");
  for (const auto& [id, value] : history_.Rows()) Look(id, true);
}

void Reader::Look(const std::string& id, bool must_answer) {
  torture::Look look;
  look.id = id;
  look.from = std::chrono::steady_clock::now();
  const Result<lookup::Answer> answer = rows_->Get(patient_, id, std::nullopt);
  look.to = std::chrono::steady_clock::now();
  if (!answer.ok()) return history_.Blame("a look failed: " + answer.status().ToString());
  if (answer->duplicates > 0) {
    history_.Blame("row " + id + " was found " + std::to_string(answer->duplicates + 1) + " times");
  }
  switch (answer->availability) {
    case lookup::Availability::kAvailable:
      look.value = arena_.table().ValueOf(answer->row_json);
      return history_.Note(std::move(look));
    case lookup::Availability::kAbsent:
      return history_.Note(std::move(look));
    case lookup::Availability::kErased:
      return history_.Blame("row " + id + " is said to be erased");
    case lookup::Availability::kTemporarilyUnavailable:
      if (must_answer) history_.Blame("row " + id + " is unavailable: " + answer->why);
      return history_.NoteUnavailable();
  }
}

}  // namespace pgattic::torture
