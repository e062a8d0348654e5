// RoutedReader: rows by id, asked of the places in the order that the journal suggests.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lookup/archive_search.h"
#include "lookup/places.h"
#include "lookup/row_reader.h"
#include "metrics/probes.h"

namespace pgattic::lookup {

/// The rule by which "absent" is known, for one id or a thousand:
///
/// 1. A look gives the stamp of the journal; the picture of that stamp says which parts hold rows.
/// 2. Where an archive of the id's time is swapped, its parts are asked first, else the database.
/// 3. Both missed: in one session the stamp is looked at, the database asked (again), and the
///    stamp looked at once more. The same all along, and every part that could hold the id
///    answered: absent. Another one: again from 1, at most four times.
///
/// A row that a known picture probably has in the archive is fetched while the look is under way,
/// and is the answer if the look gives the stamp of that picture.
///
/// Thread-safe. What it is made of outlives it.
class RoutedReader final : public RowReader {
 public:
  /// Starts a call beside the caller's work and returns what becomes ready when it is over;
  /// nullopt: it was not started.
  using Beside = std::function<std::optional<std::future<void>>(std::function<void()>)>;

  using PicturePtr = std::shared_ptr<const catalog::Picture>;
  using OnPicture = std::function<void(const PicturePtr& picture)>;

  /// `probe` may be null. Without `beside` nothing is fetched before the look is over.
  /// `on_picture`, where there is one, is told of each new picture; it must not block.
  RoutedReader(Database& database, const ArchiveSearch& search,
               metrics::LookupProbe* probe = nullptr, Beside beside = {}, OnPicture on_picture = {})
      : database_(database),
        search_(search),
        probe_(probe),
        beside_(std::move(beside)),
        on_picture_(std::move(on_picture)) {}

  Result<Answer> Get(const OpContext& ctx, const std::string& id,
                     const std::optional<std::string>& created_at) override;
  Result<Answer> GetLikely(const OpContext& ctx, const std::string& id,
                           const std::optional<std::string>& likely) override;
  Result<std::vector<Answer>> GetMany(const OpContext& ctx,
                                      const std::vector<std::string>& ids) override;

 private:
  friend class Inquiry;
  /// Asks for one id; `likely` as of GetLikely.
  Answer AnswerOf(const OpContext& ctx, const std::string& id, std::vector<std::string> times,
                  const std::optional<std::string>& likely);
  PicturePtr picture() const;
  void Keep(PicturePtr picture);

  Database& database_;
  const ArchiveSearch& search_;
  metrics::LookupProbe* const probe_;
  const Beside beside_;
  const OnPicture on_picture_;
  mutable std::mutex mutex_;  ///< Guards picture_.
  PicturePtr picture_;
};

}  // namespace pgattic::lookup
