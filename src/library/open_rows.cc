#include "library/open_rows.h"

#include <mutex>
#include <utility>

#include "catalog/journal_schema.h"
#include "catalog/source_table.h"

namespace pgattic::library {
namespace {

/// Opens the reader of a source once PostgreSQL answers.
class LazyRows final : public lookup::RowReader {
 public:
  LazyRows(service::Readers& readers, archive::SourceOptions source)
      : readers_(readers), source_(std::move(source)) {}

  Result<lookup::Answer> Get(const OpContext& ctx, const std::string& id,
                             const std::optional<std::string>& created_at) override {
    const Result<lookup::RowReader*> reader = Reader(ctx);
    if (!reader.ok()) return Unavailable(id, reader.error());
    return (*reader)->Get(ctx, id, created_at);
  }

  Result<lookup::Answer> GetLikely(const OpContext& ctx, const std::string& id,
                                   const std::optional<std::string>& likely) override {
    const Result<lookup::RowReader*> reader = Reader(ctx);
    if (!reader.ok()) return Unavailable(id, reader.error());
    return (*reader)->GetLikely(ctx, id, likely);
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
      if (reader_) return reader_.get();
    }
    PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease connection, readers_.pool().Acquire(ctx));
    PGATTIC_RETURN_IF_ERROR(catalog::CheckJournal(ctx, *connection));
    PGATTIC_ASSIGN_OR_RETURN(
        const catalog::SourceTable table,
        catalog::LoadSource(ctx, *connection, source_.table, source_.id_column));
    const std::lock_guard lock(mutex_);
    if (!reader_) reader_ = readers_.ReaderOf(table, source_);
    return reader_.get();
  }

  service::Readers& readers_;
  const archive::SourceOptions source_;
  std::mutex mutex_;  ///< Guards reader_, which is set once.
  std::unique_ptr<lookup::RowReader> reader_;
};

}  // namespace

std::unique_ptr<lookup::RowReader> OpenRows(service::Readers& readers,
                                            const archive::SourceOptions& source) {
  return std::make_unique<LazyRows>(readers, source);
}

}  // namespace pgattic::library
