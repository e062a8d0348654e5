#include <cstdio>
#include <nlohmann/json.hpp>

#include "app.h"
#include "archive/rollout.h"
#include "text_output.h"

namespace pgattic::app {
namespace {

using Json = nlohmann::ordered_json;

std::string Words(WallTime at) { return model::FormatInstant(at.time_since_epoch().count()); }

/// One source, looked at.
struct Looked {
  archive::RolloutState state;
  std::vector<catalog::RolloutEvent> events;
};

Json ToJson(const Looked& looked) {
  const archive::RolloutState& state = looked.state;
  const catalog::RolloutRecord& record = state.record;
  Json events = Json::array();
  for (const catalog::RolloutEvent& event : looked.events) {
    events.push_back({{"at", Words(event.at)},
                      {"revision", event.revision},
                      {"stage", event.stage},
                      {"event", event.event},
                      {"detail", event.detail},
                      {"who", event.who}});
  }
  const bool is_staged = state.stages > 0;
  return {{"source", record.source.Name()},
          {"stage", is_staged ? Json(record.stage) : Json(nullptr)},
          {"stages", state.stages},
          {"months", state.months},
          {"since", is_staged ? Json(Words(record.since)) : Json(nullptr)},
          {"held_since", record.held_since ? Json(Words(*record.held_since)) : Json(nullptr)},
          {"held_why", record.held_since ? Json(record.held_why) : Json(nullptr)},
          {"behind", state.behind},
          {"may_promote", state.verdict.may_promote},
          {"why", state.verdict.why},
          {"seen",
           {{"seconds", state.seen.seconds},
            {"answers", state.seen.answers},
            {"errors", state.seen.errors},
            {"slow", state.seen.slow},
            {"canaries", state.seen.canaries},
            {"ill", state.seen.ill}}},
          {"events", events}};
}

void Print(const std::vector<Looked>& all) {
  TextTable table({{"source"},
                   {"stage"},
                   {"months", Align::kRight},
                   {"since (UTC)"},
                   {"behind", Align::kRight},
                   {"next"}});
  for (const Looked& looked : all) {
    const archive::RolloutState& state = looked.state;
    const bool is_staged = state.stages > 0;
    std::string next = state.verdict.may_promote ? "may be promoted" : state.verdict.why;
    if (state.record.held_since) next = "held: " + state.record.held_why;
    table.Add({state.record.source.Name(),
               is_staged
                   ? std::to_string(state.record.stage) + " of " + std::to_string(state.stages)
                   : "none",
               std::to_string(state.months), is_staged ? Words(state.record.since) : "",
               std::to_string(state.behind), next});
  }
  std::printf("%s", table.ToString().c_str());
}

Result<Looked> LookAt(const archive::RolloutContext& rollout) {
  Looked looked;
  PGATTIC_ASSIGN_OR_RETURN(looked.state, archive::LookAtRollout(rollout));
  PGATTIC_ASSIGN_OR_RETURN(
      looked.events,
      catalog::RolloutJournal(rollout.connection).Events(rollout.ctx, rollout.source.id));
  return looked;
}

Status Act(const RolloutArguments& arguments, const archive::RolloutContext& rollout) {
  if (arguments.action == "hold") return archive::Hold(rollout, arguments.why);
  if (arguments.action == "resume") return archive::Resume(rollout);
  if (arguments.action == "promote") return archive::Promote(rollout, arguments.why);
  return Status::Ok();
}

/// The sources that were meant: all, but one alone where something is to be changed.
Result<std::vector<const OpenSource*>> Meant(const RolloutArguments& arguments,
                                             const std::vector<OpenSource>& sources) {
  std::vector<const OpenSource*> meant;
  for (const OpenSource& source : sources) {
    const bool is_named =
        NamesPartition(arguments.source, source.table.id.schema, source.table.id.table);
    if (arguments.source.empty() || is_named) meant.push_back(&source);
  }
  if (meant.empty()) {
    return {Code::kInvalidArgument,
            "no source is named " + arguments.source + "; `pgattic rollout status` lists them"};
  }
  if (arguments.action == "status" || meant.size() == 1) return meant;
  return {Code::kInvalidArgument,
          "several sources are configured; say which by --source schema.table"};
}

Status Rollout(const Invocation& invocation, const RolloutArguments& arguments) {
  PGATTIC_ASSIGN_OR_RETURN(Session session, Session::Open(invocation, true));
  PGATTIC_ASSIGN_OR_RETURN(const auto sources, OpenSources(invocation, session));
  PGATTIC_ASSIGN_OR_RETURN(const auto meant, Meant(arguments, sources));
  std::vector<Looked> all;
  for (const OpenSource* source : meant) {
    const archive::RolloutContext rollout{invocation.ctx, *session.connection, source->table,
                                          *source->options, invocation.config.rollout};
    PGATTIC_RETURN_IF_ERROR(Act(arguments, rollout));
    PGATTIC_ASSIGN_OR_RETURN(Looked looked, LookAt(rollout));
    all.push_back(std::move(looked));
  }
  if (!invocation.json) {
    Print(all);
    return Status::Ok();
  }
  Json list = Json::array();
  for (const Looked& looked : all) list.push_back(ToJson(looked));
  PrintJson({{"rollouts", list}});
  return Status::Ok();
}

}  // namespace

int RunRollout(const Invocation& invocation, const RolloutArguments& arguments) {
  Status status = Rollout(invocation, arguments);
  return status.ok() ? kDone : Report(status, invocation.json);
}

}  // namespace pgattic::app
