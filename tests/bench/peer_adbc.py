"""Exports the partition with ADBC and pyarrow. Usage: URL OUTPUT ORDER_BY."""

import sys

import adbc_driver_postgresql.dbapi
import pyarrow.parquet

url, output, order = sys.argv[1:]
with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
    cursor.execute(f"SELECT * FROM ONLY public.past_games_2024_01 {order}")
    reader = cursor.fetch_record_batch()
    with pyarrow.parquet.ParquetWriter(output, reader.schema, compression="zstd",
                                       compression_level=3) as writer:
        for batch in reader:
            writer.write_batch(batch)
