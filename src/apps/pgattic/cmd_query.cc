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
  const std::string folder =
      std::filesystem::absolute(arguments.output).parent_path().string() + "/.pgattic-spill";
  PGATTIC_ASSIGN_OR_RETURN(const auto answer, engine::ParquetAnswer::Make(invocation.ctx, folder));
  Result<engine::QueryCost> cost =
      Ask(invocation, arguments.ask, QueryOf(arguments), *answer, {file.working_path(), folder});
  if (!cost.ok()) return cost;
  PGATTIC_RETURN_IF_ERROR(answer->Write(invocation.ctx, file.working_path()));
  PGATTIC_RETURN_IF_ERROR(file.Keep());
  return cost;
}

Result<engine::QueryCost> ToText(const Invocation& invocation, const QueryArguments& arguments,
                                 const std::string& format) {
  WholeFile file(arguments.output);
  // A wrong word is told before a file is made.
  PGATTIC_RETURN_IF_ERROR(MakeAnswerOutput(format, stdout).status());
  PGATTIC_RETURN_IF_ERROR(file.Open());
  PGATTIC_ASSIGN_OR_RETURN(const auto output, MakeAnswerOutput(format, file.file()));
  std::vector<std::string> unfinished;
  if (!arguments.output.empty()) unfinished.push_back(file.working_path());
  Result<engine::QueryCost> cost =
      Ask(invocation, arguments.ask, QueryOf(arguments), *output, unfinished);
  if (!cost.ok()) return cost;
  PGATTIC_RETURN_IF_ERROR(output->Finish());
  PGATTIC_RETURN_IF_ERROR(file.Keep());
  return cost;
}

}  // namespace

int RunQuery(const Invocation& invocation, const QueryArguments& arguments) {
  const std::string format = FormatOf(invocation, arguments);
  const Result<engine::QueryCost> cost = format == "parquet"
                                             ? ToParquet(invocation, arguments)
                                             : ToText(invocation, arguments, format);
  if (!cost.ok()) return Report(cost.status(), invocation.json);
  TellCost(arguments.ask.engine, *cost);
  return kDone;
}

}  // namespace pgattic::app
