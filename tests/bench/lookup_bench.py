#!/usr/bin/env python3
"""What a row by id costs, in multiples of the least that it can: one bare ranged GET of the same
bytes by the same client library, two bare queries. Beside DuckDB and pyarrow on the same objects.

Usage: lookup_bench.py BUILD [--months N] [--rows N] [--lookups N] [--only NAME ...] [--json FILE]
SOAK_SECONDS (30) is how long the soak lasts; 600 for the long form.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import lookup_peers
from servers import GameServer, S3Server, Toxiproxy

DELAY_MS = 50


class Bench:
    """The servers, the archived months, and the program that reads them."""

    def __init__(self, arguments, server, s3, proxy, folder):
        self.arguments, self.server, self.s3 = arguments, server, s3
        self.proxy, self.folder, self.results = proxy, folder, {}
        self.far_port = proxy.before(s3.port, DELAY_MS)

    def config(self, name, *, table="past_games", port=None, extra=""):
        """Writes a configuration without a cache of rows; returns its path."""
        games = 'profile = "games"\n' if table == "past_games" else ""
        path = self.folder / f"{name}.toml"
        path.write_text(f'database.url = "{self.server.url}"\ncache.url = "none"\n'
                        f'{extra}{self.s3.config(port)}'
                        f'[[source]]\ntable = "public.{table}"\nretention_months = 0\n'
                        f'id_column = "{"gid" if games else "id"}"\ngrace = "0"\n{games}',
                        encoding="utf-8")
        return path

    def pgattic(self, *argv):
        subprocess.run([str(self.arguments.build / "pgattic"), *map(str, argv)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ids(self, name, ids):
        path = self.folder / f"{name}.ids"
        path.write_text("".join(f"{each}\n" for each in ids), encoding="utf-8")
        return path

    def read(self, mode, config, ids, number, **env):
        """Runs lookup_load; returns what it found."""
        argv = [str(self.arguments.build / "tests/bench/lookup_load"), mode, str(config),
                str(ids), str(number)]
        out = subprocess.run(argv, check=True, stdout=subprocess.PIPE, env={**os.environ, **env})
        return json.loads(out.stdout)

    def run(self, name, measure):
        """Measures unless --only names others."""
        only = self.arguments.only
        if only and not any(text in name for text in only):
            return
        print(f"  {name}", file=sys.stderr)
        self.results[name] = measure()
        if self.arguments.json:  # What is measured is not lost with what comes after.
            self.arguments.json.write_text(json.dumps(self.results, indent=1), encoding="utf-8")


def ratio(found, ours, base, what):
    return found[ours][what] / found[base][what]


def archive_games(bench):
    """Archives all months but the last; returns ids: archived, with months, and young."""
    near = bench.config("near")
    bench.pgattic("init", "-c", near)
    rows = [line.split("|") for line in bench.server.query(
        "SELECT gid, extract(year FROM p.created_at AT TIME ZONE 'UTC'), "
        "extract(month FROM p.created_at AT TIME ZONE 'UTC'), p.tableoid::regclass "
        "FROM public.past_games p JOIN public.games g ON g.uuid = p.gid AND "
        "g.created_at = p.created_at WHERE p.gid IN "
        "(SELECT uuid FROM public.games GROUP BY uuid HAVING count(*) = 1 INTERSECT "
        "SELECT gid FROM public.past_games GROUP BY gid HAVING count(*) = 1) "
        "ORDER BY md5(gid)").splitlines()]
    tables = sorted({row[3] for row in rows})
    for table in tables[:-1]:
        bench.pgattic("archive", "-c", near, "--partition", table.rsplit(".", 1)[-1])
    old = [row for row in rows if row[3] != tables[-1]]
    young = [row[0] for row in rows if row[3] == tables[-1]]
    return old, young


def measure_games(bench):
    old, young = archive_games(bench)
    ids = [row[0] for row in old]
    months = {row[0]: (int(row[1]), int(row[2])) for row in old}
    some, lookups = bench.ids("some", ids[:500]), bench.arguments.lookups
    near, far = bench.folder / "near.toml", bench.config("far", port=bench.far_port)
    bench.run("near", lambda: bench.read("compare", near, some, lookups))
    bench.run("far", lambda: bench.read("compare", far, bench.ids("few", ids[:24]), 60))
    # Each of these readers is new, and would go on fetching filters beside the next ones.
    cold = bench.config("cold", port=bench.far_port, extra="lookup.filters_ahead = false\n")
    bench.run("far, nothing cached", lambda: bench.read("cold", cold, some, 30))
    keys = bench.server.query("SELECT key FROM pgattic.part WHERE published").splitlines()
    bench.run("peers", lambda: lookup_peers.all_peers(bench.s3.port, keys, months, ids[:20]))
    bench.run("peers, far", lambda: lookup_peers.all_peers(bench.far_port, keys, months, ids[:5]))
    year = [row[0] for row in old if row[1] == old[0][1]][:1000]
    bench.run("batch", lambda: bench.read("batch", near, bench.ids("year", year), 5))
    bench.run("batch, far", lambda: bench.read("batch", far, bench.ids("year", year), 5))
    bench.run("load", lambda: bench.read("load", near, some, 5))
    bench.run("soak", lambda: bench.read("soak", near, some,
                                         int(os.environ.get("SOAK_SECONDS", "30"))))
    bench.run("database", lambda: measure_service(bench, near, young))


def measure_service(bench, config, young):
    """Rows in PostgreSQL, by HTTP."""
    with subprocess.Popen([str(bench.arguments.build / "pgattic"), "serve", "--listen",
                           "127.0.0.1:0", "-c", str(config)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as service:
        url = re.search(r"http://\S+", service.stdout.readline()).group(0)
        try:
            return bench.read("service", config, bench.ids("young", young), 1000, SERVICE=url)
        finally:
            service.terminate()


def things(bench, name, months, rows):
    """A narrow table of `months`, all archived; measures lookups by id and time."""
    server = bench.server
    server.query(f"CREATE TABLE public.{name} (id bigint NOT NULL, at timestamptz NOT NULL, "
                 "body text) PARTITION BY RANGE (at)")
    for month in range(months):
        year, number = 2010 + month // 12, month % 12 + 1
        start = f"{year}-{number:02}-01"
        server.query(
            f"CREATE TABLE public.{name}_{month} PARTITION OF public.{name} FOR VALUES FROM "
            f"('{start} 00:00+00') TO ('{start}'::timestamptz + interval '1 month');"
            f"INSERT INTO public.{name} SELECT {month}::bigint * 10000000 + i, "
            f"'{start} 00:00+00'::timestamptz + i * interval '1 second', "
            f"repeat(md5(i::text), 8) FROM generate_series(1, {rows}) AS i")
    server.query(f"ANALYZE public.{name}")
    config = bench.config(name, table=name)
    bench.pgattic("archive", "-c", config)
    ids = [month * 10_000_000 + (i * 7919) % rows + 1
           for i in range(24) for month in range(0, months, max(1, months // 12))]
    return bench.read("compare", config, bench.ids(name, ids[:240]), 300)


def measure_flatness(bench):
    for name, months, rows in (("1 month", 1, 10_000), ("120 months", 120, 500),
                               ("10 k rows", 1, 10_000), ("1 M rows", 1, 1_000_000)):
        table = "things_" + re.sub(r"\W+", "_", name.lower())
        bench.run(f"flat: {name}",
                  lambda t=table, m=months, r=rows: things(bench, t, m, r))


def table(results):
    """Lines of the table, in Markdown."""
    def add(what, limit, value, note=""):
        rows.append(f"| {what} | {limit} | {value} | {note} |")

    rows = ["| what | limit | measured | |", "| --- | --- | --- | --- |"]
    for name, label in (("near", "loopback"), ("far", f"+ {DELAY_MS} ms")):
        if name not in results:
            continue
        found = results[name]
        times = (f"{found['lookup']['p50_ms']:.2f} ms, GET {found['bare_get']['p50_ms']:.2f} ms, "
                 f"journal {found['journal_look']['p50_ms']:.2f} ms")
        for what in ("p50_ms", "p99_ms"):
            add(f"lookup, footer cached, {label}: {what[:3]} × a bare GET", "1.2",
                f"{ratio(found, 'lookup', 'bare_get', what):.2f}",
                times if what == "p50_ms" else "")
        more = found["lookup"]["cpu_ms"] - found["bare_get"]["cpu_ms"]
        add(f"CPU of a lookup beyond a bare GET's, {label}", "0.4 ms", f"{more:.2f} ms",
            f"GET {found['bare_get']['cpu_ms']:.2f} ms")
        add(f"GETs a lookup, {label}", "1", f"{found['gets_a_lookup']:.2f}")
    if "far, nothing cached" in results:
        found = results["far, nothing cached"]
        add(f"nothing cached, + {DELAY_MS} ms: round trips", "2",
            f"{found['lookup']['p50_ms'] / DELAY_MS:.2f}",
            f"{found['lookup']['p50_ms']:.0f} ms, {found['gets_a_lookup']:.1f} GETs")
    for peers, name in (("peers", "near"), ("peers, far", "far")):
        for peer, peer_ms in results.get(peers, {}).items():
            if name in results:
                limit = "≥ 20" if name == "near" and "by id" in peer else ""
                add(f"{peer}, {name}: × a lookup", limit,
                    f"{peer_ms / results[name]['lookup']['p50_ms']:.0f}", f"{peer_ms:.0f} ms")
    if "batch, far" in results and "batch" in results:
        near, far = results["batch"], results["batch, far"]
        trips = (far["batch"]["p50_ms"] - near["batch"]["p50_ms"]) / DELAY_MS
        add("batch of 1,000 over 12 months: round trips beyond its time on loopback", "3",
            f"{trips:.1f}", f"{near['batch']['p50_ms']:.0f} and {far['batch']['p50_ms']:.0f} ms")
        add("its GETs, of row groups touched", "≤ 1", f"{far['gets'] / far['row_groups']:.2f}",
            f"{far['gets']:.0f} of {far['row_groups']}")
        add("its peak RSS", "256 MiB", f"{far['peak_mib']:.0f} MiB")
    if "load" in results:
        found = results["load"]
        add("32 clients: lookups a second × bare GETs", "≥ 0.8",
            f"{found['lookups_a_second'] / found['bare_gets_a_second']:.2f}",
            f"{found['lookups_a_second']:.0f} and {found['bare_gets_a_second']:.0f}")
    flat = {name: found for name, found in results.items() if name.startswith("flat")}
    for less, more in (("1 month", "120 months"), ("10 k rows", "1 M rows")):
        if f"flat: {less}" in flat and f"flat: {more}" in flat:
            a, b = flat[f"flat: {less}"], flat[f"flat: {more}"]
            add(f"{more} × {less}: p50, GETs", "flat",
                f"{b['lookup']['p50_ms'] / a['lookup']['p50_ms']:.2f}, "
                f"{b['gets_a_lookup']:.2f} and {a['gets_a_lookup']:.2f}",
                f"bare GETs {b['bare_get']['p50_ms'] / a['bare_get']['p50_ms']:.2f}")
    if "database" in results:
        found = results["database"]
        add("row in PostgreSQL by HTTP × two bare queries", "1.3",
            f"{ratio(found, 'service', 'two_queries', 'p50_ms'):.2f}",
            f"{found['service']['p50_ms']:.2f} and {found['two_queries']['p50_ms']:.2f} ms; "
            f"an empty request {found['empty_request']['p50_ms']:.2f} ms")
    if "soak" in results:
        samples = results["soak"]["samples"]
        add("soak: RSS, descriptors, first and last", "flat",
            f"{samples[0]['rss_mib']:.0f} and {samples[-1]['rss_mib']:.0f} MiB, "
            f"{samples[0]['descriptors']} and {samples[-1]['descriptors']}",
            f"{results['soak']['calls_a_second']:.0f} calls a second")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--months", type=int, default=25)
    parser.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_ROWS", "12000")) // 24)
    parser.add_argument("--lookups", type=int, default=2000)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(GameServer(arguments.build, arguments.rows, arguments.months))
        s3 = stack.enter_context(S3Server())
        proxy = stack.enter_context(Toxiproxy())
        folder = pathlib.Path(stack.enter_context(
            tempfile.TemporaryDirectory(prefix="pgattic-bench-")))
        bench = Bench(arguments, server, s3, proxy, folder)
        measure_games(bench)
        measure_flatness(bench)
    print(f"\n{arguments.months - 1} archived months of {arguments.rows} games\n")
    print("\n".join(table(bench.results)))


if __name__ == "__main__":
    main()
