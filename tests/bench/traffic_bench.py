#!/usr/bin/env python3
"""What 8 readers and 4 writers of the parent feel while a month is archived and dropped.

Each reader and writer sends a fixed number of statements a second (pgbench), first while
nothing else goes on, then during a whole run. The longest statement bounds the longest wait
for a lock on the parent. The bare duration of the swap is read from the server's log: from the
request of ACCESS EXCLUSIVE on the parent to the end of COMMIT.
Usage: traffic_bench.py BUILD [--rows N] [--workers N]
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import tempfile

from servers import GameServer

READ = ("\\set n random(1, 1000)\n"
        "SELECT p.* FROM bench_ids b JOIN past_games p ON p.gid = b.gid AND p.created_at >= "
        "'2024-02-01 00:00+00' AND p.created_at < '2024-03-01 00:00+00' WHERE b.n = :n;\n")
WRITE = ("INSERT INTO past_games (gid, created_at, game_end_reason, type) VALUES "
         "('new' || random(), '2024-02-02 00:00+00', 1, 0);\n")
SETUP = ("CREATE TABLE past_games_2024_02 PARTITION OF past_games FOR VALUES FROM "
         "('2024-02-01 00:00+00') TO ('2024-03-01 00:00+00');"
         "INSERT INTO past_games SELECT 'kept' || gid, '2024-02-01 00:00+00', game_end_reason, "
         "winner_idx, game_request, game_document, stats, quickdata, type, tournament_data "
         "FROM past_games_2024_01 LIMIT 1000;"
         "CREATE TABLE bench_ids AS SELECT row_number() OVER ()::int AS n, gid FROM "
         "past_games_2024_02; ALTER TABLE bench_ids ADD PRIMARY KEY (n); ANALYZE bench_ids")


def start(server, folder, name, clients, rate):
    """Starts pgbench without end; returns the process and its log's prefix."""
    prefix = folder / name
    script = folder / f"{name.split('-', maxsplit=1)[0]}.sql"
    argv = [str(server.bin_dir / "pgbench"), "-n", "-c", str(clients), "-T", "3600", "-R",
            str(rate), "-M", "prepared", "-f", str(script), "-l", "--log-prefix", str(prefix),
            server.url]
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), prefix


def latencies(prefix):
    """Milliseconds from start to end of each statement, the wait for its turn left out."""
    values = []
    for log in prefix.parent.glob(prefix.name + ".*"):
        for line in log.read_text(encoding="utf-8").splitlines():
            fields = line.split()
            if len(fields) >= 7 and fields[2].isdigit():
                values.append((int(fields[2]) - int(fields[6])) / 1000)
    return sorted(values)


def under(server, folder, name, work):
    """Runs `work` between readers and writers; returns {who: latencies}."""
    clients = {who: start(server, folder, f"{who}-{name}", count, rate)
               for who, count, rate in (("readers", 8, 80), ("writers", 4, 40))}
    try:
        work()
    finally:
        for process, _ in clients.values():
            process.terminate()
            process.wait()
    return {who: latencies(prefix) for who, (_, prefix) in clients.items()}


def swap_ms(log):
    """Milliseconds of the swap, from the server's log with durations."""
    durations = re.findall(r"duration: ([\d.]+) ms.*?(?:statement|execute [^:]*): (.*)", log)
    for index, (_, statement) in enumerate(durations):
        if "ACCESS EXCLUSIVE" in statement and '"past_games" ' in statement:
            total = 0.0
            for spent, text in durations[index:]:
                total += float(spent)
                if text.startswith("COMMIT"):
                    return total
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--idle-seconds", type=int, default=10)
    arguments = parser.parse_args()
    with GameServer(arguments.build, arguments.rows) as server, \
            tempfile.TemporaryDirectory(prefix="pgattic-bench-") as temporary:
        folder = pathlib.Path(temporary)
        folder.chmod(0o755)
        (folder / "archive").mkdir()
        (folder / "readers.sql").write_text(READ, encoding="utf-8")
        (folder / "writers.sql").write_text(WRITE, encoding="utf-8")
        for statement in SETUP.split(";"):
            server.query(statement)
        config = folder / "pgattic.toml"
        config.write_text(
            f'[database]\nurl = "{server.admin_url}&options=-c%20log_min_duration_statement%3D0"\n'
            f'[archive]\nurl = "file://{folder}/archive"\n[run]\n'
            f'workers = {arguments.workers}\n[[source]]\ntable = "public.past_games"\n'
            'id_column = "gid"\ngrace = "0"\n', encoding="utf-8")
        program = [str(arguments.build / "pgattic")]
        subprocess.run([*program, "init", "--config", str(config)], check=True,
                       stdout=subprocess.DEVNULL)
        archive = [*program, "archive", "--partition", server.partition, "--config", str(config)]
        idle = under(server, folder, "idle",
                     lambda: subprocess.run(["sleep", str(arguments.idle_seconds)], check=True))
        busy = under(server, folder, "busy", lambda: subprocess.run(archive, check=True))
        print("| | statements | p50 ms | p99 ms | longest ms |\n| --- | --- | --- | --- | --- |")
        for when, what in (("idle", idle), ("during a run", busy)):
            for who, values in what.items():
                print(f"| {who}, {when} | {len(values)} | {statistics.median(values):.2f} | "
                      f"{values[int(len(values) * 0.99)]:.2f} | {values[-1]:.2f} |")
        log = server.log.read_text(encoding="utf-8", errors="replace")
        print(f"\nswap: {swap_ms(log)} ms")


if __name__ == "__main__":
    main()
