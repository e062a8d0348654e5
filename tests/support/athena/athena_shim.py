"""Athena's API in front of a Trino, for tests: Start, Get, Results, Stop of queries.

Checks each signature (AWS Signature Version 4), runs each statement in Trino with its
ExecutionParameters, answers in pages whose first row is the header, fails as Athena fails.
POST /shim/faults {"throttle": n, "error": n, "drop": n} makes the next n requests of Athena's
API answer ThrottlingException, HTTP 500, or nothing at all after having had their effect.
GET /shim/calls returns how often each action was called, and forgets it.

Prints its port and serves until it is ended.
"""

import argparse
import collections
import hashlib
import hmac
import json
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
# Athena API Reference, AthenaError: 1 system, 2 user, 3 other.
CATEGORIES = {"USER_ERROR": 2, "INTERNAL_ERROR": 1, "EXTERNAL": 1, "INSUFFICIENT_RESOURCES": 3}


class Refusal(Exception):
    """An error of Athena: its type, HTTP status and message."""

    def __init__(self, kind, message, status=400):
        super().__init__(message)
        self.kind, self.message, self.status = kind, message, status


def digest(data):
    return hashlib.sha256(data).hexdigest()


def keyed(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def check_signature(args, handler, body):
    """AWS General Reference, "Create a signed AWS API request"."""
    given = handler.headers.get("Authorization", "")
    if not given.startswith("AWS4-HMAC-SHA256 "):
        raise Refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
    fields = dict(part.strip().split("=", 1) for part in given.split(" ", 1)[1].split(","))
    access_key, date, region, service, end = fields["Credential"].split("/")
    if access_key != args.access_key:
        raise Refusal("UnrecognizedClientException", "The security token is invalid.")
    if handler.headers.get("X-Amz-Security-Token", "") != args.session_token:
        raise Refusal("UnrecognizedClientException", "The security token is invalid.")
    signed = fields["SignedHeaders"].split(";")
    wanted = {"host", "x-amz-date", "x-amz-target"}
    if args.session_token:
        wanted.add("x-amz-security-token")
    if not wanted <= set(signed) or (region, service, end) != (args.region, "athena", "aws4_request"):
        raise Refusal("InvalidSignatureException", f"not signed as it has to be: {given}")
    headers = "".join(f"{name}:{' '.join(handler.headers[name].split())}\n" for name in signed)
    canonical = "\n".join([handler.command, "/", "", headers, ";".join(signed), digest(body)])
    stamp = handler.headers["X-Amz-Date"]
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, f"{date}/{region}/{service}/{end}",
                         digest(canonical.encode())])
    key = ("AWS4" + args.secret_key).encode()
    for piece in (date, region, service, end):
        key = keyed(key, piece)
    if not hmac.compare_digest(keyed(key, to_sign).hex(), fields["Signature"]):
        raise Refusal("InvalidSignatureException",
                      "The request signature we calculated does not match the one you provided.")


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


class Execution:
    """One query; it runs in a thread of its own."""

    def __init__(self, args, request):
        self.id = str(uuid.uuid4())
        self.request = request
        self.state, self.reason, self.category = "QUEUED", "", 0
        self.columns, self.rows, self.scanned = [], [], 0
        self.reused = False
        self.ended_at = 0.0
        self._args = args
        self._next = None
        self._stop = threading.Event()

    def begin(self):
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self):
        self._stop.set()
        going_on_at = self._next
        if going_on_at is not None and self.state not in ENDED:
            self._ask("DELETE", going_on_at)

    def _ask(self, method, url, body=None, headers=None):
        request = urllib.request.Request(url, body, headers or {}, method=method)
        request.add_header("X-Trino-User", "athena")
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def _statement(self):
        sql = self.request["QueryString"]
        parameters = self.request.get("ExecutionParameters")
        if not parameters:
            return sql
        return f"EXECUTE IMMEDIATE {quoted(sql)} USING {', '.join(parameters)}"

    def _headers(self):
        headers = {"X-Trino-Catalog": "hive", "X-Trino-Time-Zone": "UTC",
                   "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
                   "X-Trino-Session": "hive.timestamp_precision=MICROSECONDS"}
        database = self.request.get("QueryExecutionContext", {}).get("Database")
        if database:
            headers["X-Trino-Schema"] = database
        return headers

    def _run(self):
        try:
            page = self._ask("POST", self._args.trino + "/v1/statement",
                             self._statement().encode(), self._headers())
            self.state = "RUNNING"
            self._follow(page)
        except (OSError, urllib.error.HTTPError, ValueError) as error:
            if self._stop.is_set():
                self._end("CANCELLED", "Query cancelled by user", 0)
            else:
                self._end("FAILED", f"INTERNAL_ERROR: {error}", 1)

    def _follow(self, page):
        while True:
            self.scanned = page.get("stats", {}).get("physicalInputBytes", 0)
            self._next = page.get("nextUri")
            if "error" in page and self._stop.is_set():
                return self._end("CANCELLED", "Query cancelled by user", 0)
            if "error" in page:
                error = page["error"]
                return self._end("FAILED", f"{error['errorName']}: {error['message']}",
                                 CATEGORIES.get(error["errorType"], 3))
            self.columns = page.get("columns", self.columns)
            self.rows += page.get("data", [])
            if "nextUri" not in page:
                return self._end("SUCCEEDED", "", 0)
            if self._stop.is_set():
                self._ask("DELETE", page["nextUri"])
                return self._end("CANCELLED", "Query cancelled by user", 0)
            page = self._ask("GET", page["nextUri"])

    def _end(self, state, reason, category):
        self.reason, self.category, self.ended_at = reason, category, time.time()
        self.state = state

    def texts(self):
        """The rows as Athena writes them, the header first."""
        rows = [[column["name"] for column in self.columns]] if self.columns else []
        for row in self.rows:
            rows.append([value if value is None or isinstance(value, str)
                         else json.dumps(value) for value in row])
        return rows


class Athena:
    """The actions. Thread-safe."""

    def __init__(self, args):
        self._args = args
        self._lock = threading.Lock()  # Guards what follows.
        self._executions, self._by_token = {}, {}
        self.faults = collections.Counter()
        self.calls = collections.Counter()

    def take_fault(self):
        with self._lock:
            for name in ("throttle", "error", "drop"):
                if self.faults[name] > 0:
                    self.faults[name] -= 1
                    return name
        return None

    def call(self, action, request):
        with self._lock:
            self.calls[action] += 1
        actions = {"StartQueryExecution": self.start, "GetQueryExecution": self.look,
                   "GetQueryResults": self.results, "StopQueryExecution": self.stop}
        if action not in actions:
            raise Refusal("InvalidAction", f"no action {action}")
        return actions[action](request)

    def _find(self, request):
        found = self._executions.get(request.get("QueryExecutionId"))
        if found is None:
            raise Refusal("InvalidRequestException", "QueryExecution was not found")
        return found

    def _reusable(self, request):
        reuse = request.get("ResultReuseConfiguration", {}).get("ResultReuseByAgeConfiguration", {})
        if not reuse.get("Enabled"):
            return None
        same = ("QueryString", "ExecutionParameters", "QueryExecutionContext")
        oldest = time.time() - 60 * reuse["MaxAgeInMinutes"]
        for known in self._executions.values():
            if known.state == "SUCCEEDED" and known.ended_at >= oldest and all(
                    known.request.get(key) == request.get(key) for key in same):
                return known
        return None

    def start(self, request):
        token = request.get("ClientRequestToken", "")
        if not request.get("QueryString"):
            raise Refusal("InvalidRequestException", "queryString must not be empty")
        if not 32 <= len(token) <= 128:
            raise Refusal("InvalidRequestException", "clientRequestToken has 32 to 128 characters")
        if request.get("WorkGroup", "primary") not in self._args.workgroups.split(","):
            raise Refusal("InvalidRequestException", "WorkGroup is not found.")
        with self._lock:
            known = self._by_token.get(token)
            if known is not None:
                if known.request != request:
                    raise Refusal("InvalidRequestException",
                                  "Idempotent parameters do not match")
                return {"QueryExecutionId": known.id}
            execution = Execution(self._args, request)
            former = self._reusable(request)
            self._executions[execution.id] = self._by_token[token] = execution
        if former is not None:
            execution.columns, execution.rows = former.columns, former.rows
            execution.reused, execution.ended_at = True, former.ended_at
            execution.state = "SUCCEEDED"
        else:
            execution.begin()
        return {"QueryExecutionId": execution.id}

    def look(self, request):
        found = self._find(request)
        status = {"State": found.state, "SubmissionDateTime": time.time()}
        if found.state in ("FAILED", "CANCELLED"):
            status["StateChangeReason"] = found.reason
        if found.state == "FAILED":
            status["AthenaError"] = {"ErrorCategory": found.category, "ErrorType": 1,
                                     "Retryable": False, "ErrorMessage": found.reason}
        return {"QueryExecution": {
            "QueryExecutionId": found.id, "Query": found.request["QueryString"],
            "StatementType": "DML", "Status": status,
            "Statistics": {"DataScannedInBytes": found.scanned,
                           "ResultReuseInformation": {"ReusedPreviousResult": found.reused}},
            "WorkGroup": found.request.get("WorkGroup", "primary")}}

    def results(self, request):
        found = self._find(request)
        if found.state != "SUCCEEDED":
            raise Refusal("InvalidRequestException",
                          f"Query did not finish successfully. Final query state: {found.state}")
        count = request.get("MaxResults", 1000)
        if not 1 <= count <= 1000:
            raise Refusal("InvalidRequestException", "MaxResults is 1 to 1000")
        rows = found.texts()
        start = int(request.get("NextToken", "0"))
        page = [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
                for row in rows[start:start + count]]
        info = [{"Name": column["name"], "Label": column["name"], "CatalogName": "hive",
                 "SchemaName": "", "TableName": "", "Nullable": "UNKNOWN", "CaseSensitive": True,
                 "Precision": 0, "Scale": 0, "Type": column["type"].split("(")[0]}
                for column in found.columns]
        answer = {"UpdateCount": 0, "ResultSet": {"Rows": page,
                                                  "ResultSetMetadata": {"ColumnInfo": info}}}
        if start + count < len(rows):
            answer["NextToken"] = str(start + count)
        return answer

    def stop(self, request):
        self._find(request).stop()
        return {}


def handler_of(args, athena):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def _send(self, status, value):
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self._send(200, dict(athena.calls))
            athena.calls.clear()

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.path == "/shim/faults":
                athena.faults.update(json.loads(body))
                return self._send(200, {})
            fault = athena.take_fault()
            if fault == "throttle":
                return self._send(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
            if fault == "error":
                return self._send(500, {"__type": "InternalServerException"})
            try:
                check_signature(args, self, body)
                action = self.headers.get("X-Amz-Target", "").removeprefix("AmazonAthena.")
                answer = athena.call(action, json.loads(body))
            except Refusal as refusal:
                return self._send(refusal.status,
                                  {"__type": refusal.kind, "message": refusal.message})
            if fault == "drop":
                self.close_connection = True
                return None
            return self._send(200, answer)

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trino", required=True)
    parser.add_argument("--access-key", default="AKIDTEST")
    parser.add_argument("--secret-key", default="secret/test+key")
    parser.add_argument("--session-token", default="")
    parser.add_argument("--region", default="eu-west-1")
    parser.add_argument("--workgroups", default="primary")
    args = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(args, Athena(args)))
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
