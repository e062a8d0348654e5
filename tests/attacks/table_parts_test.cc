// A table with one of everything: what the late partition has of it, and what a rollback
// brings back.
#include "attack.h"
#include "sandbox/postgres_install.h"

namespace pgattic::test {
namespace {

constexpr const char* kEverything = R"sql(
CREATE TABLE public.users (id integer PRIMARY KEY);
INSERT INTO public.users SELECT generate_series(1, 5);
CREATE TABLE public.log (n bigint);
CREATE FUNCTION public.note_it() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO public.log VALUES (NEW.n); RETURN NEW; END $$;
CREATE TABLE public.things (
  dropped_before integer,
  n bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  code text NOT NULL COLLATE "C",
  "odd name" text DEFAULT 'd''efault',
  twice bigint GENERATED ALWAYS AS (len * 2) STORED,
  len integer NOT NULL CHECK (len > 0),
  user_id integer REFERENCES public.users (id),
  tags text[] DEFAULT '{}',
  area box,
  PRIMARY KEY (n, at),
  CONSTRAINT one_code UNIQUE (code, at)) PARTITION BY RANGE (at);
ALTER TABLE public.things DROP COLUMN dropped_before;
CREATE TABLE public.things_01 PARTITION OF public.things
  FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00') WITH (fillfactor = 70);
CREATE INDEX ON public.things USING gin (tags);
CREATE INDEX ON public.things USING brin (at);
CREATE INDEX ON public.things (lower(code)) WHERE len > 10;
CREATE INDEX own_hash ON public.things_01 USING hash (code);
ALTER TABLE public.things_01 ADD CONSTRAINT apart EXCLUDE USING gist (area WITH &&);
ALTER TABLE public.things_01 SET (toast.autovacuum_enabled = off, autovacuum_enabled = off);
ALTER TABLE public.things ALTER code SET STORAGE EXTERNAL;
CREATE TRIGGER noted AFTER INSERT ON public.things FOR EACH ROW EXECUTE FUNCTION public.note_it();
GRANT SELECT ON public.things_01 TO reader WITH GRANT OPTION;
GRANT INSERT, UPDATE ON public.things_01 TO PUBLIC;
GRANT UPDATE (len, "odd name") ON public.things_01 TO reader;
ALTER TABLE public.things_01 REPLICA IDENTITY USING INDEX things_01_code_at_key;
INSERT INTO public.things (at, code, len, user_id, tags, area)
  SELECT timestamptz '2024-01-01 00:00+00' + i * interval '1 hour', 'c' || i, i, 1 + i % 5,
         ARRAY['t' || i], box(point(3 * i, 0), point(3 * i + 1, 1)) FROM generate_series(1, 50) i;
)sql";

/// Everything about a relation that is not its name, sorted. $1 is its name.
constexpr const char* kTraits = R"sql(
SELECT t FROM (
  SELECT 'grant ' || grantee::regrole || privilege_type || is_grantable
  FROM pg_class, aclexplode(relacl) WHERE oid = $rel AND grantee <> 0
  UNION ALL SELECT 'public ' || privilege_type
  FROM pg_class, aclexplode(relacl) WHERE oid = $rel AND grantee = 0
  UNION ALL SELECT 'column grant ' || attname || x.grantee::regrole || x.privilege_type
  FROM pg_attribute, aclexplode(attacl) x WHERE attrelid = $rel
  UNION ALL SELECT 'options ' || o FROM pg_class, unnest(reloptions) o WHERE oid = $rel
  UNION ALL SELECT 'toast options ' || o
  FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid, unnest(t.reloptions) o
  WHERE c.oid = $rel
  UNION ALL SELECT 'storage ' || attname || attstorage::text FROM pg_attribute
  WHERE attrelid = $rel AND attnum > 0 AND NOT attisdropped
  UNION ALL SELECT 'identity ' || relreplident::text || relrowsecurity || relforcerowsecurity
  FROM pg_class WHERE oid = $rel
  UNION ALL SELECT 'tablespace ' || spcname FROM pg_class JOIN pg_tablespace s
  ON s.oid = reltablespace WHERE pg_class.oid = $rel
  UNION ALL SELECT 'inherited constraint ' || pg_get_constraintdef(oid) || convalidated
  FROM pg_constraint WHERE conrelid = $rel AND (conparentid <> 0 OR coninhcount > 0)
    AND contype <> 'n'
  UNION ALL SELECT 'trigger ' || tgname || tgenabled::text FROM pg_trigger
  WHERE tgrelid = $rel AND NOT tgisinternal
  UNION ALL SELECT 'replica index ' || p.inhparent::regclass FROM pg_index
  JOIN pg_inherits p ON p.inhrelid = indexrelid WHERE indrelid = $rel AND indisreplident
  UNION ALL SELECT 'inherited index ' || p.inhparent::regclass FROM pg_index
  JOIN pg_inherits p ON p.inhrelid = indexrelid WHERE indrelid = $rel AND indisvalid
) AS traits(t) ORDER BY t COLLATE "C")sql";

class PartsAttack : public Attack {
 protected:
  void SetUp() override {
    SetUpEmpty();
    AsSuperuser(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN CREATE "
        "ROLE reader; END IF; END $$");
    MakeTablespace();
    Sql().Run(kEverything);
    Sql().Run("ALTER TABLE public.things_01 SET TABLESPACE " + tablespace_);
    Configure(archive_url(), "",
              "[[source]]\ntable = \"public.things\"\nid_column = \"n\"\ngrace = \"0\"\n");
    ExpectDone(Pgattic({"init"}));
  }
  void TearDown() override {
    Sql().Run("DROP TABLE IF EXISTS public.things, public.things_01");
    AsSuperuser("DROP TABLESPACE " + tablespace_);
  }
  void MakeTablespace() {
    const auto user = sandbox::ChooseServerUser("");
    ASSERT_TRUE(user.ok());
    auto space = sandbox::ScratchFolder::Make({.owner = *user});
    ASSERT_TRUE(space.ok());
    space_ = std::move(*space);
    tablespace_ = "space_" + database();
    AsSuperuser("CREATE TABLESPACE " + tablespace_ + " LOCATION '" + space_->path() + "'");
    AsSuperuser("GRANT CREATE ON TABLESPACE " + tablespace_ + " TO keeper");
  }
  std::vector<std::string> Traits(const std::string& relation) {
    std::string sql = kTraits;
    for (std::size_t at = 0; (at = sql.find("$rel", at)) != sql.npos;) {
      sql.replace(at, 4, "'" + relation + "'::regclass");
    }
    return Sql().Rows(sql);
  }
  std::vector<std::string> Everything() {
    return Sql().Rows(
        "SELECT pg_get_indexdef(indexrelid) || indisvalid || indisreplident FROM pg_index WHERE "
        "indrelid = 'public.things_01'::regclass UNION ALL "
        "SELECT conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint WHERE "
        "conrelid = 'public.things_01'::regclass UNION ALL SELECT attname || "
        "format_type(atttypid, atttypmod) || attidentity::text || attgenerated::text || attnotnull "
        "FROM "
        "pg_attribute WHERE attrelid = 'public.things_01'::regclass AND attnum > 0 ORDER BY 1");
  }

  std::unique_ptr<sandbox::ScratchFolder> space_;
  std::string tablespace_;
};

TEST_F(PartsAttack, TheLatePartitionHasWhatItsFormerHad) {
  const std::vector<std::string> traits = Traits("public.things_01");
  ASSERT_GT(traits.size(), 25U);
  ExpectDone(Pgattic({"archive", "--partition", "things_01", "--until", "detached"}));
  EXPECT_EQ(Traits("public.things_01_late"), traits);
  // It takes rows as its former did: identity, generated column, trigger, keys.
  const std::string noted = One("SELECT count(*) FROM public.log");
  Sql().Run(
      "INSERT INTO public.things (at, code, len, user_id) VALUES ('2024-01-20', 'late', 7, "
      "2)");
  EXPECT_EQ(One("SELECT n || ' ' || twice FROM public.things"), "51 14");
  EXPECT_EQ(One("SELECT count(*) - " + noted + " FROM public.log"), "1");
  EXPECT_EQ(Sql().Error("INSERT INTO public.things (at, code, len, user_id) VALUES ('2024-01-20', "
                        "'late', 7, 2)"),
            "23505");
  EXPECT_EQ(Sql().Error("INSERT INTO public.things (at, code, len, user_id) VALUES ('2024-01-20', "
                        "'bad', 7, 99)"),
            "23503");
  // The detached table holds nobody up.
  Sql().Run("DELETE FROM public.users WHERE id = 3");
  // One run drops the detached table, the next takes the late row.
  ExpectDone(Pgattic({"archive"}));
  ExpectDone(Pgattic({"archive"}));
  ExpectFound({"1", "50", "51"}, "archive");
}

TEST_F(PartsAttack, ARollbackRestoresAllOfIt) {
  const std::vector<std::string> traits = Traits("public.things_01");
  const std::vector<std::string> everything = Everything();
  const std::string rows =
      "SELECT md5(string_agg(t::text, ',' ORDER BY n)) FROM public.things t "
      "WHERE code <> 'late'";
  const std::string before = One(rows);
  ExpectDone(Pgattic({"archive", "--partition", "things_01", "--until", "detached"}));
  Sql().Run(
      "INSERT INTO public.things (at, code, len, user_id) VALUES ('2024-01-20', 'late', 7, "
      "2)");
  ExpectDone(Pgattic({"rollback", "things_01"}));
  EXPECT_EQ(Traits("public.things_01"), traits);
  EXPECT_EQ(Everything(), everything);
  EXPECT_EQ(One(rows), before);
  EXPECT_EQ(One("SELECT n || ' ' || twice FROM public.things WHERE code = 'late'"), "51 14");
  EXPECT_EQ(One("SELECT count(*) FROM public.log"), "51");
  EXPECT_EQ(Sql().Error("DELETE FROM public.users WHERE id = 3"), "23503");
  EXPECT_EQ(One("SELECT to_regclass('public.things_01_late') IS NULL"), "t");
  ExpectDone(Pgattic({"archive"}));
  ExpectFound({"1", "50", "51"}, "archive");
}

TEST_F(PartsAttack, AForeignKeyThatIsThePartitionsOwnIsRefused) {
  Sql().Run(
      "ALTER TABLE public.things_01 ADD CONSTRAINT own FOREIGN KEY (len) REFERENCES "
      "public.users (id) NOT VALID");
  ExpectRefused(Pgattic({"archive", "--partition", "things_01"}), "foreign key own");
}

TEST_F(PartsAttack, AVirtualColumnThatChangesItsMeaningIsArchivedAnew) {
  if (server_version() < 18) GTEST_SKIP() << "SKIP: there are none before PostgreSQL 18";
  // PostgreSQL refuses the change on tables with CHECK constraints.
  Sql().Run("ALTER TABLE public.things DROP CONSTRAINT things_len_check");
  Sql().Run(
      "ALTER TABLE public.things ADD COLUMN half integer GENERATED ALWAYS AS (len / 2) "
      "VIRTUAL");
  ExpectDone(Pgattic({"archive", "--until", "marked"}));
  Sql().Run("ALTER TABLE public.things ALTER half SET EXPRESSION AS (len * 100)");
  ExpectDone(Pgattic({"archive"}));
  EXPECT_EQ(Pgattic({"get", "7"}).json().at("row").at("half"), 700);
}

}  // namespace
}  // namespace pgattic::test
