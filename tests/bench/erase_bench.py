#!/usr/bin/env python3
"""How long erasing ids takes, beside writing the parts that hold them again with pyarrow.

Usage: erase_bench.py BUILD [--rows N] [--ids N] [--rounds N] [--json FILE]

Each round erases other ids of one archived month. 1.0 is pyarrow reading the very parts that were
rewritten, leaving the rows out and writing the rest with the same codec and level; it proves
nothing. pgattic reads, writes, reads back, publishes, deletes and journals.
"""

import argparse
import json
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import time

import pyarrow.compute
import pyarrow.parquet

import contenders
from servers import GameServer


def pyarrow_rewrites(parts, ids, folder):
    """Seconds to write `parts` again without the rows of `ids`."""
    start = time.monotonic()
    for number, part in enumerate(parts):
        table = pyarrow.parquet.read_table(part, partitioning=None)
        keep = pyarrow.compute.invert(
            pyarrow.compute.is_in(table["gid"], pyarrow.array(ids, table["gid"].type)))
        pyarrow.parquet.write_table(table.filter(keep), folder / f"{number}.parquet",
                                    compression="zstd", compression_level=contenders.ZSTD_LEVEL,
                                    use_dictionary=False, write_page_index=True)
    return time.monotonic() - start


class Month:
    """One archived month in a folder."""

    def __init__(self, program, server, folder):
        self._program, self._folder = program, folder
        self.archive = folder / "archive"
        self.archive.mkdir()
        self._config = folder / "pgattic.toml"
        self._config.write_text(
            f'[database]\nurl = "{server.url}"\n[archive]\nurl = "file://{self.archive}"\n'
            '[[source]]\ntable = "public.past_games"\nid_column = "gid"\nprofile = "games"\n'
            'grace = "0"\n', encoding="utf-8")
        self.run("init")
        self.run("archive")

    def run(self, *arguments):
        """Runs the program; returns its seconds and what it printed."""
        start = time.monotonic()
        done = subprocess.run([self._program, *arguments, "-c", self._config], check=True,
                              text=True, stdout=subprocess.PIPE)
        return time.monotonic() - start, done.stdout

    def parts(self):
        return set(self.archive.rglob("*.parquet"))

    def erase(self, ids):
        """Erases; returns seconds of pgattic and of pyarrow over the parts concerned."""
        before = self._folder / "before"
        shutil.copytree(self.archive, before)
        known = self.parts()
        seconds, _ = self.run("erase", "--json", *ids)
        gone = [before / part.relative_to(self.archive) for part in known - self.parts()]
        scratch = self._folder / "scratch"
        scratch.mkdir()
        beside = pyarrow_rewrites(gone, ids, scratch)
        shutil.rmtree(scratch)
        shutil.rmtree(before)
        return {"parts": len(gone), "erase": seconds, "pyarrow": beside,
                "ratio": seconds / beside}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--ids", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    with GameServer(args.build, args.rows) as server, tempfile.TemporaryDirectory() as folder:
        ids = server.query("SELECT gid FROM public.past_games ORDER BY gid").split()
        random.Random(7).shuffle(ids)
        month = Month(args.build / "pgattic", server, pathlib.Path(folder))
        rounds = [month.erase(ids[i * args.ids:(i + 1) * args.ids]) for i in range(args.rounds)]
    for one in rounds:
        print("{parts} parts: erase {erase:.2f} s, pyarrow {pyarrow:.2f} s, "
              "{ratio:.2f} x".format(**one))
    print(f"median {statistics.median(one['ratio'] for one in rounds):.2f} x, limit 1.20")
    if args.json:
        args.json.write_text(json.dumps(rounds, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
