#!/usr/bin/env python3
"""What readers of archived rows feel while a scrub goes on.

`pgattic serve` without a cache answers a fixed number of GETs a second of random archived ids, from
an S3 server; in turns while nothing else goes on and while `pgattic scrub` runs again and again, at
each of the rates (`scrub.max_read_rate`). Limit: p99 within 1.05 of idle. The last column compares
idle turns with each other, the even ones with the odd ones: what is not told apart from noise.
Usage: scrub_bench.py BUILD [--rows N] [--rates 16MiB,4MiB,0] [--seconds N] [--rounds N]
                      [--gets N] [--clients N] [--background]
"""

import argparse
import http.client
import json
import pathlib
import random
import statistics
import subprocess
import tempfile
import threading
import time

from measure import BACKGROUND
from servers import GameServer, S3Server

LIMIT = 1.05


class Serve:
    """`pgattic serve` on a free port, as long as the context."""

    def __init__(self, program, config):
        self._argv = [program, "serve", "--listen", "127.0.0.1:0", "--config", str(config),
                      "--set", "cache.url=none"]

    def __enter__(self):
        self._process = subprocess.Popen(self._argv, text=True, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("pgattic serve did not start")
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()


def read_for(arguments, port, ids, seconds=None):
    """Milliseconds of GETs, so many a second in all for so long."""
    clients, rate = arguments.clients, arguments.gets
    seconds = seconds or arguments.seconds
    values, failures = [], []

    def client(seed):
        chosen = random.Random(seed)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        begin = time.monotonic() + chosen.random() * clients / rate
        for number in range(int(seconds * rate / clients)):
            time.sleep(max(0.0, begin + number * clients / rate - time.monotonic()))
            sent = time.perf_counter()
            connection.request("GET", f"/v1/rows/public.past_games/{chosen.choice(ids)}")
            answer = connection.getresponse()
            answer.read()
            values.append((time.perf_counter() - sent) * 1000)
            if answer.status != 200:
                failures.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{len(failures)} reads were not answered: {failures[0]}")
    return values


class Scrubbing:
    """Scrubs one after the other while the context lasts."""

    def __init__(self, program, config, rate, before):
        self._argv = [*before, program, "scrub", "--json", "--config", str(config),
                      "--scrub-max-read-rate", rate]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.bytes, self.seconds, self.error = 0, 0.0, None

    def _run(self):
        while not self._stop.is_set():
            begun = time.monotonic()
            done = subprocess.run(self._argv, check=False, text=True, capture_output=True)
            if done.returncode != 0:
                self.error = done.stderr
                return
            self.seconds += time.monotonic() - begun
            self.bytes += json.loads(done.stdout)["bytes"]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        if self.error:
            raise RuntimeError(self.error)


def p99(values):
    return sorted(values)[int(len(values) * 0.99)]


def measure(arguments, program, config, port, ids, rate):
    """Prints the row of one rate; returns whether p99 kept within its limit."""
    idle, busy, read, seconds = ([], []), [], 0, 0.0
    for turn in range(arguments.rounds):
        idle[turn % 2].extend(read_for(arguments, port, ids))
        with Scrubbing(program, config, rate,
                       BACKGROUND if arguments.background else []) as scrubbing:
            busy += read_for(arguments, port, ids)
        read += scrubbing.bytes
        seconds += scrubbing.seconds
    alone = idle[0] + idle[1]
    ratio = p99(busy) / p99(alone)
    print(f"| {rate} | {read / seconds / 2**20:.1f} MiB/s | {len(busy)} | "
          f"{statistics.median(alone):.2f} → {statistics.median(busy):.2f} | "
          f"{p99(alone):.2f} → {p99(busy):.2f} | {ratio:.2f} | "
          f"{p99(idle[1]) / p99(idle[0]):.2f} |", flush=True)
    return ratio <= LIMIT


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rates", default="16MiB,4MiB,0", help="scrub.max_read_rate; 0: no limit")
    parser.add_argument("--seconds", type=float, default=20, help="of each turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gets", type=float, default=40, help="a second")
    parser.add_argument("--clients", type=int, default=1,
                        help="more of them wait for each other, which is the most of p99")
    parser.add_argument("--background", action="store_true",
                        help=f"scrubs as `{' '.join(BACKGROUND)}`")
    arguments = parser.parse_args()
    if arguments.rounds < 2:
        parser.error("--rounds: at least 2, so that idle turns can be compared")
    program = str(arguments.build / "pgattic")
    with GameServer(arguments.build, arguments.rows) as server, S3Server() as s3, \
            tempfile.TemporaryDirectory(prefix="pgattic-bench-") as folder:
        ids = server.query("SELECT gid FROM public.past_games").split()
        config = pathlib.Path(folder) / "pgattic.toml"
        config.write_text(f'[database]\nurl = "{server.url}"\n{s3.config()}[[source]]\n'
                          'table = "public.past_games"\nid_column = "gid"\ngrace = "0"\n',
                          encoding="utf-8")
        for command in ("init", "archive"):
            subprocess.run([program, command, "--config", str(config)], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with Serve(program, config) as serve:
            read_for(arguments, serve.port, ids, 3)
            print("Milliseconds, idle → during a scrub.\n\n| rate | read | GETs | p50 | p99 | "
                  "p99 ratio | idle ratio |\n| --- | --- | --- | --- | --- | --- | --- |")
            within = [rate for rate in arguments.rates.split(",")
                      if measure(arguments, program, config, serve.port, ids, rate)]
    print(f"\np99 within {LIMIT:.2f} of idle at: {', '.join(within) or 'none of these rates'}")


if __name__ == "__main__":
    main()
