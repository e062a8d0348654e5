#include "library/open_rows.h"

#include <mutex>
#include <utility>

#include "catalog/journal_schema.h"
#include "catalog/source_table.h"
#include "lookup/source_reader.h"

namespace pgattic::library {
namespace {

/// Opens the reader of a source once PostgreSQL answers.
class LazyRows final : public lookup::RowReader {
 public:
  LazyRows(const service::Config& config, archive::SourceOptions source, pg::Pool& pool,
           store::ObjectStore& objects)
      : source_(std::move(source)), pool_(pool), objects_(objects) {
    options_.is_games = source_.is_games;
    options_.footer_cache_bytes = config.footer_cache_bytes;
  }

  Result<lookup::Answer> Get(const OpContext& ctx, const std::string& id,
                             const std::optional<std::string>& created_at) override {
    const Result<lookup::RowReader*> reader = Reader(ctx);
    if (!reader.ok()) return Unavailable(id, reader.error());
    return (*reader)->Get(ctx, id, created_at);
  }

  Result<std::vector<lookup::Answer>> GetMany(const OpContext& ctx,
                                              const std::vector<std::string>& ids) override {
    const Result<lookup::RowReader*> reader = Reader(ctx);
    if (reader.ok()) return (*reader)->GetMany(ctx, ids);
    std::vector<lookup::Answer> answers;
    for (const std::string& id : ids) answers.push_back(Unavailable(id, reader.error()));
    return answers;
  }

 private:
  static lookup::Answer Unavailable(const std::string& id, const Error& error) {
    lookup::Answer answer;
    answer.id = id;
    answer.availability = lookup::Availability::kTemporarilyUnavailable;
    answer.why = error.ToString();
    return answer;
  }

  /// The reader, opened by the first caller that can; several may try at a time.
  Result<lookup::RowReader*> Reader(const OpContext& ctx) {
    {
      const std::lock_guard lock(mutex_);
      if (reader_) return static_cast<lookup::RowReader*>(reader_.get());
    }
    PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease connection, pool_.Acquire(ctx));
    PGATTIC_RETURN_IF_ERROR(catalog::CheckJournal(ctx, *connection));
    PGATTIC_ASSIGN_OR_RETURN(
        const catalog::SourceTable table,
        catalog::LoadSource(ctx, *connection, source_.table, source_.id_column));
    const std::lock_guard lock(mutex_);
    if (!reader_) {
      reader_ = std::make_unique<lookup::SourceReader>(lookup::Backends{pool_, objects_}, table,
                                                       options_);
    }
    return static_cast<lookup::RowReader*>(reader_.get());
  }

  const archive::SourceOptions source_;
  pg::Pool& pool_;
  store::ObjectStore& objects_;
  lookup::SourceReaderOptions options_;
  std::mutex mutex_;  ///< Guards reader_, which is set once.
  std::unique_ptr<lookup::SourceReader> reader_;
};

}  // namespace

std::unique_ptr<lookup::RowReader> OpenRows(const service::Config& config,
                                            const archive::SourceOptions& source, pg::Pool& pool,
                                            store::ObjectStore& objects) {
  return std::make_unique<LazyRows>(config, source, pool, objects);
}

}  // namespace pgattic::library
