#!/usr/bin/env python3
"""Reports by DuckDB over the archive beside PostgreSQL before archival; what they read; row groups;
a row by id through Trino beside the direct path.

Prints three tables:
 1. a line for each question: the same SQL asked of PostgreSQL before archival (parallel plans as
    configured, warm) and of DuckDB over what `pgattic query` reads for it (narrow objects where
    they have all of its columns, else the parts), the statement alone and the whole command;
    bytes read, and their share of the archive; time over that, and over the parts (row groups of
    about 1 MiB), in multiples of that over the same files in row groups of 128 MiB;
 2. p50 of a row by id, directly and through a warm Trino;
 3. each figure that has a limit, with it.
Usage: analytics_bench.py BUILD [--rows N] [--months N] [--rounds N] [--lookups N] [--json FILE]
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import duckdb

import engine_lookup
from servers import GameServer

# One text for both; {t} is the table.
NARROW = {
    # As `pgattic report games-per-day` asks DuckDB.
    "games per day": ("SELECT CAST(created_at AS date), count(*) FROM {t} GROUP BY 1 ORDER BY 1",
                      "SELECT CAST(make_timestamp(epoch_us(created_at)) AS date), count(*) "
                      "FROM {t} GROUP BY 1 ORDER BY 1"),
    "end reasons": "SELECT game_end_reason, count(*) FROM {t} GROUP BY 1 ORDER BY 1",
    "winners by type": "SELECT type, winner_idx, count(*), max(created_at) FROM {t} "
                       "GROUP BY 1, 2 ORDER BY 1, 2",
}
WIDE = {
    "lexicons": ("SELECT game_request->>'lexicon', count(*) FROM {t} GROUP BY 1 ORDER BY 1",
                 "SELECT game_request->>'$.lexicon', count(*) FROM {t} GROUP BY 1 ORDER BY 1"),
    "bingos": ("SELECT sum((stats->'d1'->'Bingos'->>'t')::bigint) FROM {t}",
               "SELECT sum(try_cast(stats->>'$.d1.Bingos.t' AS bigint)) FROM {t}"),
    "length of documents": ("SELECT max(length(game_document::text)) FROM {t}",
                            "SELECT max(length(game_document)) FROM {t}"),
}
PARENT = "public.past_games"
LARGE_ROW_GROUP = 128 << 20


def questions():
    """(name, SQL for PostgreSQL, SQL for DuckDB, is narrow)."""
    found = [(name, *(sql if isinstance(sql, tuple) else (sql, sql)), True)
             for name, sql in NARROW.items()]
    return found + [(name, *both, False) for name, both in WIDE.items()]


def read_so_far():
    """Bytes this process read by system calls."""
    with open("/proc/self/io", encoding="utf-8") as io:
        return int(next(line for line in io if line.startswith("rchar")).split()[1])


class Parts:
    """DuckDB over files, in this process, with nothing kept between questions."""

    def __init__(self, files):
        self.files = [str(file) for file in files]
        self.table = "read_parquet([" + ",".join(f"'{file}'" for file in self.files) + "])"

    def ask(self, sql):
        """Returns (seconds, bytes read, answer) of one question of a new database."""
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'; SET enable_external_file_cache = false")
            # As `pgattic query` asks: every value as text.
            as_text = f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql.format(t=self.table)})"
            before, started = read_so_far(), time.perf_counter()
            answer = connection.execute(as_text).fetchall()
            return time.perf_counter() - started, read_so_far() - before, answer

    def bytes(self):
        return sum(os.path.getsize(file) for file in self.files)


def ask_postgres(server, sql):
    """Seconds of one statement, as psql measures them."""
    said = subprocess.run([*server.psql(), "-c", "\\timing on", "-c", sql.format(t=PARENT)],
                          check=True, text=True, stdout=subprocess.PIPE).stdout
    last = [line for line in said.splitlines() if line.startswith("Time: ")][-1]
    return float(last.split()[1]) / 1000


def ask_pgattic(program, config, sql):
    """Seconds of the whole command."""
    started = time.perf_counter()
    subprocess.run([program, "query", sql.format(t="archive"), "--format", "csv", "-c", config],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def archive(program, server, folder):
    """Archives everything into a folder; returns its configuration, parts and narrow objects."""
    config = folder / "pgattic.toml"
    target = folder / "archive"
    target.mkdir()
    config.write_text(f'[database]\nurl = "{server.url}"\n[archive]\nurl = "file://{target}"\n'
                      f'[[source]]\ntable = "{PARENT}"\nid_column = "gid"\ngrace = "0"\n',
                      encoding="utf-8")
    for command in ("init", "archive"):
        subprocess.run([program, command, "-c", config], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (config, sorted(target.glob("**/partitions/**/*.parquet")),
            sorted(target.glob("**/narrow/**/*.parquet")))


def rewrite(files, folder):
    """The same files with the same rows, order and compression, but in row groups of 128 MiB."""
    folder.mkdir()
    written = []
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = true; SET TimeZone = 'UTC'")
        for number, file in enumerate(files):
            # DuckDB counts rows; a size in bytes goes with an order that is not kept.
            rows, size = connection.execute(
                "SELECT sum(row_group_num_rows), sum(row_group_bytes) FROM (SELECT DISTINCT "
                "row_group_id, row_group_num_rows, row_group_bytes FROM "
                f"parquet_metadata('{file}'))").fetchone()
            group = max(2048, int(rows * LARGE_ROW_GROUP / max(size, 1)))
            written.append(folder / f"{number}.parquet")
            connection.execute(f"COPY (SELECT * FROM read_parquet('{file}')) TO "
                               f"'{written[-1]}' (FORMAT parquet, COMPRESSION zstd, "
                               f"COMPRESSION_LEVEL 3, ROW_GROUP_SIZE {group})")
    return written


def compare(files, before, program, config, rounds):
    """One dict for each question. `files` names what is read: parts, narrow, large."""
    found = []
    for name, _, sql, is_narrow in questions():
        times = {kind: [] for kind in ("own", "parts", "large", "command")}
        read = 0
        for _ in range(rounds):
            seconds, read, answer = files["narrow" if is_narrow else "parts"].ask(sql)
            times["own"].append(seconds)
            for kind in ("parts", "large"):
                seconds, _, other = files[kind].ask(sql)
                times[kind].append(seconds)
                assert answer == other, name
            times["command"].append(ask_pgattic(program, config, sql))
        found.append({"name": name, "narrow": is_narrow, "read": read,
                      "postgres": statistics.median(before[name]),
                      "share": read / files["parts"].bytes(),
                      **{kind: statistics.median(values) for kind, values in times.items()}})
        print(f"  {name}: PostgreSQL {found[-1]['postgres']:.3f} s, DuckDB {found[-1]['own']:.3f} s, "
              f"128 MiB row groups {found[-1]['large']:.3f} s", file=sys.stderr)
    return found


def print_table(found, files):
    print("| question | PostgreSQL s | DuckDB s | × faster | `pgattic query` s | × faster | "
          "read | of the archive | × 128 MiB row groups | the parts, × 128 MiB row groups |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in found:
        name = row["name"] + ("" if row["narrow"] else " (JSON)")
        print(f"| {name} | {row['postgres']:.3f} | {row['own']:.3f} | "
              f"{row['postgres'] / row['own']:.1f} | {row['command']:.3f} | "
              f"{row['postgres'] / row['command']:.1f} | {row['read'] / 2**20:.2f} MiB | "
              f"{100 * row['share']:.2f} % | {row['own'] / row['large']:.2f} | "
              f"{row['parts'] / row['large']:.2f} |")
    print(f"\nThe parts have {files['parts'].bytes() / 2**20:.0f} MiB, the narrow objects "
          f"{files['narrow'].bytes() / 2**20:.1f} MiB.")


def limits(found, times):
    """(figure, limit, measured, whether it is kept) of all that have one."""
    narrow = [row for row in found if row["narrow"]]
    own = min(row["postgres"] / row["own"] for row in narrow)
    command = min(row["postgres"] / row["command"] for row in narrow)
    share = max(row["share"] for row in narrow)
    worst = max(row["own"] / row["large"] for row in found)
    parts = max(row["parts"] / row["large"] for row in found)
    rows = [("narrow reports, × PostgreSQL, the least", "≥ 5", f"{own:.1f}", own >= 5),
            ("the same, the whole `pgattic query`", "", f"{command:.1f}", None),
            ("bytes read by narrow reports, the most", "≤ 2 %", f"{100 * share:.2f} %",
             share <= 0.02),
            ("time of all reports, × 128 MiB row groups, the most", "≤ 1.2", f"{worst:.2f}",
             worst <= 1.2),
            ("the same over the parts alone", "", f"{parts:.2f}", None)]
    if times is not None:
        direct, engine = (statistics.median(times[way]) for way in ("direct", "engine"))
        rows.append(("a row by id through Trino, p50, beside the direct path", "",
                     f"{engine:.1f} and {direct:.1f} ms", None))
    return rows


def print_limits(rows):
    print("| figure | limit | measured | |")
    print("| --- | --- | --- | --- |")
    for figure, limit, measured, is_kept in rows:
        verdict = {True: "kept", False: "**missed**", None: ""}[is_kept]
        print(f"| {figure} | {limit} | {measured} | {verdict} |")


def measure_reports(arguments):
    """Prints the first table; returns what compare() found."""
    program = arguments.build / "pgattic"
    a_month = max(1, arguments.rows // arguments.months)
    with GameServer(arguments.build, a_month, arguments.months) as server, \
            tempfile.TemporaryDirectory(prefix="pgattic-bench-") as name:
        folder = pathlib.Path(name)
        before = {}
        for question, sql, _, _ in questions():
            ask_postgres(server, sql)  # warm
            before[question] = [ask_postgres(server, sql) for _ in range(arguments.rounds)]
        config, parts, narrow = archive(program, server, folder)
        assert len(narrow) == len(parts)
        files = {"parts": Parts(parts), "narrow": Parts(narrow),
                 "large": Parts(rewrite(parts, folder / "large"))}
        found = compare(files, before, program, config, arguments.rounds)
        print(f"\n{a_month * arguments.months} games in {arguments.months} months, "
              f"{arguments.rounds} rounds, medians\n")
        print_table(found, files)
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_ROWS", "20000")))
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", "5")))
    parser.add_argument("--lookups", type=int, default=200)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    found = measure_reports(arguments)
    times = None
    if arguments.lookups > 0:
        lookup_rows = min(arguments.rows, 20_000)
        times = engine_lookup.measure(arguments.build, lookup_rows, arguments.months,
                                      arguments.lookups)
        print()
        if times is None:
            print("Trino is not installed; run: tools/fetch_deps.sh trino")
        else:
            engine_lookup.print_table(times)
    print()
    print_limits(limits(found, times))
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"rows": arguments.rows, "questions": found, "lookups": times}, indent=1),
            encoding="utf-8")


if __name__ == "__main__":
    main()
