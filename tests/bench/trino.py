"""A Trino with the Hive connector over an S3 server, for benchmarks."""

import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

from servers import ACCESS_KEY, SECRET_KEY, THIRD_PARTY

JAVA = THIRD_PARTY / "jdk/bin/java"
PATIENCE_S = 180


def is_installed():
    return JAVA.exists() and (THIRD_PARTY / "trino/plugin/hive").exists()


class Trino:
    """A coordinator that is its own worker, file metastore, partition projection on."""

    def __init__(self, s3, heap="1536m"):
        self._s3, self._heap = s3, heap
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="pgattic-bench-trino-"))
        self._write_config()
        with open(self._folder / "log", "wb") as log:
            self._process = subprocess.Popen(
                [str(JAVA), f"-Xmx{self._heap}", "-XX:+UseSerialGC",
                 "-Djdk.attach.allowAttachSelf=true", "-XX:+EnableDynamicAgentLoading",
                 "--enable-native-access=ALL-UNNAMED", "-Duser.timezone=UTC",
                 f"-Dconfig={self._folder}/etc/config.properties",
                 f"-Dlog.levels-file={self._folder}/etc/log.properties",
                 f"-Dnode.data-dir={self._folder}/data", "-Dnode.id=t1", "-Dnode.environment=test",
                 "-cp", f"{THIRD_PARTY}/trino/lib/*", "io.trino.server.TrinoServer"],
                cwd=self._folder, stdout=log, stderr=log)
        self._await_ready()
        return self

    def _write_config(self):
        etc = self._folder / "etc"
        (etc / "catalog").mkdir(parents=True)
        (self._folder / "metastore").mkdir()
        (etc / "log.properties").write_text("io.trino=WARN\n", encoding="utf-8")
        (etc / "config.properties").write_text(
            "coordinator=true\nnode-scheduler.include-coordinator=true\n"
            f"http-server.http.port={self.port}\nhttp-server.log.enabled=false\n"
            f"discovery.uri={self.url}\nnode.internal-address=127.0.0.1\n"
            "node.bind-ip=127.0.0.1\nquery.max-memory=500MB\nquery.max-memory-per-node=500MB\n"
            "query.max-total-memory=700MB\nmemory.heap-headroom-per-node=300MB\n"
            "task.concurrency=2\ntask.max-worker-threads=4\ncatalog.management=static\n"
            f"plugin.dir={THIRD_PARTY}/trino/plugin\ncatalog.config-dir={etc}/catalog\n",
            encoding="utf-8")
        (etc / "catalog/hive.properties").write_text(
            "connector.name=hive\nhive.metastore=file\n"
            "hive.metastore.catalog.dir=local:///metastore\nfs.native-local.enabled=true\n"
            f"local.location={self._folder}\nfs.native-s3.enabled=true\n"
            f"s3.endpoint=http://127.0.0.1:{self._s3.port}\ns3.region=us-east-1\n"
            f"s3.path-style-access=true\ns3.aws-access-key={ACCESS_KEY}\n"
            f"s3.aws-secret-key={SECRET_KEY}\nhive.partition-projection-enabled=true\n"
            "hive.timestamp-precision=MICROSECONDS\n", encoding="utf-8")

    def _await_ready(self):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.run("CREATE SCHEMA IF NOT EXISTS bench")
                return
            except (OSError, RuntimeError) as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"Trino did not start: {error}") from None
                time.sleep(0.3)

    def run(self, sql):
        """Rows of one statement."""
        headers = {"X-Trino-User": "bench", "X-Trino-Catalog": "hive", "X-Trino-Schema": "bench"}
        request = urllib.request.Request(self.url + "/v1/statement", sql.encode(), headers)
        rows = []
        while True:
            with urllib.request.urlopen(request, timeout=60) as answer:
                page = json.load(answer)
            if "error" in page:
                raise RuntimeError(page["error"]["message"])
            rows += page.get("data", [])
            if "nextUri" not in page:
                return rows
            request = urllib.request.Request(page["nextUri"], headers=headers)

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder)
