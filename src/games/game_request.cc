#include "games/game_request.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>

namespace pgattic::games {
namespace {

using Json = nlohmann::json;

/// "initialTimeSeconds" for "initial_time_seconds".
std::string CamelCase(std::string_view snake) {
  std::string camel;
  for (std::size_t i = 0; i < snake.size(); ++i) {
    if (snake[i] != '_' || i + 1 == snake.size()) {
      camel += snake[i];
      continue;
    }
    ++i;
    camel += static_cast<char>(snake[i] - 'a' + 'A');
  }
  return camel;
}

/// One object of the request; `name` is always the younger spelling.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {}

  const Json* Find(std::string_view name) const {
    if (!object_.is_object()) return nullptr;
    for (const std::string& spelling : {std::string(name), CamelCase(name)}) {
      const auto found = object_.find(spelling);
      if (found != object_.end()) return &*found;
    }
    return nullptr;
  }
  std::string Text(std::string_view name) const {
    const Json* value = Find(name);
    return value != nullptr && value->is_string() ? value->get<std::string>() : "";
  }
  bool Flag(std::string_view name) const {
    const Json* value = Find(name);
    return value != nullptr && value->is_boolean() && value->get<bool>();
  }
  std::int64_t Number(std::string_view name) const {
    const Json* value = Find(name);
    if (value == nullptr) return 0;
    if (value->is_number_integer()) return value->get<std::int64_t>();
    if (!value->is_string()) return 0;
    // protobuf's JSON allows numbers in quotes.
    const auto& text = value->get_ref<const std::string&>();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
  }
  /// `names` in the order of their numbers; Enum(names.size()) is kUnknown.
  template <typename Enum>
  Enum Choice(std::string_view name, std::span<const std::string_view> names) const {
    const Json* value = Find(name);
    if (value == nullptr || value->is_null()) return Enum{};
    for (std::size_t i = 0; i < names.size(); ++i) {
      const bool same =
          value->is_number_integer() ? *value == i : value->is_string() && *value == names[i];
      if (same) return static_cast<Enum>(i);
    }
    return static_cast<Enum>(names.size());
  }

 private:
  const Json& object_;
};

constexpr std::array<std::string_view, 6> kRules = {"VOID",       "SINGLE",    "DOUBLE",
                                                    "FIVE_POINT", "TEN_POINT", "TRIPLE"};
constexpr std::array<std::string_view, 2> kGameModes = {"REAL_TIME", "CORRESPONDENCE"};
constexpr std::array<std::string_view, 2> kRatingModes = {"RATED", "CASUAL"};

}  // namespace

std::optional<GameRequest> ParseGameRequest(std::string_view json) {
  const Json document = Json::parse(json.begin(), json.end(), nullptr, false);
  if (!document.is_object()) return std::nullopt;
  const Fields fields(document);
  GameRequest request;
  request.lexicon = fields.Text("lexicon");
  if (const Json* rules = fields.Find("rules")) {
    const Fields of_rules(*rules);
    request.board_layout = of_rules.Text("board_layout_name");
    request.letter_distribution = of_rules.Text("letter_distribution_name");
    request.variant = of_rules.Text("variant_name");
  }
  request.initial_time_seconds = fields.Number("initial_time_seconds");
  request.increment_seconds = fields.Number("increment_seconds");
  request.max_overtime_minutes = fields.Number("max_overtime_minutes");
  request.challenge_rule = fields.Choice<ChallengeRule>("challenge_rule", kRules);
  request.game_mode = fields.Choice<GameMode>("game_mode", kGameModes);
  request.rating_mode = fields.Choice<RatingMode>("rating_mode", kRatingModes);
  request.player_vs_bot = fields.Flag("player_vs_bot");
  request.request_id = fields.Text("request_id");
  request.original_request_id = fields.Text("original_request_id");
  return request;
}

}  // namespace pgattic::games
