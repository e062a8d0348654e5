"""Runs a program and tells what it cost: time, processor, memory, and what its servers spent."""

import dataclasses
import os
import statistics
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")

# A command after these words gets what nobody else wants of the CPU.
BACKGROUND = ["chrt", "--idle", "0"]


@dataclasses.dataclass
class Sample:
    """One run. Seconds and bytes."""
    wall: float
    client_cpu: float
    server_cpu: float
    rss: int

    @property
    def cpu(self):
        return self.client_cpu + self.server_cpu


def _stat_fields(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rsplit(")", 1)[1].split()


def own_cpu(pid):
    """Seconds that process `pid` itself has used."""
    fields = _stat_fields(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS


def children_cpu(pid):
    """Seconds that the children of `pid` had used when they ended."""
    fields = _stat_fields(pid)
    return (int(fields[13]) + int(fields[14])) / TICKS


def _settled(read):
    """Returns read() once it has stayed the same for a while: backends end after clients."""
    last, since = read(), time.monotonic()
    while time.monotonic() - since < 0.1:
        time.sleep(0.02)
        now = read()
        if now != last:
            last, since = now, time.monotonic()
    return last


class Meter:
    """Measures children of this process, and the servers they use.

    With `realtime`, they and what the servers start for them go before every other program of
    the machine (SCHED_RR, needs root), and after each run comes a pause as long as the run.
    """

    def __init__(self, postmaster_pid, other_pids=(), realtime=False):
        self._postmaster = postmaster_pid
        self._others = tuple(other_pids)
        self._prefix = ["chrt", "--rr", "1"] if realtime else []
        for pid in (postmaster_pid, *self._others) if realtime else ():
            subprocess.run(["chrt", "--all-tasks", "--rr", "--pid", "1", str(pid)], check=True)

    def _servers(self):
        return children_cpu(self._postmaster) + sum(own_cpu(pid) for pid in self._others)

    def run(self, commands, env=None):
        """Runs all `commands` (argument lists) at once. Raises when one of them fails."""
        before = _settled(self._servers)
        started = time.perf_counter()
        children = [subprocess.Popen([*self._prefix, *argv], env={**os.environ, **(env or {})},
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                    for argv in commands]
        client_cpu, rss = 0.0, 0
        for child in children:
            said = child.stderr.read().decode(errors="replace")
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            child.stderr.close()
            if child.returncode != 0:
                raise RuntimeError(f"{child.args[0]} ended with {child.returncode}: {said[-2000:]}")
            client_cpu += usage.ru_utime + usage.ru_stime
            rss = max(rss, usage.ru_maxrss * 1024)
        wall = time.perf_counter() - started
        if self._prefix:
            time.sleep(wall)
        return Sample(wall, client_cpu, _settled(self._servers) - before, rss)


@dataclasses.dataclass
class Summary:
    """All rounds of one contender. Ratios are to the baseline of the same round."""
    median: float
    low: float
    high: float

    @staticmethod
    def of(values):
        return Summary(statistics.median(values), min(values), max(values))
