// How a session waits for its server, and gives up waiting. Internal to pg: libpq's types do not
// appear in public headers.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <memory>
#include <string>

#include "base/op_context.h"
#include "base/result.h"

namespace pgattic::pg {

using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// Returns libpq's text without blanks at its end.
std::string Trimmed(const char* text);

/// Returns Unavailable, with what libpq says.
Status LostConnection(PGconn* conn);

/// Returns what the server says of a statement that failed.
Status ErrorOf(PGconn* conn, const PGresult* result);

/// Waits until the socket can be read (or written, where asked). Blocks; errors are those of the
/// context, Unavailable.
Status WaitFor(const OpContext& ctx, PGconn* conn, bool writing);

/// Sends what libpq still holds back. Blocks; errors as WaitFor.
Status Flush(const OpContext& ctx, PGconn* conn);

/// Returns the next result; null at the end of the statement. Blocks; errors as WaitFor.
Result<ResultPtr> NextResult(const OpContext& ctx, PGconn* conn);

/// Reads the results of one statement to their end; returns the last of them, or the first error of
/// the server. With `is_cut_short` the error is one of WaitFor, and the statement still runs.
Result<ResultPtr> ReadResults(const OpContext& ctx, PGconn* conn, bool& is_cut_short);

/// The same; one that is cut short is cancelled.
Result<ResultPtr> Collect(const OpContext& ctx, PGconn* conn);

/// Ends whatever runs, so that the session can be used again. Blocks, about a second at most: one
/// whose server does not answer stays busy, and of no more use than a lost one.
void CancelAndDrain(PGconn* conn);

/// The same of a pipeline whose last `statements`, each with a sync of its own, have not ended.
void CancelAndDrainPipeline(PGconn* conn, std::size_t statements);

}  // namespace pgattic::pg
