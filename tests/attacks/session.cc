#include "session.h"

#include <gtest/gtest.h>
#include <libpq-fe.h>

namespace pgattic::test {

Session::Session(const std::string& url) : conn_(PQconnectdb(url.c_str())) {
  EXPECT_EQ(PQstatus(conn_), CONNECTION_OK) << PQerrorMessage(conn_);
  PQsetNoticeProcessor(
      conn_, [](void*, const char*) {}, nullptr);
}

Session::~Session() { PQfinish(conn_); }

std::string Session::Drain(std::vector<std::string>* rows) {
  std::string error;
  while (PGresult* result = PQgetResult(conn_)) {
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR) {
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      error = state != nullptr ? state : "08006";
    } else if (status == PGRES_TUPLES_OK && rows != nullptr) {
      rows->clear();
      for (int i = 0; i < PQntuples(result); ++i) rows->emplace_back(PQgetvalue(result, i, 0));
    }
    PQclear(result);
  }
  return error;
}

std::vector<std::string> Session::Rows(const std::string& sql) {
  std::vector<std::string> rows;
  Start(sql);
  const std::string error = Drain(&rows);
  EXPECT_EQ(error, "") << sql << ": " << PQerrorMessage(conn_);
  return rows;
}

std::string Session::One(const std::string& sql) {
  const std::vector<std::string> rows = Rows(sql);
  return rows.empty() ? "" : rows.front();
}

std::string Session::Error(const std::string& sql) {
  Start(sql);
  return Drain(nullptr);
}

void Session::Start(const std::string& sql) {
  EXPECT_EQ(PQsendQuery(conn_, sql.c_str()), 1) << PQerrorMessage(conn_);
}

bool Session::IsBusy() {
  EXPECT_EQ(PQconsumeInput(conn_), 1) << PQerrorMessage(conn_);
  return PQisBusy(conn_) != 0;
}

std::string Session::Finish() { return Drain(nullptr); }

int Session::pid() const { return PQbackendPID(conn_); }

}  // namespace pgattic::test
