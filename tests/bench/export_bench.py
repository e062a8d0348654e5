#!/usr/bin/env python3
"""How long an export takes, in multiples of one sorted COPY, beside what peers take.

Everything is measured in one run, in turns: each round runs every contender once, and its
times are divided by that round's COPY. Prints a table, and JSON with --json.
Usage: export_bench.py BUILD [--rows N] [--rounds N] [--only TEXT ...] [--before PROGRAM]
       [--realtime] [--json FILE]
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile

import contenders
from measure import Meter, Summary
from servers import GameServer, S3Server

BASELINE = "COPY, sorted"


def write_config(path, server, archive):
    """A configuration with one source, which leaves the table `games` alone."""
    path.write_text(f'[database]\nurl = "{server.url}"\n{archive}'
                    '[[source]]\ntable = "public.past_games"\nid_column = "gid"\n',
                    encoding="utf-8")
    return path


def make_contenders(server, s3, programs, folder):
    """All of them, the baseline first. `programs`: what is added to the name -> pgattic."""
    archive = folder / "archive"
    archive.mkdir()
    files = write_config(folder / "folder.toml", server, f'[archive]\nurl = "file://{archive}"\n')
    bucket = write_config(folder / "s3.toml", server, s3.config())
    found = [contenders.RawCopy(server, 1), contenders.RawCopy(server, 2)]
    for place, config in (("folder", files), ("S3", bucket)):
        for phase, how in (("uploaded", ""), ("verified", ", with proof")):
            for which, program in programs.items():
                found.append(contenders.Pgattic(program, config,
                                                f"pgattic{which}, {place}{how}", phase))
    return found + contenders.peers(server, folder)


def chosen(found, only):
    """The baseline, and those whose name holds one of the texts of `only`."""
    return [each for each in found
            if not only or each.name == BASELINE or any(text in each.name for text in only)]


def measure(meter, found, rounds):
    """Returns {name: [Sample of each round]}. A COPY before them, not kept, warms up."""
    samples = {each.name: [] for each in found}
    found[0].run(meter)
    for number in range(1, rounds + 1):
        for each in found:
            sample = each.run(meter)
            each.reset()
            samples[each.name].append(sample)
            print(f"  round {number}: {each.name}: {sample.wall:.2f} s", file=sys.stderr)
    return samples


def report(samples):
    """Returns a list of one dict for each contender."""
    base = samples[BASELINE]
    rows = []
    for name, own in samples.items():
        time = Summary.of([a.wall / b.wall for a, b in zip(own, base)])
        cpu = Summary.of([a.cpu / b.cpu for a, b in zip(own, base)])
        rows.append({"name": name, "time": vars(time), "cpu": vars(cpu),
                     "seconds": Summary.of([s.wall for s in own]).median,
                     "client_cpu": Summary.of([s.client_cpu for s in own]).median,
                     "server_cpu": Summary.of([s.server_cpu for s in own]).median,
                     "rss_mib": max(s.rss for s in own) / 2**20})
    return rows


def print_table(rows):
    """The table, in Markdown."""
    print("| | time (× COPY) | CPU (× COPY) | seconds | client CPU s | server CPU s | peak RSS |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        cells = ["{median:.2f} ({low:.2f}–{high:.2f})".format(**row[what])
                 for what in ("time", "cpu")]
        print(f"| {row['name']} | {cells[0]} | {cells[1]} | {row['seconds']:.2f} | "
              f"{row['client_cpu']:.2f} | {row['server_cpu']:.2f} | {row['rss_mib']:.0f} MiB |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_ROWS", "20000")))
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", "3")))
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--before", type=pathlib.Path, help="another pgattic, measured too")
    parser.add_argument("--realtime", action="store_true",
                        help="go before other programs; for a machine that is not idle")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    programs = {"": arguments.build / "pgattic"}
    if arguments.before:
        programs[" before"] = arguments.before
    with GameServer(arguments.build, arguments.rows) as server, S3Server() as s3, \
            tempfile.TemporaryDirectory(prefix="pgattic-bench-") as folder:
        found = chosen(make_contenders(server, s3, programs, pathlib.Path(folder)), arguments.only)
        samples = measure(Meter(server.pid, [s3.pid], arguments.realtime), found, arguments.rounds)
    rows = report(samples)
    print(f"\n{arguments.rows} games, {arguments.rounds} rounds; median (lowest–highest)\n")
    print_table(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps({"rows": arguments.rows, "contenders": rows},
                                             indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
