#include "catalog/published_parts.h"

#include "model/narrow_object.h"

namespace pgattic::catalog {
namespace {

// The stamp stands in every row, and in one of its own where there is no part.
constexpr const char* kSql = R"sql(
WITH mine AS (SELECT * FROM pgattic.archive
              WHERE database_name = $1 AND schema_name = $2 AND table_name = $3),
stamp AS (SELECT concat_ws(':', count(*), max(id), sum(route)) AS journal FROM mine)
SELECT stamp.journal, p.key, p.rows, p.bytes, a.bound_from, a.bound_to, a.from_us, a.to_us,
       p.round < a.round OR a.phase IN ('detached', 'archived'),
       p.narrow
FROM stamp LEFT JOIN (mine a JOIN pgattic.part p ON p.archive_id = a.id AND p.published) ON true
ORDER BY a.from_us, a.id, p.round, p.number)sql";

}  // namespace

Result<PublishedParts> LoadPublishedParts(const OpContext& ctx, pg::Connection& connection,
                                          const model::SourceId& source) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx, kSql, {source.database, source.schema, source.table}));
  PublishedParts published;
  for (int i = 0; i < rows.rows(); ++i) {
    published.journal = rows.Text(i, 0);
    if (rows.IsNull(i, 1)) continue;
    PublishedPart part;
    part.key = rows.Text(i, 1);
    part.rows = rows.Int(i, 2);
    part.bytes = rows.Int(i, 3);
    part.month = model::MonthOf({rows.Text(i, 4), rows.Text(i, 5), rows.Int(i, 6), rows.Int(i, 7)});
    part.is_swapped = rows.Bool(i, 8);
    if (const auto narrow = rows.Optional(i, 9)) {
      PGATTIC_ASSIGN_OR_RETURN(model::NarrowObject object, model::ParseNarrowObject(*narrow));
      part.narrow_columns = std::move(object.columns);
    }
    published.parts.push_back(std::move(part));
  }
  return published;
}

}  // namespace pgattic::catalog
