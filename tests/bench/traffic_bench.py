#!/usr/bin/env python3
"""What 8 readers and 4 writers of the parent feel while months are archived and dropped.

Each reader and writer sends a fixed number of statements a second (pgbench), first while
nothing else goes on, then during a whole run; so for each rate that the run is paced by
(`run.max_read_rate`), a month each. Limit: p99 within 1.10 of idle. The longest wait for a lock on
the parent is read from the server's log: of each client (log_lock_waits) and of the run itself. So
is the bare duration of the swap, from the request of ACCESS EXCLUSIVE on the parent to the end of COMMIT.
Usage: traffic_bench.py BUILD [--rows N] [--rates 0,32MiB,8MiB] [--workers N] [--idle-seconds N]
                        [--background]
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

from measure import BACKGROUND
from servers import GameServer

LIMIT = 1.10
# A month before those that are archived.
HERE = "'2023-06-01 00:00+00'"
READ = ("\\set n random(1, 1000)\n"
        "SELECT p.* FROM bench_ids b JOIN public.past_games p ON p.gid = b.gid AND p.created_at >= "
        f"{HERE} AND p.created_at < '2023-07-01 00:00+00' WHERE b.n = :n;\n")
WRITE = ("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES "
         "('new' || random(), '2023-06-02 00:00+00', 1, 0);\n")
SETUP = ("CREATE TABLE past_games_2023_06 PARTITION OF past_games FOR VALUES FROM "
         f"({HERE}) TO ('2023-07-01 00:00+00');"
         f"INSERT INTO past_games SELECT 'kept' || gid, {HERE}, game_end_reason, "
         "winner_idx, game_request, game_document, stats, quickdata, type, tournament_data "
         "FROM past_games_2024_01 LIMIT 1000;"
         "CREATE TABLE bench_ids AS SELECT row_number() OVER ()::int AS n, gid FROM "
         "past_games_2023_06; ALTER TABLE bench_ids ADD PRIMARY KEY (n); ANALYZE bench_ids")
# Every wait for a lock of a client, and no other, is worth a line of the log.
TELL_WAITS = "&options=-c%20deadlock_timeout%3D1ms%20-c%20log_lock_waits%3Don"


def start(server, folder, name, clients, rate):
    """Starts pgbench without end; returns the process and its log's prefix."""
    prefix = folder / name
    script = folder / f"{name.split('-', maxsplit=1)[0]}.sql"
    argv = [str(server.bin_dir / "pgbench"), "-n", "-c", str(clients), "-T", "36000", "-R",
            str(rate), "-M", "prepared", "-f", str(script), "-l", "--log-prefix", str(prefix),
            server.admin_url + TELL_WAITS]
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), prefix


def latencies(prefix, begin, end):
    """Milliseconds from start to end of each statement that ended in this time, the wait for its
    turn left out."""
    values = []
    for log in prefix.parent.glob(prefix.name + ".*"):
        for line in log.read_text(encoding="utf-8").splitlines():
            fields = line.split()
            if len(fields) < 7 or not fields[2].isdigit():
                continue
            if begin <= int(fields[4]) + int(fields[5]) / 1e6 <= end:
                values.append((int(fields[2]) - int(fields[6])) / 1000)
    return sorted(values)


def under(server, folder, name, work):
    """Runs `work` between readers and writers; returns {who: latencies}."""
    clients = {who: start(server, folder, f"{who}-{name}", count, rate)
               for who, count, rate in (("readers", 8, 80), ("writers", 4, 40))}
    try:
        begin = time.time()
        work()
        end = time.time()
        # pgbench writes its log in pieces, and does not end them when it is ended.
        time.sleep(5)
    finally:
        for process, _ in clients.values():
            process.terminate()
            process.wait()
    seen = {who: latencies(prefix, begin, end) for who, (_, prefix) in clients.items()}
    if not all(seen.values()):
        raise RuntimeError(f"{name}: no statement was seen; try more --rows")
    return seen


def swap_ms(log):
    """(wait of the run for the parent's lock, the swap from there to COMMIT), in milliseconds."""
    durations = re.findall(r"duration: ([\d.]+) ms.*?(?:statement|execute [^:]*): (.*)", log)
    for index, (waited, statement) in enumerate(durations):
        if "ACCESS EXCLUSIVE" in statement and '"past_games" ' in statement:
            total = 0.0
            for spent, text in durations[index:]:
                total += float(spent)
                if text.startswith("COMMIT"):
                    return float(waited), total
    return None, None


def longest_wait_ms(log, parent):
    """The longest wait of a client for a lock on the relation with this oid; 0: nobody waited."""
    waits = re.findall(rf"acquired \w+ on relation {parent} of database \d+ after ([\d.]+) ms", log)
    return max(map(float, waits), default=0.0)


def p99(values):
    return values[min(len(values) - 1, int(len(values) * 0.99))]


class Bench:
    """Months that are archived one by one, each at a rate of its own."""

    def __init__(self, arguments, server, folder):
        self._arguments, self._server, self._folder = arguments, server, folder
        (folder / "archive").mkdir()
        (folder / "readers.sql").write_text(READ, encoding="utf-8")
        (folder / "writers.sql").write_text(WRITE, encoding="utf-8")
        for statement in SETUP.split(";"):
            server.query(statement)
        self._parent = server.query("SELECT 'past_games'::regclass::oid")
        config = folder / "pgattic.toml"
        config.write_text(
            f'[database]\nurl = "{server.admin_url}&options=-c%20log_min_duration_statement%3D0"\n'
            f'[archive]\nurl = "file://{folder}/archive"\n[run]\n'
            f'workers = {arguments.workers}\npart_size = "32MiB"\n[[source]]\n'
            'table = "public.past_games"\nid_column = "gid"\ngrace = "0"\n', encoding="utf-8")
        self._program = [str(arguments.build / "pgattic"), "--config", str(config)]
        subprocess.run([*self._program, "init"], check=True, stdout=subprocess.DEVNULL)

    def measure(self, month, rate):
        """Prints the rows of one rate; returns whether p99 kept within its limit."""
        idle = under(self._server, self._folder, f"idle{month}", lambda: subprocess.run(
            ["sleep", str(self._arguments.idle_seconds)], check=True))
        log_begins = self._server.log.stat().st_size
        archive = [*(BACKGROUND if self._arguments.background else []), *self._program, "archive",
                   "--partition", f"past_games_2024_{month:02}", "--run-max-read-rate", rate]
        busy = under(self._server, self._folder, f"busy{month}", lambda: subprocess.run(
            archive, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        with self._server.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(log_begins)
            text = log.read()
        waited, swap = swap_ms(text)
        is_within = True
        for who, values in busy.items():
            ratio = p99(values) / p99(idle[who])
            is_within = is_within and ratio <= LIMIT
            print(f"| {rate} | {who} | {len(values)} | {statistics.median(idle[who]):.2f} → "
                  f"{statistics.median(values):.2f} | {p99(idle[who]):.2f} → {p99(values):.2f} | "
                  f"{ratio:.2f} | {values[-1]:.2f} | {longest_wait_ms(text, self._parent):.1f} | "
                  f"{waited} | {swap} |", flush=True)
        return is_within


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rates", default="0,32MiB,8MiB", help="run.max_read_rate; 0: no limit")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--idle-seconds", type=int, default=30)
    parser.add_argument("--background", action="store_true", help=f"the run as `{' '.join(BACKGROUND)}`")
    arguments = parser.parse_args()
    rates = arguments.rates.split(",")
    with GameServer(arguments.build, arguments.rows, len(rates)) as server, \
            tempfile.TemporaryDirectory(prefix="pgattic-bench-") as temporary:
        folder = pathlib.Path(temporary)
        folder.chmod(0o755)
        bench = Bench(arguments, server, folder)
        print("Milliseconds, idle → during the run.\n\n| rate | | statements | p50 | p99 | p99 ratio "
              "| longest | longest wait for the parent | of the run itself | swap |\n"
              "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        within = [rate for month, rate in enumerate(rates, 1) if bench.measure(month, rate)]
    print(f"\np99 within {LIMIT:.2f} of idle at: {', '.join(within) or 'none of these rates'}")


if __name__ == "__main__":
    main()
