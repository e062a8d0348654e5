// How a session waits for its server, and gives up waiting. Internal to pg: libpq's types do not
// appear in public headers.
#pragma once

#include <libpq-fe.h>

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

/// Waits until the socket can be read (or written, where asked). Blocks; errors are those of the
/// context, Unavailable.
Status WaitFor(const OpContext& ctx, PGconn* conn, bool writing);

/// Sends what libpq still holds back. Blocks; errors as WaitFor.
Status Flush(const OpContext& ctx, PGconn* conn);

/// Returns the next result; null at the end of the statement. Blocks; errors as WaitFor.
Result<ResultPtr> NextResult(const OpContext& ctx, PGconn* conn);

/// Ends whatever runs, so that the session can be used again. Blocks, about a second at most: one
/// whose server does not answer stays busy, and of no more use than a lost one.
void CancelAndDrain(PGconn* conn);

}  // namespace pgattic::pg
