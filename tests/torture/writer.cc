#include "tests/torture/writer.h"

#include <array>
#include <string_view>

namespace pgattic::torture {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kIdsApart = 1'000'000;
constexpr milliseconds kPause{12};
constexpr milliseconds kLongPause{150};
constexpr milliseconds kRetry{5};

/// What a client meets where others are at work; anything else is a fault of ours.
bool IsEverydayTrouble(const Status& status) {
  static constexpr std::array<std::string_view, 5> kCodes = {
      "42P01",  // The partition it named is dropped.
      "40P01", "55P03", "57P01", "25P02"};
  if (status.Is(Code::kUnavailable) || status.Is(Code::kInDoubt)) return true;
  for (const std::string_view code : kCodes) {
    if (status.error().origin.code == code) return true;
  }
  return false;
}

}  // namespace

Writer::Writer(const Arena& arena, History& history, std::uint64_t seed, int number)
    : arena_(arena),
      history_(history),
      dice_(seed, 100 + static_cast<std::uint64_t>(number)),
      number_(number) {}

Status Writer::Load(int rows) {
  Reconnect();
  PGATTIC_RETURN_IF_ERROR(Sql("CREATE TABLE IF NOT EXISTS " + Outcomes() + " (xid text NOT NULL)"));
  PGATTIC_RETURN_IF_ERROR(Sql("BEGIN"));
  Draft draft;
  for (int i = 0; i < rows; ++i) {
    ids_.push_back(
        std::to_string(static_cast<std::uint64_t>(number_ + 1) * kIdsApart + ids_.size()));
    PGATTIC_RETURN_IF_ERROR(InsertRow(draft, ids_.back(), Target::kParent));
  }
  return Commit(draft, "");
}

void Writer::Run(const OpContext& ctx) {
  while (ctx.Check().ok()) {
    if (!connection_->usable()) Reconnect();
    const Status done = Transact(ctx);
    if (!done.ok()) {
      BlameUnexpected(done);
      RollBack();
    }
    ctx.SleepFor(dice_.UpTo(kPause)).ok();
  }
}

void Writer::BlameUnexpected(const Status& status) {
  if (IsEverydayTrouble(status)) return;
  history_.Blame("a client's transaction failed: " + status.ToString());
}

Status Writer::Transact(const OpContext& ctx) {
  PGATTIC_RETURN_IF_ERROR(Sql("BEGIN"));
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult xid,
                           connection_->Exec(patient_, "SELECT pg_current_xact_id()::text"));
  PGATTIC_RETURN_IF_ERROR(
      connection_->Exec(patient_, "INSERT INTO " + Outcomes() + " VALUES ($1)", {xid.Text(0, 0)})
          .status());
  Draft draft;
  const std::size_t changes = 1 + dice_.Below(4);
  for (std::size_t i = 0; i < changes; ++i) {
    PGATTIC_RETURN_IF_ERROR(dice_.OneIn(5) ? ChangeInSavepoint(draft) : Change(draft));
  }
  if (dice_.OneIn(10)) ctx.SleepFor(dice_.UpTo(kLongPause)).ok();
  return Finish(ctx, draft, xid.Text(0, 0));
}

Status Writer::ChangeInSavepoint(Draft& draft) {
  PGATTIC_RETURN_IF_ERROR(Sql("SAVEPOINT s"));
  Draft inner = draft;
  PGATTIC_RETURN_IF_ERROR(Change(inner));
  if (dice_.OneIn(2)) return Sql("ROLLBACK TO SAVEPOINT s");
  PGATTIC_RETURN_IF_ERROR(Sql("RELEASE SAVEPOINT s"));
  draft = std::move(inner);
  return Status::Ok();
}

Status Writer::Change(Draft& draft) {
  if (dice_.OneIn(4)) {
    ids_.push_back(
        std::to_string(static_cast<std::uint64_t>(number_ + 1) * kIdsApart + ids_.size()));
    return InsertRow(draft, ids_.back(), AnyTarget());
  }
  const std::string id = ids_[dice_.Below(ids_.size())];
  const Value now = Now(draft, id);
  return now ? ChangeRow(draft, id, RowValue::Parse(*now)) : InsertRow(draft, id, AnyTarget());
}

Target Writer::AnyTarget() { return dice_.OneIn(4) ? Target::kPartition : Target::kParent; }

Status Writer::InsertRow(Draft& draft, const std::string& id, Target target) {
  const RowValue value = NewValue(dice_.Below(kMonths.size()));
  PGATTIC_RETURN_IF_ERROR(
      arena_.table().Insert(patient_, *connection_, id, value, target).status());
  PGATTIC_RETURN_IF_ERROR(CheckPartition(value, target));
  draft[id] = value.Text();
  return Status::Ok();
}

Status Writer::ChangeRow(Draft& draft, const std::string& id, const RowValue& before) {
  const Target target = dice_.OneIn(3) ? Target::kPartition : Target::kParent;
  if (dice_.OneIn(6)) {
    PGATTIC_ASSIGN_OR_RETURN(const std::int64_t deleted,
                             arena_.table().Delete(patient_, *connection_, id, before, target));
    PGATTIC_ASSIGN_OR_RETURN(const Touched touched, Judge(id, before, deleted, target));
    if (touched == Touched::kOne) draft[id] = std::nullopt;
    return Status::Ok();
  }
  const bool moves = target == Target::kParent && dice_.OneIn(3);
  const RowValue after = NewValue(moves ? dice_.Below(kMonths.size()) : before.month);
  PGATTIC_ASSIGN_OR_RETURN(
      const std::int64_t updated,
      arena_.table().Update(patient_, *connection_, id, before, after, target));
  PGATTIC_ASSIGN_OR_RETURN(const Touched touched, Judge(id, before, updated, target));
  if (touched == Touched::kOne) draft[id] = after.Text();
  return Status::Ok();
}

/// The lock of the statement before keeps the answer true until the transaction ends.
Status Writer::CheckPartition(const RowValue& row, Target target) {
  if (target == Target::kParent) return Status::Ok();
  const std::string name = "public." + arena_.table().Partition(row.month);
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult attached,
      connection_->Exec(patient_,
                        "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = $1::regclass)",
                        {name}));
  if (attached.Bool(0, 0)) return Status::Ok();
  return {Code::kUnavailable, name + " is a partition no more"};
}

/// A row that was not touched has to be in the archive: the statement's lock on the table
/// keeps any swap away until the transaction ends.
Result<Writer::Touched> Writer::Judge(const std::string& id, const RowValue& row,
                                      std::int64_t touched, Target target) {
  PGATTIC_RETURN_IF_ERROR(CheckPartition(row, target));
  if (touched == 1) return Touched::kOne;
  if (touched > 1) {
    history_.Blame("row " + id + " is in the table " + std::to_string(touched) + " times");
    return Touched::kOne;
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult archived,
      connection_->Exec(patient_,
                        "SELECT EXISTS (SELECT FROM pgattic.archive WHERE extract(epoch FROM "
                        "$1::timestamptz) * 1000000 >= from_us AND extract(epoch FROM "
                        "$1::timestamptz) * 1000000 < to_us AND (round > 1 OR phase IN "
                        "('detached', 'archived')))",
                        {row.At()}));
  if (!archived.Bool(0, 0)) {
    history_.Blame("row " + id + " (" + row.Text() +
                   ") is not in the table, and its month was never swapped");
  }
  return Touched::kNone;
}

Status Writer::Finish(const OpContext& ctx, const Draft& draft, const std::string& xid) {
  switch (dice_.Below(10)) {
    case 0:
      return Sql("ROLLBACK");
    case 1:
    case 2:
      return Prepare(ctx, draft, xid);
    default:
      return Commit(draft, xid);
  }
}

Status Writer::Commit(const Draft& draft, const std::string& xid) {
  const History::Ticket ticket = history_.Announce(draft);
  const Result<pg::QueryResult> committed = connection_->Exec(patient_, "COMMIT");
  const bool is_certain = committed.ok() || connection_->usable();
  const bool happened =
      is_certain ? committed.ok() && committed->command() == "COMMIT" : Settle(xid, "");
  happened ? history_.Confirm(ticket) : history_.Withdraw(ticket);
  return committed.ok() || !is_certain ? Status::Ok() : committed.status();
}

Status Writer::Prepare(const OpContext& ctx, const Draft& draft, const std::string& xid) {
  const std::string name = arena_.database() + "-" + xid;
  const Result<pg::QueryResult> prepared =
      connection_->Exec(patient_, "PREPARE TRANSACTION '" + name + "'");
  if (!prepared.ok() && connection_->usable()) return prepared.status();
  const bool commits = prepared.ok() && !dice_.OneIn(4);
  if (prepared.ok() && dice_.OneIn(2)) ctx.SleepFor(dice_.UpTo(kLongPause)).ok();
  History::Ticket ticket;
  if (commits) ticket = history_.Announce(draft);
  const std::string end = std::string(commits ? "COMMIT" : "ROLLBACK") + " PREPARED '" + name + "'";
  const bool ended = prepared.ok() && Sql(end).ok();
  const bool happened = ended ? commits : Settle(xid, end);
  happened ? history_.Confirm(ticket) : history_.Withdraw(ticket);
  return Status::Ok();
}

/// Asks until it is known whether the transaction committed; ends it where it is prepared. A
/// server that crashed gives ids that never reached its log to others, so that "committed" may be
/// another's: what the transaction left behind decides. Until then such an id lies in the future,
/// of which pg_xact_status would say nothing.
bool Writer::Settle(const std::string& xid, const std::string& end_prepared) {
  while (true) {
    if (!connection_->usable()) Reconnect();
    const Result<pg::QueryResult> goes_on = connection_->Exec(
        patient_,
        "SELECT CASE WHEN $1::xid8 < pg_snapshot_xmax(pg_current_snapshot()) "
        "THEN coalesce(pg_xact_status($1::xid8) = 'in progress', false) ELSE false END",
        {xid});
    if (goes_on.ok() && !goes_on->Bool(0, 0)) {
      const Result<pg::QueryResult> happened = connection_->Exec(
          patient_, "SELECT EXISTS (SELECT FROM " + Outcomes() + " WHERE xid = $1)", {xid});
      if (happened.ok()) return happened->Bool(0, 0);
    }
    if (goes_on.ok() && goes_on->Bool(0, 0) && !end_prepared.empty()) Sql(end_prepared).ok();
    patient_.SleepFor(kRetry).ok();
  }
}

void Writer::RollBack() {
  if (connection_->usable()) Sql("ROLLBACK").ok();
}

void Writer::Reconnect() {
  while (true) {
    auto opened = arena_.Connect("writer " + std::to_string(number_));
    if (opened.ok()) {
      connection_ = std::move(*opened);
      return;
    }
    patient_.SleepFor(kRetry).ok();
  }
}

std::string Writer::Outcomes() const { return "public.outcomes_" + std::to_string(number_); }

Value Writer::Now(const Draft& draft, const std::string& id) const {
  const auto drafted = draft.find(id);
  return drafted == draft.end() ? history_.Current(id) : drafted->second;
}

RowValue Writer::NewValue(std::size_t month) {
  RowValue value;
  value.number = static_cast<std::uint64_t>(number_ + 1) * kIdsApart + ++counter_;
  value.month = month;
  value.day = 1 + static_cast<int>(dice_.Below(27));
  return value;
}

Status Writer::Sql(const std::string& sql) { return connection_->Exec(patient_, sql).status(); }

}  // namespace pgattic::torture
