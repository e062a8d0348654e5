#!/usr/bin/env python3
"""Peak memory of an export with its proof, as rows grow in number and in size, and how much
larger its files are than one row group with pages of 1 MiB.

Usage: memory_bench.py BUILD [--many N] [--wide N]
"""

import argparse
import pathlib
import tempfile

import pyarrow.parquet

import contenders
from measure import Meter
from servers import GameServer

MIB = 2**20
LIMIT_MIB = 160
WIDE_BYTES = 50_000_000


def make_table(server, name, columns, select):
    """A partitioned table of one month, filled."""
    server.query(f"CREATE TABLE public.{name} (id bigint NOT NULL, at timestamptz NOT NULL, "
                 f"{columns}) PARTITION BY RANGE (at);"
                 f"CREATE TABLE public.{name}_2024_01 PARTITION OF public.{name} FOR VALUES FROM "
                 "('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00');"
                 f"ALTER TABLE public.{name}_2024_01 ALTER COLUMN body SET STORAGE EXTERNAL;"
                 f"INSERT INTO public.{name} {select}; ANALYZE public.{name}")


def measured(server, program, folder, table):
    """Archives the table's month up to its proof; returns the Sample and the parts' paths."""
    archive = folder / table
    archive.mkdir()
    id_column = "gid" if table == "past_games" else "id"
    config = folder / f"{table}.toml"
    config.write_text(f'[database]\nurl = "{server.url}"\n[archive]\nurl = "file://{archive}"\n'
                      f'[[source]]\ntable = "public.{table}"\nid_column = "{id_column}"\n',
                      encoding="utf-8")
    run = contenders.Pgattic(program, config, table, "verified").run(Meter(server.pid))
    return run, sorted(archive.rglob("*.parquet"))


def one_row_group(path, folder):
    """Size of the part written again as one row group with pages of 1 MiB."""
    again = folder / "again.parquet"
    pyarrow.parquet.write_table(pyarrow.parquet.read_table(path, partitioning=None), again,
                                row_group_size=2**31, data_page_size=MIB, compression="zstd",
                                compression_level=contenders.ZSTD_LEVEL, use_dictionary=False,
                                write_batch_size=1)  # Else a page ends late.
    return again.stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--games", type=int, default=20_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--wide", type=int, default=40)
    arguments = parser.parse_args()
    program = arguments.build / "pgattic"
    narrow = ("SELECT i, '2024-01-01 00:00+00'::timestamptz + i * interval '1 second', i, "
              "repeat(md5(i::text), 8) FROM generate_series(1, {}) AS i")
    # Distinct rows that PostgreSQL makes quickly: 3 kB of their own, again and again.
    wide = ("SELECT i, '2024-01-01 00:00+00'::timestamptz + i * interval '1 second', "
            "repeat((SELECT string_agg(md5((i * 100 + j)::text), '') FROM "
            f"generate_series(1, 100) AS j), {WIDE_BYTES // 3200}) FROM "
            "generate_series(1, {}) AS i")
    print("| table | rows | raw | peak RSS | limit |\n| --- | --- | --- | --- | --- |")
    with GameServer(arguments.build, arguments.games) as server, \
            tempfile.TemporaryDirectory(prefix="pgattic-bench-") as temporary:
        folder = pathlib.Path(temporary)
        sample, parts = measured(server, program, folder, "past_games")
        print(f"| games | {arguments.games} | | {sample.rss / MIB:.0f} MiB | {LIMIT_MIB} MiB |")
        for count in (10_000, arguments.many):
            make_table(server, f"narrow{count}", "number int, body text", narrow.format(count))
            sample, _ = measured(server, program, folder, f"narrow{count}")
            print(f"| narrow | {count} | {count * 300 / MIB:.0f} MiB | "
                  f"{sample.rss / MIB:.0f} MiB | {LIMIT_MIB} MiB |", flush=True)
        make_table(server, "wide", "body text", wide.format(arguments.wide))
        sample, _ = measured(server, program, folder, "wide")
        limit = LIMIT_MIB + 5 * WIDE_BYTES / MIB
        print(f"| wide | {arguments.wide} | {arguments.wide * WIDE_BYTES / MIB:.0f} MiB | "
              f"{sample.rss / MIB:.0f} MiB | {limit:.0f} MiB |")
        ratios = [part.stat().st_size / one_row_group(part, folder) for part in parts]
        print("\nSize of the games' parts against one row group with pages of 1 MiB: " +
              ", ".join(f"{ratio:.3f}" for ratio in ratios))


if __name__ == "__main__":
    main()
