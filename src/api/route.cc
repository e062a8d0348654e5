#include "api/route.h"

#include <array>
#include <optional>
#include <utility>

#include "api/text.h"
#include "base/split.h"

namespace pgattic::api {
namespace {

using metrics::HttpRoute;
constexpr std::string_view kService = "pgattic.v1.ArchiveService";

Status Broken() {
  return {Code::kInvalidArgument, "the path is not percent-encoded UTF-8; encode the id"};
}

Status ParseQuery(std::string_view text, std::map<std::string, std::string>& query) {
  if (text.empty()) return Status::Ok();
  for (const std::string& piece : Split(text, "&")) {
    const std::size_t equals = std::min(piece.find('='), piece.size());
    std::optional<std::string> name = PercentDecode(std::string_view(piece).substr(0, equals));
    std::optional<std::string> value =
        PercentDecode(std::string_view(piece).substr(std::min(equals + 1, piece.size())));
    if (!name || !value) return Broken();
    query.emplace(std::move(*name), std::move(*value));
  }
  return Status::Ok();
}

/// Names of one word, and of the page.
HttpRoute NameOf(const std::string& word) {
  constexpr std::array<std::pair<std::string_view, HttpRoute>, 6> kWords{{
      {"", HttpRoute::kPage},
      {"page.css", HttpRoute::kPage},
      {"page.js", HttpRoute::kPage},
      {"healthz", HttpRoute::kHealthz},
      {"readyz", HttpRoute::kReadyz},
      {"metrics", HttpRoute::kMetrics},
  }};
  for (const auto& [known, name] : kWords) {
    if (word == known) return name;
  }
  return HttpRoute::kUnknown;
}

/// What `path`, decoded, is; its first words are taken off.
HttpRoute Recognise(std::vector<std::string>& path) {
  const auto drop = [&](std::ptrdiff_t count) { path.erase(path.begin(), path.begin() + count); };
  if (path.size() == 1) return NameOf(path[0]);
  if (path.size() == 2 && path[0] == kService) {
    drop(1);
    return HttpRoute::kConnect;
  }
  if (path[0] != "v1") return HttpRoute::kUnknown;
  if (path.size() == 2 && path[1] == "archives") return HttpRoute::kArchives;
  if (path.size() == 2 && path[1] == "overview") return HttpRoute::kOverview;
  if (path.size() == 2 && path[1] == "games:batchGet") return HttpRoute::kGames;
  if (path.size() == 3 && path[1] == "games") {
    drop(2);
    return HttpRoute::kGame;
  }
  if (path.size() == 4 && path[1] == "rows") {
    drop(2);
    return HttpRoute::kRow;
  }
  return HttpRoute::kUnknown;
}

}  // namespace

Result<Route> ParseTarget(std::string_view target) {
  if (!target.starts_with('/')) return Broken();
  Route route;
  const std::size_t question = std::min(target.find('?'), target.size());
  PGATTIC_RETURN_IF_ERROR(
      ParseQuery(target.substr(std::min(question + 1, target.size())), route.query));
  for (const std::string& piece : Split(target.substr(1, question - 1), "/")) {
    std::optional<std::string> word = PercentDecode(piece);
    if (!word) return Broken();
    route.arguments.push_back(std::move(*word));
  }
  route.name = Recognise(route.arguments);
  return route;
}

}  // namespace pgattic::api
