#!/usr/bin/env python3
"""Reads parts with pyarrow and DuckDB, and the same rows from PostgreSQL with ADBC.

Usage: read_outside.py FOLDER URL
FOLDER holds a *.case.json a part: its file, where its rows come from, its columns and the text that PostgreSQL's output functions give. Every difference becomes one line of JSON on
standard output: {"case", "reader", "column", "what"}. The last line counts.
"""

import datetime
import decimal
import json
import pathlib
import sys

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)

# What ADBC's COPY reader knows and our file keeps as an Arrow type of its own.
ADBC_KNOWS = {16: "bool", 20: "int8", 21: "int2", 23: "int4", 25: "text", 17: "bytea",
              19: "name", 114: "json", 700: "float4", 701: "float8", 1042: "bpchar",
              1043: "varchar", 1082: "date", 1083: "time", 1114: "timestamp",
              1184: "timestamptz", 1700: "numeric", 3802: "jsonb", 26: "oid"}


def micros(text):
    """Microseconds since 1970 of PostgreSQL's ISO text in UTC."""
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=None)
    return (moment - EPOCH) // MICROSECOND


def time_micros(text):
    moment = datetime.time.fromisoformat(text)
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 10**6 + moment.microsecond


def floating(text, bits):
    """The value of a float's text as bits, all NaN being one."""
    value = float(text)
    if value != value:
        return "NaN"
    return (pa.scalar(value, pa.float64()).cast(pa.float32()).as_py() if bits == 32 else value).hex()


# Transport -> (from PostgreSQL's text, from Arrow's column), both to what can be compared.
def same(value):
    return value


FROM_TEXT = {
    "bool": lambda text: text == "t",
    "int16": int, "int32": int, "int64": int, "oid": int, "money": int,
    "float32": lambda text: floating(text, 32), "float64": lambda text: floating(text, 64),
    "decimal": lambda text: decimal.Decimal(text).as_tuple(),
    "date": lambda text: (datetime.date.fromisoformat(text) - EPOCH.date()).days,
    "time": time_micros,
    "timestamp": micros, "timestamptz": micros,
    "string": same, "jsonb": same, "text": same,
    "binary": lambda text: bytes.fromhex(text[2:]),
}
INTEGERS = {"date": pa.int32(), "time": pa.int64(), "timestamp": pa.int64(),
            "timestamptz": pa.int64()}
ARROW_TYPES = {"bool": pa.bool_(), "int16": pa.int16(), "int32": pa.int32(),
               "int64": pa.int64(), "oid": pa.int64(), "money": pa.int64(),
               "float32": pa.float32(), "float64": pa.float64(), "date": pa.date32(),
               "time": pa.time64("us"), "timestamp": pa.timestamp("us"),
               "timestamptz": pa.timestamp("us", "UTC"), "string": pa.string(),
               "jsonb": pa.string(), "text": pa.string(), "binary": pa.binary()}


def values_of(column, transport):
    """The values of an Arrow column in the form that FROM_TEXT gives."""
    if transport in INTEGERS:
        return column.cast(INTEGERS[transport]).to_pylist()
    values = column.to_pylist()
    if transport in ("float32", "float64"):
        return [None if v is None else "NaN" if v != v else v.hex() for v in values]
    if transport == "decimal":
        return [None if v is None else decimal.Decimal(v).as_tuple() for v in values]
    return values


def first_difference(found, expected):
    if len(found) != len(expected):
        return f"{len(found)} values instead of {len(expected)}"
    for row, (one, other) in enumerate(zip(found, expected)):
        if one != other or type(one) is not type(other):
            return f"row {row}: {one!r} instead of {other!r}"[:600]
    return None


class Case:
    """One part and what is known of it. Collects the differences."""

    def __init__(self, path):
        self.name = path.name
        case = json.loads(path.read_text(encoding="utf-8"))
        self.file, self.source = case["file"], case["from"]
        self.columns, self.rows = case["columns"], case["rows"]
        self.faults = []
        self.compared = 0

    def fault(self, reader, index, what):
        name = self.columns[index]["name"] if index is not None else None
        self.faults.append({"case": self.name, "reader": reader, "column": name, "what": what})

    def compare(self, reader, index, found, expected):
        self.compared += 1
        what = first_difference(found, expected)
        if what:
            self.fault(reader, index, what)

    def expected(self, index):
        parse = FROM_TEXT[self.columns[index]["transport"]]
        return [None if row[index] is None else parse(row[index]) for row in self.rows]

    def check_pyarrow(self):
        table = pq.read_table(self.file)
        names = [column["name"] for column in self.columns]
        if table.schema.names != names:
            self.fault("pyarrow", None, f"columns {table.schema.names} instead of {names}")
        for index, column in enumerate(self.columns):
            transport = column["transport"]
            wanted = ARROW_TYPES.get(transport)
            if wanted and table.schema.field(index).type != wanted:
                self.fault("pyarrow", index, f"type {table.schema.field(index).type}")
            if table.schema.field(index).nullable != column["nullable"]:
                self.fault("pyarrow", index, "nullable differs")
            self.compare("pyarrow", index, values_of(table.column(index), transport),
                         self.expected(index))
        return table

    def check_duckdb(self):
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
            table = connection.execute("SELECT * FROM read_parquet(?)", [self.file])
            table = table.fetch_arrow_table()
        for index, column in enumerate(self.columns):
            self.compare("duckdb", index, values_of(table.column(index), column["transport"]),
                         self.expected(index))

    def check_adbc(self, connection, ours):
        """Compares what ADBC reads from PostgreSQL with what pyarrow reads from our file."""
        known = [index for index, column in enumerate(self.columns)
                 if column["oid"] in ADBC_KNOWS and not column["domain"] and
                 (column["transport"] != "text" or column["oid"] == 1700)]
        with connection.cursor() as cursor:
            names = ['"' + self.columns[i]["name"].replace('"', '""') + '"' for i in known]
            cursor.execute(f"SELECT {', '.join(names)} {self.source}")
            theirs = cursor.fetch_arrow_table()
        for place, index in enumerate(known):
            column = theirs.column(place)
            transport = self.columns[index]["transport"]
            if self.columns[index]["oid"] == 1700:  # ADBC makes text of numeric
                own = [None if v is None else decimal.Decimal(v).as_tuple()
                       for v in ours.column(index).to_pylist()]
                column = [None if v is None else decimal.Decimal(adbc_number(v)).as_tuple()
                          for v in column.to_pylist()]
                self.compare("adbc", index, column, own)
            elif transport == "oid":  # ADBC reads it as signed
                own = ours.column(index).to_pylist()
                self.compare("adbc", index, [v if v is None else v % 2**32
                                             for v in column.to_pylist()], own)
            else:
                self.compare("adbc", index, values_of(column, transport),
                             values_of(ours.column(index), transport))


def adbc_number(text):
    """ADBC writes PostgreSQL's infinities as "inf" and "-inf", which Decimal reads too."""
    return text.replace("nan", "NaN")


def main():
    folder, url = sys.argv[1:]
    cases = [Case(path) for path in sorted(pathlib.Path(folder).glob("*.case.json"))]
    with adbc.connect(url) as connection:
        for case in cases:
            try:
                table = case.check_pyarrow()
                case.check_duckdb()
                case.check_adbc(connection, table)
            except Exception as error:  # a reader that fails is a difference too
                case.fault("reader", None, f"{type(error).__name__}: {error}"[:600])
    faults = [fault for case in cases for fault in case.faults]
    for fault in faults:
        print(json.dumps(fault))
    print(json.dumps({"cases": len(cases), "columns": sum(case.compared for case in cases)}))
    return 1 if faults or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
