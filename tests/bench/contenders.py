"""Who is measured: pgattic, the bare COPY it is compared with, and its peers."""

import pathlib
import shutil
import subprocess
import sys
import urllib.parse

from servers import THIRD_PARTY

PARTITION = "public.past_games_2024_01"
ZSTD_LEVEL = 3


def sorted_copy(where=""):
    """The statement that is 1.0: one sorted COPY of everything, in binary."""
    return (f"COPY (SELECT * FROM ONLY {PARTITION} {where} ORDER BY gid COLLATE \"C\") "
            "TO STDOUT (FORMAT binary)")


class RawCopy:
    """psql that throws away what COPY sends, in `streams` sessions at once."""

    def __init__(self, server, streams):
        self.name = "COPY, sorted" if streams == 1 else f"COPY, sorted, {streams} streams"
        self.needs_s3 = False
        wheres = [""]
        if streams == 2:
            middle = server.query("SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY gid "
                                  f"COLLATE \"C\") FROM ONLY {PARTITION}")
            wheres = [f"WHERE gid COLLATE \"C\" {op} '{middle}'" for op in ("<", ">=")]
        self._commands = [[*server.psql(), "-c", sorted_copy(where)] for where in wheres]

    def run(self, meter):
        """Returns the Sample of one run."""
        return meter.run(self._commands)

    def reset(self):
        """Nothing stays behind."""


class Pgattic:
    """pgattic, up to a phase; rolled back between runs."""

    def __init__(self, program, config, name, phase):
        self.name = name
        self._base = [str(program)]
        self._tail = ["--config", str(config)]
        self._phase = phase
        self._call("init")

    def _call(self, *arguments):
        subprocess.run([*self._base, *arguments, *self._tail], check=True,
                       stdout=subprocess.DEVNULL)

    def run(self, meter):
        """Returns the Sample of one run."""
        return meter.run([[*self._base, "archive", "--until", self._phase, *self._tail]])

    def reset(self):
        """The partition is as before, the objects are gone."""
        self._call("rollback", PARTITION.split(".")[1])


class Script:
    """A peer: a Python script of this folder, with the Python of third_party."""

    def __init__(self, name, script, arguments):
        self.name = name
        self._argv = [sys.executable, str(script), *arguments]
        self._output = arguments[1]

    def run(self, meter):
        """Returns the Sample of one run."""
        return meter.run([self._argv])

    def reset(self):
        """Removes the file."""
        subprocess.run(["rm", "-f", self._output], check=True)


class Pg2Parquet:
    """The pg2parquet program of crates.io."""

    name = "pg2parquet"

    def __init__(self, server, output):
        parts = urllib.parse.urlsplit(server.tcp_url)
        self._output = str(output)
        self._env = {"PGPASSWORD": urllib.parse.unquote(parts.password)}
        self._argv = [str(THIRD_PARTY / "bin/pg2parquet"), "export", "--host", parts.hostname,
                      "--port", str(parts.port), "--user", parts.username, "--dbname", "postgres",
                      "--query", f"SELECT * FROM ONLY {PARTITION} ORDER BY gid COLLATE \"C\"",
                      "--compression", "zstd", "--compression-level", str(ZSTD_LEVEL),
                      "--output-file", self._output]

    def run(self, meter):
        """Returns the Sample of one run."""
        return meter.run([self._argv], self._env)

    def reset(self):
        """Removes the file."""
        subprocess.run(["rm", "-f", self._output], check=True)


def peers(server, folder):
    """The peers that are installed."""
    here = pathlib.Path(__file__).parent
    found = [
        Script("DuckDB, unsorted", here / "peer_duckdb.py",
               [server.url, str(folder / "duckdb.parquet"), ""]),
        Script("DuckDB, sorted", here / "peer_duckdb.py",
               [server.url, str(folder / "duckdb_sorted.parquet"), "ORDER BY gid"]),
        Script("ADBC + pyarrow, sorted", here / "peer_adbc.py",
               [server.url, str(folder / "adbc.parquet"), "ORDER BY gid COLLATE \"C\""]),
    ]
    if shutil.which(str(THIRD_PARTY / "bin/pg2parquet")):
        found.append(Pg2Parquet(server, folder / "pg2parquet.parquet"))
    return found
