"""What other readers of Parquet take for one row by id, on the same objects in the same store."""

import pathlib
import statistics
import sys
import time

import duckdb
import duckdb_extension_httpfs
import pyarrow.dataset
import pyarrow.fs

from servers import ACCESS_KEY, SECRET_KEY, S3Server


def timed(ids, ask):
    """Median milliseconds of ask(id), after one that warms up."""
    ask(ids[0])
    times = []
    for row_id in ids:
        began = time.perf_counter()
        found = ask(row_id)
        times.append((time.perf_counter() - began) * 1000)
        if found != 1:
            raise RuntimeError(f"{found} rows of {row_id}")
    return statistics.median(times)


def duckdb_ms(port, _, months, ids):
    """`months`: the (year, month) of each id, so that one folder is read; None: by id alone."""
    package = pathlib.Path(duckdb_extension_httpfs.__file__).parent
    connection = duckdb.connect()
    connection.execute(f"LOAD '{next(package.glob('extensions/*/httpfs.duckdb_extension'))}'")
    connection.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID '{ACCESS_KEY}', SECRET '{SECRET_KEY}', "
        f"ENDPOINT '127.0.0.1:{port}', REGION 'us-east-1', URL_STYLE 'path', USE_SSL false)")
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute("SET enable_http_metadata_cache = true")
    source = f"read_parquet('s3://{S3Server.bucket}/partitions/*/*/*.parquet', " \
             "hive_partitioning = true)"
    # The metadata of every file, once.
    connection.execute(f"SELECT count(*) FROM {source} WHERE gid = 'none'").fetchall()

    def ask(row_id):
        when = "year = {} AND month = {} AND ".format(*months[row_id]) if months else ""
        return len(connection.execute(f"SELECT * FROM {source} WHERE {when}gid = ?",
                                      [row_id]).fetch_arrow_table())

    return timed(ids, ask)


def pyarrow_ms(port, keys, months, ids):
    """The same with a dataset of these objects that is discovered once."""
    files = pyarrow.fs.S3FileSystem(access_key=ACCESS_KEY, secret_key=SECRET_KEY, scheme="http",
                                    endpoint_override=f"127.0.0.1:{port}", region="us-east-1")
    data = pyarrow.dataset.dataset([f"{S3Server.bucket}/{key}" for key in keys],
                                   filesystem=files, format="parquet",
                                   partitioning=pyarrow.dataset.partitioning(flavor="hive"))
    field = pyarrow.dataset.field

    def ask(row_id):
        wanted = field("gid") == row_id
        if months:
            year, month = months[row_id]
            wanted &= (field("year") == year) & (field("month") == month)
        return data.to_table(filter=wanted).num_rows

    return timed(ids, ask)


def all_peers(port, keys, months, ids):
    """Returns {name: milliseconds}; one that does not work here is left out and named."""
    found = {}
    for name, measure in (("DuckDB 1.5.5", duckdb_ms), ("pyarrow 26.0.1", pyarrow_ms)):
        for how, known in (("by id", None), ("month given", months)):
            try:
                found[f"{name}, {how}"] = measure(port, keys, known, ids)
            except Exception as error:  # pylint: disable=broad-except
                print(f"  {name}, {how}: {error}", file=sys.stderr)
    return found
