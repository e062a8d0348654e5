#include "tests/bench/lookup_world.h"

#include <sstream>
#include <utility>

#include "catalog/row_lookup.h"
#include "lookup/archive_search.h"

namespace pgattic::bench {

Result<std::unique_ptr<LookupWorld>> LookupWorld::Open(const std::string& config_file) {
  constexpr std::size_t kSessions = 40;
  auto world = std::make_unique<LookupWorld>();
  PGATTIC_ASSIGN_OR_RETURN(world->config_, service::LoadConfig(config_file, {}, {}));
  PGATTIC_ASSIGN_OR_RETURN(
      world->readers_,
      service::Readers::Open(world->config_, {world->config_.database_url, "bench"}, kSessions,
                             world->registry_));
  PGATTIC_ASSIGN_OR_RETURN(const auto session, world->readers_->pool().Acquire({}));
  const archive::SourceOptions& source = world->config_.sources.front();
  PGATTIC_ASSIGN_OR_RETURN(world->source_,
                           catalog::LoadSource({}, *session, source.table, source.id_column));
  world->Renew();
  return world;
}

lookup::RowReader& LookupWorld::Renew() {
  readers_of_source_.push_back(readers_->ReaderOf(source_, config_.sources.front()));
  return *readers_of_source_.back();
}

Status LookupWorld::Learn(const std::vector<std::string>& ids) {
  PGATTIC_ASSIGN_OR_RETURN(const auto session, readers_->pool().Acquire({}));
  constexpr std::ptrdiff_t kAtATime = 1000;
  for (auto from = ids.begin(); from != ids.end();) {
    const auto to = from + std::min(kAtATime, ids.end() - from);
    PGATTIC_RETURN_IF_ERROR(Find({from, to}, *session));
    from = to;
  }
  return Status::Ok();
}

Status LookupWorld::Find(const std::vector<std::string>& ids, pg::Connection& connection) {
  const OpContext ctx;
  const bool is_games = config_.sources.front().is_games;
  PGATTIC_ASSIGN_OR_RETURN(const catalog::Look look,
                           catalog::LookAround(ctx, connection, source_.id, ids, is_games));
  PGATTIC_ASSIGN_OR_RETURN(const catalog::Picture picture,
                           catalog::LoadPicture(ctx, connection, source_.id));
  std::map<std::string, std::shared_ptr<const columnar::Footer>> footers;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto instants = lookup::InstantsOf(look.times[i], source_.partition_type == "date");
    for (const catalog::ArchivePlace& archive : picture.archives) {
      const bool fits = instants.empty() ||
                        (archive.from_us <= instants.front() && instants.front() < archive.to_us);
      for (const model::PartRecord& part : archive.parts) {
        if (!fits || spots_.contains(ids[i]) ||
            !catalog::IsInIdRange(source_.id_kind, ids[i], part.min_id, part.max_id)) {
          continue;
        }
        auto& footer = footers[part.key];
        if (!footer) {
          store::ReadOptions tail;
          tail.range = store::ByteRange{part.bytes - part.footer_bytes, part.footer_bytes};
          PGATTIC_ASSIGN_OR_RETURN(std::string bytes, readers_->store().Get(ctx, part.key, tail));
          PGATTIC_ASSIGN_OR_RETURN(footer, columnar::Footer::Parse(std::move(bytes), part.bytes));
        }
        const auto spans = footer->Find(ids[i]);
        if (!spans.empty()) spots_[ids[i]] = {part, spans.front()};
      }
    }
    if (!spots_.contains(ids[i])) return {Code::kNotFound, "no part may hold " + ids[i]};
  }
  return Status::Ok();
}

Status LookupWorld::GetBare(const OpContext& ctx, const std::string& id) const {
  const Spot& spot = spots_.at(id);
  store::ReadOptions options;
  options.if_match = spot.part.etag;
  options.version_id = spot.part.version_id;
  options.range = store::ByteRange{spot.span.offset, spot.span.length};
  return readers_->store().Get(ctx, spot.part.key, options).status();
}

double LookupWorld::Gets() const {
  std::istringstream lines(registry_.Expose());
  double gets = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("pgattic_store_requests_total") || line.find("op=\"get\"") == line.npos) {
      continue;
    }
    gets += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return gets;
}

}  // namespace pgattic::bench
