#include "model/column.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pgattic::model {
namespace {

/// numeric.c, make_numeric_typmod.
std::int32_t NumericTypmod(std::int32_t precision, std::int32_t scale) {
  return ((precision << 16) | (scale & 0x7FF)) + 4;
}

PgType TypeOf(std::uint32_t oid, std::int32_t typmod = -1) { return {oid, typmod, ""}; }

TEST(TransportName, ReadsBackAndIsUnique) {
  std::set<std::string_view> names;
  for (int value = 0; value <= static_cast<int>(Transport::kText); ++value) {
    const auto transport = static_cast<Transport>(value);
    EXPECT_TRUE(names.insert(TransportName(transport)).second) << value;
    EXPECT_EQ(TransportFromName(TransportName(transport)).value(), transport);
  }
  EXPECT_EQ(names.size(), 17U);
}

// The names are in the metadata of every archive: they never change.
TEST(TransportName, IsStable) {
  EXPECT_EQ(TransportName(Transport::kTimestampTz), "timestamptz");
  EXPECT_EQ(TransportName(Transport::kInt64), "int64");
  EXPECT_EQ(TransportName(Transport::kJsonb), "jsonb");
  EXPECT_EQ(TransportName(Transport::kText), "text");
}

TEST(TransportName, RefusesAnUnknownNameAndNamesIt) {
  for (const std::string name : {"", "Int64", "int128", "text "}) {
    const Result<Transport> result = TransportFromName(name);
    ASSERT_TRUE(result.Is(Code::kInvalidArgument)) << name;
    EXPECT_NE(result.error().message.find("'" + name + "'"), std::string::npos);
  }
}

// Oids: PostgreSQL, src/include/catalog/pg_type.dat.
TEST(TransportOf, KnowsEachTypeThatArrowHoldsExactly) {
  const std::vector<std::pair<std::uint32_t, Transport>> known = {
      {16, Transport::kBool},          {17, Transport::kBinary},   {19, Transport::kString},
      {20, Transport::kInt64},         {21, Transport::kInt16},    {23, Transport::kInt32},
      {25, Transport::kString},        {26, Transport::kOid},      {114, Transport::kString},
      {142, Transport::kString},       {700, Transport::kFloat32}, {701, Transport::kFloat64},
      {790, Transport::kMoney},        {1042, Transport::kString}, {1043, Transport::kString},
      {1082, Transport::kDate},        {1083, Transport::kTime},   {1114, Transport::kTimestamp},
      {1184, Transport::kTimestampTz}, {3802, Transport::kJsonb},
  };
  for (const auto& [oid, transport] : known) {
    EXPECT_EQ(TransportOf(TypeOf(oid)), transport) << oid;
  }
}

TEST(TransportOf, SendsEverythingElseAsText) {
  // interval, timetz, inet, uuid, int4[], tsvector, "char", an enum's and the highest oid.
  for (const std::uint32_t oid :
       {1186U, 1266U, 869U, 2950U, 1007U, 3614U, 18U, 16'384U, 4'294'967'295U, 0U}) {
    EXPECT_EQ(TransportOf(TypeOf(oid)), Transport::kText) << oid;
  }
}

TEST(TransportOf, SendsNumericAsDecimalOnlyWhereEveryValueFits) {
  EXPECT_EQ(TransportOf(TypeOf(1700, NumericTypmod(10, 2))), Transport::kDecimal);
  EXPECT_EQ(TransportOf(TypeOf(1700, NumericTypmod(1, 0))), Transport::kDecimal);
  EXPECT_EQ(TransportOf(TypeOf(1700, NumericTypmod(38, 38))), Transport::kDecimal);
  EXPECT_EQ(TransportOf(TypeOf(1700, NumericTypmod(39, 0))), Transport::kText);
  EXPECT_EQ(TransportOf(TypeOf(1700, NumericTypmod(1000, 2))), Transport::kText);
  EXPECT_EQ(TransportOf(TypeOf(1700, NumericTypmod(5, -2))), Transport::kText);
  EXPECT_EQ(TransportOf(TypeOf(1700, NumericTypmod(3, 5))), Transport::kText);
  EXPECT_EQ(TransportOf(TypeOf(1700)), Transport::kText) << "numeric without a precision";
}

TEST(DecimalShapeOf, UnpacksTheTypmod) {
  for (const auto& [precision, scale] : std::vector<std::pair<std::int32_t, std::int32_t>>{
           {10, 2}, {38, 0}, {38, 38}, {1000, 1000}, {5, -2}, {2, -1000}}) {
    const DecimalShape shape = DecimalShapeOf(NumericTypmod(precision, scale));
    EXPECT_EQ(shape.precision, precision);
    EXPECT_EQ(shape.scale, scale);
  }
  // What the server itself says of numeric(10,2): select atttypmod from pg_attribute.
  EXPECT_EQ(NumericTypmod(10, 2), 655'366);
}

Column SomeColumn() {
  return {"rating", {1700, NumericTypmod(10, 2), "numeric(10,2)"}, false, Transport::kDecimal};
}

TEST(Column, IsEqualOnlyWhenNothingDiffers) {
  EXPECT_TRUE(SomeColumn() == SomeColumn());
  std::vector<Column> others(6, SomeColumn());
  others[0].name = "Rating";
  others[1].type.oid = 23;
  others[2].type.typmod = -1;
  others[3].type.formatted = "numeric";
  others[4].nullable = true;
  others[5].transport = Transport::kText;
  for (const Column& other : others) EXPECT_FALSE(other == SomeColumn());
}

TEST(TableSchema, KnowsItsId) {
  TableSchema schema{{SomeColumn(), SomeColumn()}, 1};
  schema.columns[1].name = "uuid";
  EXPECT_EQ(schema.id().name, "uuid");
}

}  // namespace
}  // namespace pgattic::model
