// Inquiry: one request of RoutedReader under way.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lookup/routed_reader.h"

namespace pgattic::lookup {

/// Some ids on their way to an answer each. Made for one request. Not thread-safe.
class Inquiry {
 public:
  /// `likely`, of one ask: what its created_at may be, for the first look.
  Inquiry(const OpContext& ctx, RoutedReader& reader, std::vector<Ask> asks,
          const std::optional<std::string>& likely = std::nullopt);

  /// Returns one answer an ask, in their order. Blocks.
  std::vector<Answer> Run();

 private:
  enum class Next { kDone, kAgain, kGiveUp };

  /// An ask that has no answer yet.
  struct Open {
    std::size_t index = 0;
    Ask ask;
    bool is_fixed = false;  ///< Its times, if any, are the caller's.
    bool by_id = false;     ///< Hints of its time led nowhere: by id alone.
    bool archive_first = false;
    Status failure;  ///< Of an archive that could have its row.
  };

  /// What the archives of this pass's picture said of the only ask before the look was over.
  struct Early {
    std::vector<std::string> times;  ///< Of the ask, as it was then.
    Searched found;
  };

  /// One pass over all places.
  Next Pass();
  /// Step 1 of the rule: the stamp and the picture that belongs to it.
  Status LookFirst();
  /// The look of LookFirst, with the row behind it where the time that is likely says that the
  /// database is asked next.
  Result<catalog::Look> LookAhead(DatabaseSession& session);
  /// LookFirst, and meanwhile a search by the picture that is known, where it promises something.
  Status LookAndSearch();
  /// The only ask, with the time that is likely where no other is known.
  Ask LikelyAsk() const;
  /// What the archives say of the open ones; what was searched early is not searched again.
  std::vector<Searched> Search(bool final_only);
  /// `early`: what the database says of the one that is open, if it was asked already.
  Status AskDatabase(bool only_unswapped, std::optional<RowsOfIds> early = std::nullopt);
  void AskArchives(bool final_only);
  /// Step 3.
  Next Confirm();
  /// What is left was missed by every place, and nothing moved meanwhile.
  Next Conclude();
  /// What is said of the open ones that no place has: absent, or erased.
  Result<std::vector<Availability>> WhyMissing();
  /// Keeps the reason, and tells the probe.
  void DatabaseFailed(const Status& why);
  /// PostgreSQL cannot be asked: rows that nothing can have moved are served.
  void WithoutDatabase(const Status& why);
  /// Takes what is found out of what is open.
  void Settle(Open& open, Answer answer);
  void DropSettled();
  std::vector<std::string> Ids() const;
  Result<DatabaseSession*> Session();

  const OpContext& ctx_;
  RoutedReader& reader_;
  std::vector<Answer> answers_;
  std::vector<bool> settled_;
  std::vector<Open> open_;
  std::unique_ptr<DatabaseSession> session_;
  RoutedReader::PicturePtr picture_;
  catalog::RouteStamp stamp_;
  std::vector<std::string> likely_;      ///< Times of the one ask, perhaps.
  std::optional<RowsOfIds> early_rows_;  ///< Of the database at likely_, read behind the look.
  std::optional<Early> early_;
  Status why_;  ///< Why the last pass came to nothing.
};

}  // namespace pgattic::lookup
