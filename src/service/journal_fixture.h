// JournalFixture: a server with an empty journal, and a clock that stands still.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/hash.h"
#include "catalog/journal_schema.h"
#include "pg/connection.h"
#include "sandbox/postgres_cluster.h"
#include "service/test_zones.h"

namespace pgattic::service {

/// One cluster for the whole program; a database of its own for each test.
class JournalFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string database = "t" + RandomHex(6);
    Run(*Open(Cluster().Url()), "CREATE DATABASE " + database);
    connect_ = {Cluster().Url(database), "test"};
    session_ = Open(connect_.conninfo);
    const Status made = catalog::InstallJournal(OpContext(), *session_, false);
    ASSERT_TRUE(made.ok()) << made.ToString();
  }

  static sandbox::PostgresCluster& Cluster() {
    static const std::unique_ptr<sandbox::PostgresCluster> cluster = [] {
      auto started = sandbox::PostgresCluster::Start(OpContext(), {});
      PGATTIC_CHECK(started.ok(), started.error().ToString());
      return std::move(*started);
    }();
    return *cluster;
  }
  static std::unique_ptr<pg::Connection> Open(const std::string& url) {
    auto opened = pg::Connection::Open(OpContext(), {url, "test"});
    PGATTIC_CHECK(opened.ok(), opened.error().ToString());
    return std::move(*opened);
  }
  static void Run(pg::Connection& connection, const std::string& sql) {
    const Status done = connection.ExecScript(OpContext(), sql);
    ASSERT_TRUE(done.ok()) << done.ToString();
  }
  /// First column of the first row.
  std::string One(const std::string& sql) {
    const auto rows = session_->Exec(OpContext(), sql);
    EXPECT_TRUE(rows.ok()) << sql << (rows.ok() ? "" : rows.error().ToString());
    return rows.ok() && !rows->empty() ? rows->Text(0, 0) : "";
  }

  OpContext ctx() { return {clock_, stop_.get_token()}; }

  ManualClock clock_{At("2024-01-01T12:00:00Z")};
  std::stop_source stop_;
  pg::ConnectOptions connect_;
  std::unique_ptr<pg::Connection> session_;
};

}  // namespace pgattic::service
