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
    """`months`: the (year, month) of each id, so that one folder is read."""
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
        year, month = months[row_id]
        return len(connection.execute(
            f"SELECT * FROM {source} WHERE year = {year} AND month = {month} AND gid = ?",
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
        year, month = months[row_id]
        return data.to_table(filter=(field("year") == year) & (field("month") == month) &
                             (field("gid") == row_id)).num_rows

    return timed(ids, ask)


def all_peers(port, keys, months, ids):
    """Returns {name: milliseconds}; one that does not work here is left out and named."""
    found = {}
    for name, measure in (("DuckDB 1.5.5", duckdb_ms), ("pyarrow 26.0.1", pyarrow_ms)):
        try:
            found[name] = measure(port, keys, months, ids)
        except Exception as error:  # pylint: disable=broad-except
            print(f"  {name}: {error}", file=sys.stderr)
    return found
