"""Exports the partition with DuckDB's postgres extension. Usage: URL OUTPUT ORDER_BY."""

import pathlib
import sys

import duckdb
import duckdb_extension_postgres_scanner

url, output, order = sys.argv[1:]
package = pathlib.Path(duckdb_extension_postgres_scanner.__file__).parent
extension = next(package.glob("extensions/*/postgres_scanner.duckdb_extension"))
connection = duckdb.connect()
connection.execute(f"LOAD '{extension}'")
connection.execute(f"ATTACH '{url}' AS pg (TYPE postgres, READ_ONLY)")
connection.execute(f"COPY (SELECT * FROM pg.public.past_games_2024_01 {order}) TO '{output}' "
                   "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3)")
