#include "lookup/routed_reader.h"

#include <utility>

#include "lookup/inquiry.h"
#include "model/bounds.h"

namespace pgattic::lookup {
namespace {

constexpr std::size_t kMostIds = 1000;

}  // namespace

Result<Answer> RoutedReader::Get(const OpContext& ctx, const std::string& id,
                                 const std::optional<std::string>& created_at) {
  std::vector<std::string> times;
  if (created_at) {
    PGATTIC_ASSIGN_OR_RETURN(const std::int64_t at, model::ParseInstant(*created_at));
    times.push_back(model::FormatInstant(at));
  }
  return AnswerOf(ctx, id, std::move(times), std::nullopt);
}

Result<Answer> RoutedReader::GetLikely(const OpContext& ctx, const std::string& id,
                                       const std::optional<std::string>& likely) {
  return AnswerOf(ctx, id, {}, likely);
}

Answer RoutedReader::AnswerOf(const OpContext& ctx, const std::string& id,
                              std::vector<std::string> times,
                              const std::optional<std::string>& likely) {
  Answer answer;
  if (std::optional<std::string> known = catalog::CanonicalId(search_.options().id_kind, id)) {
    answer = Inquiry(ctx, *this, {{std::move(*known), std::move(times)}}, likely).Run().front();
  }
  answer.id = id;
  return answer;
}

Result<std::vector<Answer>> RoutedReader::GetMany(const OpContext& ctx,
                                                  const std::vector<std::string>& ids) {
  if (ids.size() > kMostIds) {
    return {Code::kInvalidArgument, std::to_string(ids.size()) + " ids in one request; at most " +
                                        std::to_string(kMostIds)};
  }
  std::vector<Answer> answers(ids.size());
  std::vector<Ask> asks;
  std::vector<std::size_t> whose;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::optional<std::string> known = catalog::CanonicalId(search_.options().id_kind, ids[i]);
    if (!known) continue;
    asks.push_back({std::move(*known), {}});
    whose.push_back(i);
  }
  std::vector<Answer> found = Inquiry(ctx, *this, std::move(asks)).Run();
  for (std::size_t i = 0; i < found.size(); ++i) answers[whose[i]] = std::move(found[i]);
  for (std::size_t i = 0; i < ids.size(); ++i) answers[i].id = ids[i];
  return answers;
}

RoutedReader::PicturePtr RoutedReader::picture() const {
  const std::lock_guard lock(mutex_);
  return picture_;
}

void RoutedReader::Keep(PicturePtr picture) {
  const std::lock_guard lock(mutex_);
  if (on_picture_) on_picture_(picture);
  picture_ = std::move(picture);
}

}  // namespace pgattic::lookup
