#!/usr/bin/env python3
"""How long a restore takes, in multiples of a bare COPY … FROM of the same rows.

Each round: psql loads a file, which `COPY … TO` made, into an empty table made like the parent,
and the restored one's indexes are built on neither; then pgattic restores the archived month (load,
comparison by digest, CHECK, indexes, ANALYZE, attach), and archives it again. Prints a table.
Usage: restore_bench.py BUILD [--rows N] [--rounds N] [--realtime]
"""

import argparse
import os
import pathlib
import sys
import tempfile

from measure import Meter, Summary
from servers import GameServer, S3Server

LIMIT = 1.30


def write_config(path, server, archive):
    """A configuration with one source, which leaves the table `games` alone."""
    path.write_text(f'[database]\nurl = "{server.url}"\n{archive}[run]\nswap_pause = "100ms"\n'
                    '[[source]]\ntable = "public.past_games"\nid_column = "gid"\ngrace = "0"\n',
                    encoding="utf-8")
    return path


class Bench:
    """One server with one archived month a place."""

    def __init__(self, server, meter, program, folder):
        self._server, self._meter, self._folder = server, meter, folder
        self._program = str(program)
        self._data = folder / "rows"

    def export(self):
        """The rows as COPY … TO gives them, for the baseline."""
        self._server.query(f"\\copy (SELECT * FROM public.past_games) TO '{self._data}' "
                           "(FORMAT binary)")

    def copy_from(self):
        """The baseline: COPY … FROM into an empty table."""
        self._server.query("DROP TABLE IF EXISTS public.bare; CREATE TABLE public.bare "
                           "(LIKE public.past_games INCLUDING DEFAULTS)")
        sample = self._meter.run([[*self._server.psql(), "-c",
                                   f"\\copy public.bare FROM '{self._data}' (FORMAT binary)"]])
        self._server.query("DROP TABLE public.bare")
        return sample

    def run(self, config, *arguments):
        """One run of the program."""
        return self._meter.run([[self._program, *arguments, "--config", str(config)]])


def print_table(rows, rounds, samples, base):
    """The table, in Markdown."""
    print(f"\n{rows} games, {rounds} rounds; median (lowest–highest)\n")
    print("| | time (× COPY FROM) | CPU (× COPY FROM) | seconds | peak RSS |")
    print("| --- | --- | --- | --- | --- |")
    for name, own in samples.items():
        time = Summary.of([a.wall / b.wall for a, b in zip(own, base)])
        cpu = Summary.of([a.cpu / b.cpu for a, b in zip(own, base)])
        seconds = Summary.of([sample.wall for sample in own]).median
        rss = max(sample.rss for sample in own) / 2**20
        print(f"| {name} | {time.median:.2f} ({time.low:.2f}–{time.high:.2f}) | {cpu.median:.2f} | "
              f"{seconds:.2f} | {rss:.0f} MiB |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_ROWS", "20000")))
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", "3")))
    parser.add_argument("--realtime", action="store_true")
    arguments = parser.parse_args()
    with GameServer(arguments.build, arguments.rows) as server, S3Server() as s3, \
            tempfile.TemporaryDirectory(prefix="pgattic-bench-") as name:
        folder = pathlib.Path(name)
        os.chmod(folder, 0o755)
        (folder / "archive").mkdir()
        configs = {"pgattic restore, folder": f'[archive]\nurl = "file://{folder}/archive"\n',
                   "pgattic restore, S3": s3.config()}
        meter = Meter(server.pid, [s3.pid], arguments.realtime)
        bench = Bench(server, meter, arguments.build / "pgattic", folder)
        bench.export()
        samples = {"COPY … FROM": [], **{name: [] for name in configs}}
        for name, archive in configs.items():
            config = write_config(folder / "pgattic.toml", server, archive)
            bench.run(config, "init")
            for number in range(1, arguments.rounds + 1):
                bench.run(config, "archive", "--partition", server.partition)
                if len(samples["COPY … FROM"]) < number:
                    samples["COPY … FROM"].append(bench.copy_from())
                samples[name].append(bench.run(config, "restore", server.partition))
                print(f"  round {number}: {name}: {samples[name][-1].wall:.2f} s",
                      file=sys.stderr)
            server.query("DROP SCHEMA pgattic CASCADE")
    print_table(arguments.rows, arguments.rounds, samples, samples["COPY … FROM"])
    for name in configs:
        ratios = [a.wall / b.wall for a, b in zip(samples[name], samples["COPY … FROM"])]
        print(f"{name}: median {Summary.of(ratios).median:.2f} x, limit {LIMIT:.2f}")


if __name__ == "__main__":
    main()
