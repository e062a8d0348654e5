#include "lookup/inquiry.h"

#include <algorithm>
#include <stop_token>
#include <utility>

namespace pgattic::lookup {
namespace {

constexpr int kMaxPasses = 4;

Answer Unavailable(const Status& why) {
  Answer answer;
  answer.availability = Availability::kTemporarilyUnavailable;
  answer.why = why.ToString();
  return answer;
}

Answer Available(FoundRow row, Tier tier, std::size_t rows) {
  Answer answer;
  answer.availability = Availability::kAvailable;
  answer.tier = tier;
  answer.row_json = std::move(row.json);
  answer.created_at = std::move(row.created_at);
  answer.duplicates = static_cast<int>(rows) - 1;
  return answer;
}

}  // namespace

Inquiry::Inquiry(const OpContext& ctx, RoutedReader& reader, std::vector<Ask> asks,
                 const std::optional<std::string>& likely)
    : ctx_(ctx),
      reader_(reader),
      answers_(asks.size()),
      settled_(asks.size()),
      why_(Code::kUnavailable, "rows moved during each of several looks; ask again") {
  for (std::size_t i = 0; i < asks.size(); ++i) {
    Open open;
    open.index = i;
    open.is_fixed = !asks[i].times.empty();
    open.ask = std::move(asks[i]);
    if (open.is_fixed) likely_ = open.ask.times;
    open_.push_back(std::move(open));
  }
  if (likely) likely_ = {*likely};
}

std::vector<Answer> Inquiry::Run() {
  // One round by what hints say of the time, one by id alone.
  for (int pass = 0; pass < 2 * kMaxPasses && !open_.empty(); ++pass) {
    const Next next = Pass();
    session_.reset();
    if (next == Next::kGiveUp) break;
    if (next == Next::kAgain && reader_.probe_ != nullptr) reader_.probe_->ReadAgain();
  }
  for (const Open& open : open_) answers_[open.index] = Unavailable(why_);
  return std::move(answers_);
}

Inquiry::Next Inquiry::Pass() {
  if (Status looked = LookAndSearch(); !looked.ok()) {
    WithoutDatabase(looked);
    return Next::kGiveUp;
  }
  for (Open& open : open_) {
    open.failure = Status::Ok();
    open.archive_first = reader_.search_.SuggestsArchive(*picture_, open.ask);
  }
  // What the database cannot say now it is asked again at the end.
  AskDatabase(true, std::exchange(early_rows_, std::nullopt)).ok();
  AskArchives(false);
  return open_.empty() ? Next::kDone : Confirm();
}

Status Inquiry::LookFirst() {
  PGATTIC_ASSIGN_OR_RETURN(DatabaseSession* const session, Session());
  PGATTIC_ASSIGN_OR_RETURN(catalog::Look look, LookAhead(*session));
  picture_ = reader_.picture();
  if (!picture_ || picture_->journal != look.stamp.journal) {
    early_rows_.reset();
    PGATTIC_ASSIGN_OR_RETURN(catalog::Picture loaded, session->Picture(ctx_));
    picture_ = std::make_shared<const catalog::Picture>(std::move(loaded));
    reader_.Keep(picture_);
  }
  stamp_ = {picture_->journal, look.stamp.source};
  for (std::size_t i = 0; i < open_.size(); ++i) {
    if (!open_[i].is_fixed && !open_[i].by_id) open_[i].ask.times = std::move(look.times[i]);
  }
  if (open_.front().ask.times != likely_) early_rows_.reset();
  return Status::Ok();
}

Result<catalog::Look> Inquiry::LookAhead(DatabaseSession& session) {
  early_rows_.reset();
  const RoutedReader::PicturePtr picture = reader_.picture();
  const bool is_likely = open_.size() == 1 && !open_.front().by_id && !likely_.empty();
  if (!is_likely || !picture || reader_.search_.SuggestsArchive(*picture, LikelyAsk())) {
    return session.Look(ctx_, Ids());
  }
  PGATTIC_ASSIGN_OR_RETURN(Glance glance, session.LookAndRows(ctx_, LikelyAsk()));
  early_rows_ = std::move(glance.rows);
  return std::move(glance.look);
}

Ask Inquiry::LikelyAsk() const {
  const Open& only = open_.front();
  return {only.ask.id, only.by_id || likely_.empty() ? only.ask.times : likely_};
}

Status Inquiry::LookAndSearch() {
  early_.reset();
  const RoutedReader::PicturePtr known = reader_.picture();
  if (!reader_.beside_ || !known || open_.size() != 1) return LookFirst();
  const Ask ask = LikelyAsk();
  if (!reader_.search_.Expects(*known, ask)) return LookFirst();
  std::stop_source in_vain;
  const std::stop_callback caller_stops(ctx_.stop(), [&] { in_vain.request_stop(); });
  Status looked;
  const std::optional<std::future<void>> looking = reader_.beside_([&] {
    looked = LookFirst();
    session_.reset();  // It is not held while the store is waited for.
    if (!looked.ok() || picture_ != known) in_vain.request_stop();
  });
  if (!looking) return LookFirst();
  std::vector<Searched> found =
      reader_.search_.Find(ctx_.WithStop(in_vain.get_token()), *known, {ask}, false);
  looking->wait();
  if (looked.ok() && picture_ == known) early_ = Early{ask.times, std::move(found.front())};
  return looked;
}

Status Inquiry::AskDatabase(bool only_unswapped, std::optional<RowsOfIds> early) {
  std::vector<Ask> asks;
  std::vector<Open*> whose;
  for (Open& open : open_) {
    if (only_unswapped && open.archive_first) continue;
    asks.push_back(open.ask);
    whose.push_back(&open);
  }
  if (asks.empty()) return Status::Ok();
  RowsOfIds found;
  if (early) {
    found = std::move(*early);
  } else {
    PGATTIC_ASSIGN_OR_RETURN(DatabaseSession* const session, Session());
    PGATTIC_ASSIGN_OR_RETURN(found, session->Rows(ctx_, asks));
  }
  for (std::size_t i = 0; i < asks.size(); ++i) {
    std::erase_if(found[i], [&](const FoundRow& row) {
      return !IsAtTimeOf(asks[i], row, reader_.search_.options().by_day);
    });
    if (found[i].empty()) continue;
    Settle(*whose[i], Available(std::move(found[i].front()), Tier::kDatabase, found[i].size()));
  }
  DropSettled();
  return Status::Ok();
}

std::vector<Searched> Inquiry::Search(bool final_only) {
  std::vector<Ask> asks;
  for (const Open& open : open_) asks.push_back(open.ask);
  if (early_ && !final_only) {
    const std::vector<std::string> times = std::move(early_->times);
    Searched found = std::move(early_->found);
    early_.reset();
    // It was asked for by id alone where the look has told a time since.
    std::erase_if(found.rows, [&](const Searched::Row& row) {
      return !IsAtTimeOf(asks.front(), row.row, reader_.search_.options().by_day);
    });
    // By id alone every archive was asked, by a time only those of that time.
    if (times == asks.front().times || (times.empty() && !found.rows.empty())) {
      std::vector<Searched> only;
      only.push_back(std::move(found));
      return only;
    }
  }
  // A session is not held while the store is waited for.
  if (!picture_->archives.empty()) session_.reset();
  return reader_.search_.Find(ctx_, *picture_, asks, final_only);
}

void Inquiry::AskArchives(bool final_only) {
  if (open_.empty() || !picture_) return;
  std::vector<Searched> found = Search(final_only);
  for (std::size_t i = 0; i < found.size(); ++i) {
    open_[i].failure = std::move(found[i].failure);
    if (found[i].rows.empty()) continue;
    Searched::Row& first = found[i].rows.front();
    const Tier tier = first.is_cached ? Tier::kCache : first.row.tier;
    Answer answer = Available(std::move(first.row), tier, found[i].rows.size());
    answer.is_immutable = first.is_final;
    Settle(open_[i], std::move(answer));
  }
  DropSettled();
}

Inquiry::Next Inquiry::Confirm() {
  const auto unchanged = [&]() -> Result<bool> {
    PGATTIC_ASSIGN_OR_RETURN(DatabaseSession* const session, Session());
    PGATTIC_ASSIGN_OR_RETURN(const catalog::Look look, session->Look(ctx_, Ids()));
    return look.stamp == stamp_;
  };
  const Result<bool> before = unchanged();
  if (before.ok() && !*before) return Next::kAgain;
  const Status asked = before.ok() ? AskDatabase(false) : before.status();
  if (open_.empty()) return Next::kDone;
  const Result<bool> after = asked.ok() ? unchanged() : Result<bool>(asked.Clone());
  if (after.ok()) return *after ? Conclude() : Next::kAgain;
  // Columns may have been renamed under the statement: then the stamp is another.
  DatabaseFailed(after.status());
  session_.reset();
  const Result<bool> once_more = unchanged();
  if (once_more.ok() && (!*once_more || why_.Is(Code::kUnavailable))) return Next::kAgain;
  return Next::kGiveUp;
}

Result<std::vector<Availability>> Inquiry::WhyMissing() {
  PGATTIC_ASSIGN_OR_RETURN(DatabaseSession* const session, Session());
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<bool> erased, session->Erased(ctx_, Ids()));
  std::vector<Availability> why;
  for (const bool is_erased : erased) {
    why.push_back(is_erased ? Availability::kErased : Availability::kAbsent);
  }
  return why;
}

Inquiry::Next Inquiry::Conclude() {
  const auto is_hinted = [](const Open& open) {
    return !open.is_fixed && !open.by_id && !open.ask.times.empty();
  };
  Result<std::vector<Availability>> missing = std::vector<Availability>(open_.size());
  if (!std::all_of(open_.begin(), open_.end(), is_hinted)) missing = WhyMissing();
  for (std::size_t i = 0; i < open_.size(); ++i) {
    Open& open = open_[i];
    if (is_hinted(open)) {
      open.by_id = true;  // What games says of the time may be wrong.
      open.ask.times.clear();
      continue;
    }
    const Status why = open.failure.ok() ? missing.status() : open.failure.Clone();
    Answer answer;
    if (missing.ok()) answer.availability = (*missing)[i];
    Settle(open, why.ok() ? std::move(answer) : Unavailable(why));
  }
  DropSettled();
  return open_.empty() ? Next::kDone : Next::kAgain;
}

void Inquiry::DatabaseFailed(const Status& why) {
  why_ = why.Clone();
  if (reader_.probe_ != nullptr) reader_.probe_->TierFailed(metrics::Tier::kDatabase, why.code());
}

void Inquiry::WithoutDatabase(const Status& why) {
  DatabaseFailed(why);
  picture_ = reader_.picture();
  AskArchives(true);
}

void Inquiry::Settle(Open& open, Answer answer) {
  answers_[open.index] = std::move(answer);
  settled_[open.index] = true;
}

void Inquiry::DropSettled() {
  std::erase_if(open_, [&](const Open& open) { return settled_[open.index]; });
}

std::vector<std::string> Inquiry::Ids() const {
  std::vector<std::string> ids;
  for (const Open& open : open_) ids.push_back(open.ask.id);
  return ids;
}

Result<DatabaseSession*> Inquiry::Session() {
  if (!session_) {
    PGATTIC_ASSIGN_OR_RETURN(session_, reader_.database_.Open(ctx_));
  }
  return session_.get();
}

}  // namespace pgattic::lookup
