"""The servers that benchmarks need: PostgreSQL with games in it, and an S3 server."""

import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
THIRD_PARTY = ROOT / "third_party"
ACCESS_KEY, SECRET_KEY = "pgattic-bench", "pgattic-bench-secret"


class GameServer:
    """PostgreSQL with `rows` games in each of some months; gone when the context ends."""

    def __init__(self, build, rows, months=1):
        self._argv = [str(build / "tests/bench/game_server"), str(rows), str(months)]
        self._process = None
        self.url = self.admin_url = self.tcp_url = self.partition = ""
        self.pid = 0
        self.bin_dir = pathlib.Path()

    def __enter__(self):
        self._process = subprocess.Popen(self._argv, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("game_server did not start; see above")
        ready = json.loads(line)
        self.url, self.admin_url = ready["url"], ready["admin_url"]
        self.tcp_url, self.partition = ready["tcp_url"], ready["partition"]
        self.pid, self.bin_dir = ready["pid"], pathlib.Path(ready["bin_dir"])
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()

    @property
    def log(self):
        """Path of the server's log, which lies beside its socket."""
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.url).query)
        return pathlib.Path(query["host"][0]) / "log"

    def psql(self, url=None):
        """The start of a psql command line that stops at the first error."""
        return [str(self.bin_dir / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                "-d", url or self.url]

    def query(self, sql, url=None):
        """What psql prints for `sql`."""
        return subprocess.run([*self.psql(url), "-c", sql], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.strip()


class S3Server:
    """versitygw on a temporary folder with one bucket, on a free port of the loopback."""

    bucket = "bench"

    def __enter__(self):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="pgattic-bench-s3-"))
        (self._folder / "root" / self.bucket).mkdir(parents=True)
        (self._folder / "sidecar").mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        argv = [str(THIRD_PARTY / "bin/versitygw"), "--port", f"127.0.0.1:{self.port}",
                "--access", ACCESS_KEY, "--secret", SECRET_KEY, "--keep-alive", "--quiet",
                "posix"]
        if not self._has_attributes():
            argv += ["--sidecar", str(self._folder / "sidecar")]
        self._process = subprocess.Popen([*argv, str(self._folder / "root")],
                                         stdout=subprocess.DEVNULL)
        self._await_ready()
        return self

    def _has_attributes(self):
        try:
            os.setxattr(self._folder, "user.pgattic-probe", b"1")
        except OSError:
            return False
        return True

    def _await_ready(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the S3 server did not start") from None
                time.sleep(0.02)

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder)

    @property
    def pid(self):
        return self._process.pid

    def config(self, port=None):
        """Lines of pgattic's configuration; `port` of a proxy before it."""
        return (f'[archive]\nurl = "s3://{self.bucket}"\n[s3]\n'
                f'endpoint = "http://127.0.0.1:{port or self.port}"\n'
                f'access_key = "{ACCESS_KEY}"\nsecret_key = "{SECRET_KEY}"\n')


class Toxiproxy:
    """A proxy that makes the way to a port of the loopback longer."""

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._api = probe.getsockname()[1]
        self._process = subprocess.Popen(
            [str(THIRD_PARTY / "bin/toxiproxy-server"), "-host", "127.0.0.1", "-port",
             str(self._api)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                self._ask("GET", "/version")
                return self
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("toxiproxy did not start") from None
                time.sleep(0.02)

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self._api, timeout=10)
        connection.request(method, path, json.dumps(body) if body else None)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"toxiproxy: {method} {path}: {answer.status} {text}")
        return text

    def before(self, port, latency_ms):
        """Returns the port of a way to `port` whose answers come so much later."""
        name = f"to-{port}-{latency_ms}"
        proxy = json.loads(self._ask("POST", "/proxies", {
            "name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{port}",
            "enabled": True}))
        self._ask("POST", f"/proxies/{name}/toxics", {
            "name": "latency", "type": "latency", "stream": "downstream",
            "attributes": {"latency": latency_ms}})
        return int(proxy["listen"].rsplit(":", 1)[1])

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
