// The values themselves: what DuckDB reads from the Parquet files, written as COPY writes text,
// is byte for byte what PostgreSQL's COPY says. Nothing of pgattic takes part in reading.
#include "tests/torture/scene.h"

namespace pgattic::torture {
namespace {

class Values : public Scene {};

constexpr const char* kTable =
    "CREATE TABLE public.kinds (id bigint NOT NULL, at timestamptz NOT NULL, s smallint, i integer,"
    " b boolean, d date, t timestamp, n numeric(20,4), wide numeric, f double precision, r real,"
    " x text, c varchar(9), p char(5), u uuid, y bytea, j jsonb, o json, a integer[], k interval,"
    " z inet) PARTITION BY RANGE (at)";
constexpr const char* kPartition =
    "CREATE TABLE public.kinds_1 PARTITION OF public.kinds FOR VALUES FROM ('2024-01-01 "
    "00:00:00+00') TO ('2024-02-01 00:00:00+00')";
constexpr const char* kValues =
    "INSERT INTO public.kinds SELECT g, '2024-01-01 00:00:00+00'::timestamptz + g * interval "
    "'3607.000001 s', g * 37 - 9000, g * 4000037 - 1000000000, g % 3 = 0, '1999-12-31'::date + g, "
    "'1969-12-31 23:59:59.5'::timestamp + g * interval '1 day 0.25 s', (g - 200) * 12345.6789, "
    "(g::numeric ^ 9) / 7, g / 7.0::float8, (g / 3.0)::real, "
    "CASE g % 5 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN E'tab\\tline\\nback\\\\slash\\r' "
    "WHEN 3 THEN E'\\u00e4\\u4e16\\U0001f600' ELSE repeat('x', g) END, left(md5(g::text), 9), "
    "left(md5(g::text), 3), md5(g::text)::uuid, decode(md5(g::text), 'hex'), "
    "jsonb_build_object('g', g, 'x', E'\\u00e4'), ('{\"b\" : ' || g || ' }')::json, "
    "ARRAY[g, NULL, -g], g * interval '1 mon 2 days 3.5 s', ('10.0.0.0'::inet + g) FROM "
    "generate_series(1, 400) g";

TEST_F(Values, AreWhatPostgresCopySays) {
  ArenaOptions options;
  options.archive_settings =
      "[[source]]\ntable = \"public.kinds\"\nid_column = \"id\"\ngrace = \"0\"\n";
  Begin(options);
  Sql("DELETE FROM public.events");
  Sql(kTable);
  Sql(kPartition);
  Sql(kValues);
  const std::string rows = CopyText("public.kinds");
  const auto ran = Pgattic({"archive"});
  ASSERT_TRUE(ran.exit.ok()) << ran.err;
  ASSERT_EQ(One("SELECT count(*) FROM public.kinds"), "0");
  ExpectSameRows(StoredText(), rows);
}

}  // namespace
}  // namespace pgattic::torture
