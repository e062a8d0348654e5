#include <array>
#include <utility>

#include "catalog/journal.h"

namespace pgattic::catalog {
namespace {

constexpr std::array<std::pair<PartState, std::string_view>, 4> kStates{{
    {PartState::kWriting, "writing"},
    {PartState::kUploaded, "uploaded"},
    {PartState::kVerified, "verified"},
    {PartState::kObsolete, "obsolete"},
}};

std::string StateName(PartState state) {
  return std::string(kStates.at(static_cast<std::size_t>(state)).second);
}

PartState StateFromName(const std::string& name) {
  for (const auto& [state, known] : kStates) {
    if (known == name) return state;
  }
  return PartState::kObsolete;
}

Result<JournalPart> ReadPart(const pg::QueryResult& rows, int row) {
  int column = 0;
  const auto text = [&] { return rows.Text(row, column++); };
  const auto number = [&] { return rows.Int(row, column++); };
  JournalPart part;
  model::PartRecord& r = part.record;
  r.number = static_cast<int>(number());
  r.round = static_cast<int>(number());
  r.attempt = static_cast<int>(number());
  part.state = StateFromName(text());
  part.published = rows.Bool(row, column++);
  r.key = text();
  part.nonce = text();
  part.range.from = rows.Optional(row, column++);
  part.range.to = rows.Optional(row, column++);
  r.rows = number();
  r.raw_bytes = number();
  r.bytes = number();
  r.footer_bytes = number();
  part.fingerprint_sum = text();
  r.digest.rows = r.rows;
  PGATTIC_ASSIGN_OR_RETURN(r.digest.sum, Sum128::FromHex(text()));
  r.sha256 = text();
  r.etag = text();
  r.version_id = text();
  r.crc64nvme = text();
  r.min_id = text();
  r.max_id = text();
  r.filter_key = text();
  r.filter_etag = text();
  if (const auto narrow = rows.Optional(row, column++)) {
    PGATTIC_ASSIGN_OR_RETURN(r.narrow, model::ParseNarrowObject(*narrow));
  }
  return part;
}

/// The values of a part's row, in the order of kPartColumns, the archive's id first.
pg::Params Values(std::int64_t archive_id, const JournalPart& part) {
  const auto number = [](auto value) { return pg::Param(std::to_string(value)); };
  const model::PartRecord& r = part.record;
  return {number(archive_id),
          number(r.number),
          number(r.round),
          number(r.attempt),
          StateName(part.state),
          part.published ? "t" : "f",
          r.key,
          part.nonce,
          part.range.from,
          part.range.to,
          number(r.rows),
          number(r.raw_bytes),
          number(r.bytes),
          number(r.footer_bytes),
          part.fingerprint_sum,
          r.digest.sum.ToHex(),
          r.sha256,
          r.etag,
          r.version_id,
          r.crc64nvme,
          r.min_id,
          r.max_id,
          r.filter_key,
          r.filter_etag,
          r.narrow ? pg::Param(model::SerializeNarrowObject(*r.narrow)) : std::nullopt};
}

constexpr const char* kPartColumns =
    "number, round, attempt, state, published, key, nonce, id_from, id_to, rows, raw_bytes, "
    "bytes, footer_bytes, fingerprint_sum, digest_sum, sha256, etag, version_id, crc64nvme, "
    "min_id, max_id, filter_key, filter_etag, narrow";
constexpr const char* kPlaceholders =
    "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, "
    "$21, $22, $23, $24, $25";

}  // namespace

Result<std::vector<JournalPart>> Journal::Parts(const OpContext& ctx, std::int64_t archive_id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(ctx,
                       std::string("SELECT ") + kPartColumns +
                           " FROM pgattic.part WHERE archive_id = $1 ORDER BY number",
                       {std::to_string(archive_id)}));
  std::vector<JournalPart> parts;
  for (int i = 0; i < rows.rows(); ++i) {
    PGATTIC_ASSIGN_OR_RETURN(JournalPart part, ReadPart(rows, i));
    parts.push_back(std::move(part));
  }
  return parts;
}

Result<bool> Journal::IsToBeWritten(const OpContext& ctx, std::int64_t archive_id, int number) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection_.Exec(ctx,
                       "SELECT EXISTS (SELECT FROM pgattic.part WHERE archive_id = $1 AND number "
                       "= $2 AND state = 'writing')",
                       {std::to_string(archive_id), std::to_string(number)}));
  return row.Bool(0, 0);
}

Status Journal::InsertPart(const OpContext& ctx, std::int64_t archive_id, const JournalPart& part) {
  return connection_
      .Exec(ctx,
            std::string("INSERT INTO pgattic.part (archive_id, ") + kPartColumns +
                ") VALUES ($1, " + kPlaceholders + ")",
            Values(archive_id, part))
      .status();
}

Status Journal::UpdatePart(const OpContext& ctx, std::int64_t archive_id, const JournalPart& part) {
  return connection_
      .Exec(ctx,
            std::string("UPDATE pgattic.part SET (") + kPartColumns + ") = ROW(" + kPlaceholders +
                ") WHERE archive_id = $1 AND number = $2",
            Values(archive_id, part))
      .status();
}

Status Journal::DeletePart(const OpContext& ctx, std::int64_t archive_id, int number) {
  return connection_
      .Exec(ctx,
            "DELETE FROM pgattic.part WHERE archive_id = $1 AND number = $2 AND state = "
            "'obsolete' AND NOT published",
            {std::to_string(archive_id), std::to_string(number)})
      .status();
}

}  // namespace pgattic::catalog
