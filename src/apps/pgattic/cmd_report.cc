#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "analytics/plot.h"
#include "analytics/reports.h"
#include "answer_output.h"
#include "app.h"
#include "asking.h"
#include "service/engines.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

using analytics::Figure;

/// Holds a report's answer, which is short, with the types of its columns.
class FigureSink final : public engine::AnswerSink {
 public:
  Status Columns(const std::vector<engine::AnswerColumn>& columns) override {
    types = columns;
    for (const engine::AnswerColumn& column : columns) figure.columns.push_back(column.name);
    return Status::Ok();
  }
  Status Row(std::span<const engine::AnswerValue> values) override {
    figure.rows.emplace_back(values.begin(), values.end());
    return Status::Ok();
  }
  Figure figure;
  std::vector<engine::AnswerColumn> types;
};

int ListReports(bool json) {
  if (json) {
    auto list = nlohmann::ordered_json::array();
    for (const analytics::Report& report : analytics::Reports()) {
      list.push_back({{"name", report.name}, {"title", report.title}, {"sql", report.sql}});
    }
    PrintJson({{"reports", list}});
    return kDone;
  }
  TextTable table({{"report"}, {"what it says"}});
  for (const analytics::Report& report : analytics::Reports()) {
    table.Add({std::string(report.name), std::string(report.title)});
  }
  std::printf("%s", table.ToString().c_str());
  return kDone;
}

Status WriteFile(const std::string& path, const std::string& text) {
  WholeFile file(path);
  PGATTIC_RETURN_IF_ERROR(file.Open());
  if (std::fwrite(text.data(), 1, text.size(), file.file()) != text.size()) {
    return {Code::kResourceExhausted, "cannot write " + path + "; is the disk full?"};
  }
  return file.Keep();
}

Status Print(const FigureSink& answer, bool json) {
  PGATTIC_ASSIGN_OR_RETURN(const auto output, MakeAnswerOutput(json ? "json" : "table", stdout));
  PGATTIC_RETURN_IF_ERROR(output->Columns(answer.types));
  for (const auto& row : answer.figure.rows) PGATTIC_RETURN_IF_ERROR(output->Row(row));
  return output->Finish();
}

Status CheckGames(const service::Config& config) {
  const bool has_games = std::any_of(config.sources.begin(), config.sources.end(),
                                     [](const auto& source) { return source.is_games; });
  if (has_games) return Status::Ok();
  return {Code::kInvalidArgument,
          "reports are of games, and no [[source]] has profile = \"games\"; `pgattic query` asks "
          "of any table"};
}

Status Render(const Invocation& invocation, const ReportArguments& arguments) {
  PGATTIC_ASSIGN_OR_RETURN(const analytics::Report* report, analytics::FindReport(arguments.name));
  PGATTIC_RETURN_IF_ERROR(CheckGames(invocation.config));
  FigureSink answer;
  answer.figure.title = report->title;
  PGATTIC_ASSIGN_OR_RETURN(const engine::QueryCost cost,
                           Ask(invocation, arguments.ask,
                               {analytics::SqlOf(*report, service::GamesTable(arguments.ask.engine),
                                                 arguments.ask.engine),
                                {},
                                {}},
                               answer));
  if (!arguments.svg.empty()) {
    PGATTIC_ASSIGN_OR_RETURN(const std::string svg,
                             analytics::DrawSvg(answer.figure, report->plot));
    PGATTIC_RETURN_IF_ERROR(WriteFile(arguments.svg, svg));
  }
  if (!arguments.html.empty()) {
    PGATTIC_RETURN_IF_ERROR(
        WriteFile(arguments.html, analytics::DrawHtml(answer.figure, report->plot)));
  }
  if (arguments.svg.empty() && arguments.html.empty()) {
    PGATTIC_RETURN_IF_ERROR(Print(answer, invocation.json));
  }
  TellCost(arguments.ask.engine, cost);
  return Status::Ok();
}

}  // namespace

int RunGamesReport(const Invocation& invocation, const ReportArguments& arguments) {
  if (arguments.list) return ListReports(invocation.json);
  const Status rendered = Render(invocation, arguments);
  return rendered.ok() ? kDone : Report(rendered, invocation.json);
}

}  // namespace pgattic::app
