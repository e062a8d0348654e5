#include "catalog/live_rows.h"

#include <string>
#include <vector>

#include "catalog/relation.h"
#include "model/bounds.h"

namespace pgattic::catalog {
namespace {

/// VALUES of (oid, year, month); a row that matches nothing where there are no partitions.
std::string MonthValues(const std::vector<Partition>& partitions) {
  std::string values = "(NULL::oid, NULL::int4, NULL::int4)";
  for (const Partition& partition : partitions) {
    if (!partition.unsupported_bounds.empty()) continue;
    const model::YearMonth month = model::MonthOf(partition.bounds);
    values += ", (" + std::to_string(partition.oid) + ", " + std::to_string(month.year) + ", " +
              std::to_string(month.month) + ")";
  }
  return values;
}

std::string MonthExpression(const SourceTable& source, const std::string& field) {
  return "coalesce(m." + field + ", extract(" + field + " FROM s." +
         pg::Identifier(source.partition_column).Quoted() + "::timestamptz)::int4)";
}

}  // namespace

Status CopyLive(const OpContext& ctx, pg::Connection& connection, const LiveRequest& request,
                const std::function<Status(ByteView)>& on_data) {
  std::string columns;
  for (const model::Column& column : request.schema.columns) {
    columns += CopyExpression(column, "s." + pg::Identifier(column.name).Quoted()) + ", ";
  }
  std::string months;
  if (request.with_month) {
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<Partition> partitions,
                             ListPartitions(ctx, connection, request.source));
    columns += MonthExpression(request.source, "year") + ", " +
               MonthExpression(request.source, "month") + ", ";
    months = " LEFT JOIN (VALUES " + MonthValues(partitions) +
             ") AS m(relation, year, month) ON m.relation = s.tableoid";
  }
  return connection.CopyOut(ctx,
                            "COPY (SELECT " + columns + "0::int8 FROM " +
                                request.source.name().Quoted() + " AS s" + months +
                                ") TO STDOUT (FORMAT binary)",
                            on_data);
}

}  // namespace pgattic::catalog
