#include "library/open_rows.h"

#include <mutex>
#include <optional>
#include <utility>

#include "catalog/journal_schema.h"
#include "catalog/source_table.h"
#include "lookup/point_reader.h"
#include "lookup/row_lookup.h"

namespace pgattic::library {
namespace {

class SerialRows final : public lookup::RowReader {
 public:
  SerialRows(const service::Config& config, archive::SourceOptions source,
             store::ObjectStore& objects)
      : source_options_(std::move(source)), points_(objects, config.footer_cache_bytes) {
    connect_.conninfo = config.database_url;
  }

  Result<lookup::Answer> Get(const OpContext& ctx, const std::string& id,
                             const std::optional<std::string>& created_at) override {
    const std::lock_guard lock(mutex_);
    return Locked(ctx, id, created_at);
  }

  Result<std::vector<lookup::Answer>> GetMany(const OpContext& ctx,
                                              const std::vector<std::string>& ids) override {
    const std::lock_guard lock(mutex_);
    std::vector<lookup::Answer> answers;
    for (const std::string& id : ids) {
      PGATTIC_ASSIGN_OR_RETURN(lookup::Answer answer, Locked(ctx, id, std::nullopt));
      answers.push_back(std::move(answer));
    }
    return answers;
  }

 private:
  Result<lookup::Answer> Locked(const OpContext& ctx, const std::string& id,
                                const std::optional<std::string>& created_at) {
    Result<lookup::Answer> answer = Once(ctx, id, created_at);
    // A session that was lost while idle says nothing of the server.
    if (rows_ && !connection_->usable() && ctx.Check().ok()) answer = Once(ctx, id, created_at);
    if (answer.ok()) answer->id = id;
    return answer;
  }

  Result<lookup::Answer> Once(const OpContext& ctx, const std::string& id,
                              const std::optional<std::string>& created_at) {
    if (!rows_ || !connection_->usable()) {
      rows_.reset();
      const Status opened = Open(ctx);
      if (!opened.ok()) {
        lookup::Answer answer;
        answer.availability = lookup::Availability::kTemporarilyUnavailable;
        answer.why = opened.ToString();
        return answer;
      }
    }
    return rows_->Get(ctx, id, created_at);
  }

  Status Open(const OpContext& ctx) {
    PGATTIC_ASSIGN_OR_RETURN(connection_, pg::Connection::Open(ctx, connect_));
    PGATTIC_RETURN_IF_ERROR(catalog::CheckJournal(ctx, *connection_));
    PGATTIC_ASSIGN_OR_RETURN(source_, catalog::LoadSource(ctx, *connection_, source_options_.table,
                                                          source_options_.id_column));
    rows_.emplace(*connection_, points_, source_, source_options_.is_games);
    return Status::Ok();
  }

  const archive::SourceOptions source_options_;
  pg::ConnectOptions connect_;
  std::mutex mutex_;  ///< Guards what is below.
  lookup::PointReader points_;
  std::unique_ptr<pg::Connection> connection_;
  catalog::SourceTable source_;
  std::optional<lookup::RowLookup> rows_;
};

}  // namespace

std::unique_ptr<lookup::RowReader> OpenRows(const service::Config& config,
                                            const archive::SourceOptions& source,
                                            store::ObjectStore& objects) {
  return std::make_unique<SerialRows>(config, source, objects);
}

}  // namespace pgattic::library
