"""Asks an Athena by boto3, AWS's own client, and prints what it got as JSON.

Usage: drive_boto3.py ENDPOINT DATABASE SQL [PARAMETER ...]   (parameters as SQL literals)
"""

import json
import sys
import time
import uuid

import boto3
import botocore.exceptions


def client(endpoint, secret="secret/test+key"):
    return boto3.client("athena", endpoint_url=endpoint, region_name="eu-west-1",
                        aws_access_key_id="AKIDTEST", aws_secret_access_key=secret)


def code_of(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"


def main():
    endpoint, database, sql, *parameters = sys.argv[1:]
    athena = client(endpoint)
    start = {"QueryString": sql, "ClientRequestToken": uuid.uuid4().hex,
             "QueryExecutionContext": {"Database": database}, "WorkGroup": "primary"}
    if parameters:
        start["ExecutionParameters"] = parameters
    query = athena.start_query_execution(**start)["QueryExecutionId"]
    again = athena.start_query_execution(**start)["QueryExecutionId"]
    state = ""
    while state not in ("SUCCEEDED", "FAILED", "CANCELLED"):
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        state = status["State"]
        time.sleep(0.05)
    rows, pages = [], 0
    if state == "SUCCEEDED":
        paginator = athena.get_paginator("get_query_results")
        for page in paginator.paginate(QueryExecutionId=query, PaginationConfig={"PageSize": 2}):
            pages += 1
            rows += [[cell.get("VarCharValue") for cell in row["Data"]]
                     for row in page["ResultSet"]["Rows"]]
    print(json.dumps({
        "state": state, "reason": status.get("StateChangeReason", ""), "rows": rows, "pages": pages,
        "idempotent": query == again,
        "stop": code_of(athena.stop_query_execution, QueryExecutionId=query),
        "unknown": code_of(athena.get_query_execution, QueryExecutionId=str(uuid.uuid4())),
        "wrong_secret": code_of(client(endpoint, "other").get_query_execution,
                                QueryExecutionId=query),
        "wrong_workgroup": code_of(athena.start_query_execution,
                                   **{**start, "WorkGroup": "none",
                                      "ClientRequestToken": uuid.uuid4().hex})}))


if __name__ == "__main__":
    main()
