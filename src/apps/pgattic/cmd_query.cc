#include <cstdio>
#include <filesystem>

#include "answer_output.h"
#include "app.h"
#include "asking.h"
#include "engine/parquet_answer.h"

namespace pgattic::app {
namespace {

/// `--format` in words, where none was typed.
std::string FormatOf(const Invocation& invocation, const QueryArguments& arguments) {
  if (!arguments.format.empty()) return arguments.format;
  return invocation.json ? "json" : "table";
}

engine::Query QueryOf(const QueryArguments& arguments) {
  engine::Query query;
  query.sql = (arguments.explain ? "EXPLAIN " : "") + arguments.sql;
  for (const std::string& value : arguments.parameters) query.parameters.emplace_back(value);
  return query;
}

Result<engine::QueryCost> ToParquet(const Invocation& invocation, const QueryArguments& arguments) {
  if (arguments.output.empty()) {
    return {Code::kInvalidArgument, "--format parquet needs a file; write --output FILE"};
  }
  WholeFile file(arguments.output);
  PGATTIC_RETURN_IF_ERROR(file.Open());
  const std::string folder = std::filesystem::absolute(file.working_path()).string() + ".spill";
  PGATTIC_ASSIGN_OR_RETURN(const auto answer, engine::ParquetAnswer::Make(invocation.ctx, folder));
  Result<engine::QueryCost> cost = Ask(invocation, arguments.ask, QueryOf(arguments), *answer,
                                       {{file.working_path(), folder}, nullptr});
  if (!cost.ok()) return cost;
  PGATTIC_RETURN_IF_ERROR(answer->Write(invocation.ctx, file.working_path()));
  PGATTIC_RETURN_IF_ERROR(file.Keep());
  return cost;
}

Result<engine::QueryCost> ToText(const Invocation& invocation, const QueryArguments& arguments,
                                 WholeFile& file, AnswerOutput& output) {
  Unfinished unfinished;
  if (arguments.output.empty()) {
    unfinished.on_stdout = &output;
  } else {
    unfinished.files.push_back(file.working_path());
  }
  Result<engine::QueryCost> cost =
      Ask(invocation, arguments.ask, QueryOf(arguments), output, unfinished);
  if (!cost.ok()) return cost;
  PGATTIC_RETURN_IF_ERROR(output.Finish());
  PGATTIC_RETURN_IF_ERROR(file.Keep());
  return cost;
}

int Told(const Invocation& invocation, const QueryArguments& arguments,
         const Result<engine::QueryCost>& cost, const AnswerOutput* on_stdout) {
  if (!cost.ok()) return ReportEnd(cost.status(), invocation.json, on_stdout);
  TellCost(arguments.ask.engine, *cost);
  return kDone;
}

}  // namespace

int RunQuery(const Invocation& invocation, const QueryArguments& arguments) {
  const std::string format = FormatOf(invocation, arguments);
  if (format == "parquet") {
    return Told(invocation, arguments, ToParquet(invocation, arguments), nullptr);
  }
  // A wrong word is told before a file is made.
  if (const Status known = MakeAnswerOutput(format, stdout).status(); !known.ok()) {
    return Report(known, invocation.json);
  }
  WholeFile file(arguments.output);
  if (const Status opened = file.Open(); !opened.ok()) return Report(opened, invocation.json);
  const std::unique_ptr<AnswerOutput> output = MakeAnswerOutput(format, file.file()).value();
  return Told(invocation, arguments, ToText(invocation, arguments, file, *output),
              arguments.output.empty() ? output.get() : nullptr);
}

}  // namespace pgattic::app
