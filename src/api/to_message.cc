#include "api/to_message.h"

#include <optional>

namespace pgattic::api {
namespace {

v1::Availability Availability(games::Availability availability) {
  switch (availability) {
    case games::Availability::kAvailable:
      return v1::AVAILABILITY_AVAILABLE;
    case games::Availability::kAbsent:
      return v1::AVAILABILITY_ABSENT;
    case games::Availability::kErased:
      return v1::AVAILABILITY_ERASED;
    case games::Availability::kTemporarilyUnavailable:
      return v1::AVAILABILITY_TEMPORARILY_UNAVAILABLE;
  }
  return v1::AVAILABILITY_UNSPECIFIED;
}

v1::Availability Availability(lookup::Availability availability) {
  switch (availability) {
    case lookup::Availability::kAvailable:
      return v1::AVAILABILITY_AVAILABLE;
    case lookup::Availability::kAbsent:
      return v1::AVAILABILITY_ABSENT;
    case lookup::Availability::kErased:
      return v1::AVAILABILITY_ERASED;
    case lookup::Availability::kTemporarilyUnavailable:
      return v1::AVAILABILITY_TEMPORARILY_UNAVAILABLE;
  }
  return v1::AVAILABILITY_UNSPECIFIED;
}

v1::Tier Tier(games::Place place) {
  switch (place) {
    case games::Place::kNone:
      return v1::TIER_UNSPECIFIED;
    case games::Place::kGames:
    case games::Place::kDatabase:
      return v1::TIER_DATABASE;
    case games::Place::kCache:
      return v1::TIER_CACHE;
    case games::Place::kArchive:
      return v1::TIER_ARCHIVE;
    case games::Place::kCopy:
      return v1::TIER_COPY;
    case games::Place::kEngine:
      return v1::TIER_ENGINE;
  }
  return v1::TIER_UNSPECIFIED;
}

v1::Tier Tier(lookup::Tier tier) {
  switch (tier) {
    case lookup::Tier::kNone:
      return v1::TIER_UNSPECIFIED;
    case lookup::Tier::kDatabase:
      return v1::TIER_DATABASE;
    case lookup::Tier::kCache:
      return v1::TIER_CACHE;
    case lookup::Tier::kArchive:
      return v1::TIER_ARCHIVE;
    case lookup::Tier::kCopy:
      return v1::TIER_COPY;
    case lookup::Tier::kEngine:
      return v1::TIER_ENGINE;
  }
  return v1::TIER_UNSPECIFIED;
}

/// A Timestamp holds the years 1 to 9999 (timestamp.proto); others are left out.
template <typename Mutable>
void PutInstant(const std::optional<games::Instant>& instant, Mutable make) {
  constexpr std::int64_t kFirst = -62'135'596'800;
  constexpr std::int64_t kLast = 253'402'300'799;
  if (!instant) return;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*instant);
  const std::int64_t count = seconds.time_since_epoch().count();
  if (count < kFirst || count > kLast) return;
  google::protobuf::Timestamp* stamp = make();
  stamp->set_seconds(count);
  stamp->set_nanos(static_cast<std::int32_t>(std::chrono::nanoseconds(*instant - seconds).count()));
}

v1::Player ToMessage(const games::GamePlayer& player) {
  v1::Player message;
  message.set_player_id(player.player_id);
  message.set_index(player.index);
  if (player.score) message.set_score(*player.score);
  if (player.won) message.set_won(*player.won);
  if (player.rating_before) message.set_rating_before(*player.rating_before);
  if (player.rating_after) message.set_rating_after(*player.rating_after);
  if (player.rating_delta) message.set_rating_delta(*player.rating_delta);
  return message;
}

void PutInfo(const games::GameInfo& info, v1::GameInfo& message) {
  PutInstant(info.created_at, [&] { return message.mutable_created_at(); });
  PutInstant(info.updated_at, [&] { return message.mutable_updated_at(); });
  PutInstant(info.deleted_at, [&] { return message.mutable_deleted_at(); });
  if (info.migration_status_number) message.set_migration_status(*info.migration_status_number);
  if (info.type) message.set_type(*info.type);
  if (info.end_reason) message.set_end_reason(*info.end_reason);
  if (info.winner_index) message.set_winner_index(*info.winner_index);
  if (info.loser_index) message.set_loser_index(*info.loser_index);
  if (info.tournament_id) message.set_tournament_id(*info.tournament_id);
  message.set_request_json(info.request_json);
}

}  // namespace

v1::GetGameResponse ToMessage(const games::Game& game) {
  v1::GetGameResponse message;
  message.set_id(game.id);
  message.set_tier(Tier(game.place));
  message.set_availability(Availability(game.availability));
  message.set_why(game.why);
  if (game.availability == games::Availability::kAvailable) {
    message.set_row_json(game.row.text());
    message.set_is_immutable(game.is_immutable);
  }
  if (!game.info) return message;
  PutInfo(*game.info, *message.mutable_game());
  for (const games::GamePlayer& player : game.players) {
    *message.mutable_game()->add_players() = ToMessage(player);
  }
  return message;
}

v1::GetRowResponse ToMessage(const lookup::Answer& answer, const std::string& source) {
  v1::GetRowResponse message;
  message.set_id(answer.id);
  message.set_source(source);
  message.set_tier(Tier(answer.tier));
  message.set_availability(Availability(answer.availability));
  message.set_why(answer.why);
  if (answer.availability != lookup::Availability::kAvailable) return message;
  message.set_row_json(answer.row_json);
  message.set_is_immutable(answer.is_immutable);
  message.set_duplicates(answer.duplicates);
  return message;
}

v1::Archive ToMessage(const catalog::ArchiveOverview& archive) {
  const catalog::ArchiveRecord& record = archive.record;
  v1::Archive message;
  message.set_source(record.source.Name());
  message.set_partition(record.partition);
  message.set_from(record.bounds.from);
  message.set_to(record.bounds.to);
  message.set_phase(std::string(model::PhaseName(record.state.phase)));
  std::int64_t rows = 0;
  std::int64_t raw_bytes = 0;
  std::int64_t stored_bytes = 0;
  for (const model::PartRecord& part : archive.parts) {
    rows += part.rows;
    raw_bytes += part.raw_bytes;
    stored_bytes += part.bytes;
    v1::Part& out = *message.add_parts();
    out.set_key(part.key);
    out.set_rows(part.rows);
    out.set_bytes(part.bytes);
    out.set_sha256(part.sha256);
  }
  message.set_rows(rows);
  message.set_raw_bytes(raw_bytes);
  message.set_stored_bytes(stored_bytes);
  message.set_updated_at(record.updated_at);
  if (record.error) message.set_error(*record.error);
  message.set_freed_bytes(record.former_bytes);
  if (!record.drop_after.empty()) message.set_drop_after(record.drop_after);
  if (record.fingerprint) message.set_expected_rows(record.fingerprint->rows);
  return message;
}

}  // namespace pgattic::api
