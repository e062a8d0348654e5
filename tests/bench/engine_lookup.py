"""A row by id through Trino, warm, beside the direct path: both by `pgattic serve` over HTTP."""

import contextlib
import http.client
import json
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

import trino
from servers import GameServer, S3Server

PARENT = "public.past_games"
WARM_UP = 20


class Service:
    """`pgattic serve` with one order of tiers, asked over one connection."""

    def __init__(self, program, config, tiers):
        self._argv = [str(program), "serve", "--listen", "127.0.0.1:0", "--tiers", tiers, "-c",
                      str(config)]

    def __enter__(self):
        self._process = subprocess.Popen(self._argv, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True)
        found = re.search(r"http://([^/\s]+)", self._process.stdout.readline())
        self._connection = http.client.HTTPConnection(found.group(1), timeout=60)
        return self

    def ask(self, gid):
        """Returns (milliseconds, tier)."""
        started = time.perf_counter()
        self._connection.request("GET", f"/v1/rows/{PARENT}/{gid}")
        answer = self._connection.getresponse()
        body = answer.read()
        took = 1000 * (time.perf_counter() - started)
        if answer.status != 200:
            raise RuntimeError(f"{gid}: HTTP {answer.status} {body[:300]}")
        return took, json.loads(body)["tier"]

    def __exit__(self, *_):
        self._connection.close()
        self._process.terminate()
        self._process.wait()


def _archive(program, server, s3, engine, folder):
    """Archives everything into the bucket and defines the tables; returns the configuration."""
    config = folder / "engine.toml"
    config.write_text(
        f'database.url = "{server.url}"\ncache.url = "none"\n{s3.config()}'
        f'[trino]\nurl = "{engine.url}"\nschema = "bench"\n'
        f'[[source]]\ntable = "{PARENT}"\nid_column = "gid"\ngrace = "0"\nretention_months = 0\n'
        'profile = "games"\n', encoding="utf-8")
    for command in ("init", "archive"):
        subprocess.run([program, command, "-c", config], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ddl = subprocess.run([program, "ddl", "trino", "-c", config], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    for statement in ddl.split(";\n"):
        if statement.strip():
            engine.run(statement.strip())
    return config


def measure(build, rows, months, lookups):
    """Milliseconds of each lookup, by tier; None where Trino is not installed."""
    if not trino.is_installed():
        return None
    program = build / "pgattic"
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(GameServer(build, max(1, rows // months), months))
        s3 = stack.enter_context(S3Server())
        engine = stack.enter_context(trino.Trino(s3))
        folder = pathlib.Path(stack.enter_context(
            tempfile.TemporaryDirectory(prefix="pgattic-bench-")))
        ids = server.query(f"SELECT gid FROM {PARENT} GROUP BY gid HAVING count(*) = 1 "
                           f"ORDER BY md5(gid) LIMIT {lookups + WARM_UP}").splitlines()
        config = _archive(program, server, s3, engine, folder)
        ways = {"direct": stack.enter_context(Service(program, config, "direct")),
                "engine": stack.enter_context(Service(program, config, "engine,direct"))}
        times = {way: [] for way in ways}
        for number, gid in enumerate(ids):
            for way, service in ways.items():
                took, tier = service.ask(gid)
                if (tier == "engine") != (way == "engine"):
                    raise RuntimeError(f"{gid} came from {tier}, not by the way {way}")
                if number >= WARM_UP:
                    times[way].append(took)
        return times


def print_table(times):
    print("| a row by id, by HTTP | p50 | p95 | × direct (p50) |")
    print("| --- | --- | --- | --- |")
    direct = statistics.median(times["direct"])
    for way, label in (("direct", "direct: footer cached, one ranged GET"),
                       ("engine", "engine: Trino 476, warm")):
        p95 = statistics.quantiles(times[way], n=20)[18]
        median = statistics.median(times[way])
        print(f"| {label} | {median:.1f} ms | {p95:.1f} ms | {median / direct:.1f} |")
