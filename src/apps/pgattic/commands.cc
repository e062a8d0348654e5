#include "commands.h"

#include "service/config_keys.h"
#include "service/engines.h"

namespace pgattic::app {
namespace {

/// Adds a command; `chosen` becomes `run` when it is the one typed.
CLI::App* Add(CLI::App& app, Common& common, const char* name, const char* help, Command& chosen,
              Command run) {
  CLI::App* command = app.add_subcommand(name, help);
  AddCommon(*command, common);
  command->callback([&chosen, run = std::move(run)] { chosen = run; });
  return command;
}

void AddReading(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  CLI::App* status = Add(app, common, "status", "show where every archive stands", chosen,
                         [&a](const Invocation& i) { return RunStatus(i, a.events_of); });
  status->add_option("--events", a.events_of, "the event log of this partition");
  CLI::App* verify = Add(app, common, "verify", "read parts back whole and prove them again",
                         chosen, [&a](const Invocation& i) { return RunVerify(i, a.verify); });
  verify->add_option("partition", a.verify, "its name, or schema.name; all when none is named");
  CLI::App* get = Add(app, common, "get", "print rows by id, wherever they lie", chosen,
                      [&a](const Invocation& i) { return RunGet(i, a.get); });
  CLI::App* serve = Add(app, common, "serve", "answer by HTTP: rows by id, metrics, a status page",
                        chosen, RunServe);
  serve->add_option_function<std::string>(
      "--listen", [&common](const std::string& text) { common.keys["serve.listen"] = text; },
      "HOST:PORT (default: 127.0.0.1:8080); port 0 takes a free one");
  get->add_option("id", a.get.ids, "ids; one JSON object a line for each")->required();
  get->add_option("--source", a.get.source, "schema.table, where several are configured");
  get->add_option("--created-at", a.get.created_at, "value of the partition column");
}

void AddAnalytics(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  CLI::App* ddl = Add(app, common, "ddl", "print the definition of the table over the archives",
                      chosen, [&a](const Invocation& i) { return RunDdl(i, a.ddl); });
  ddl->add_option("dialect", a.ddl.dialect, "athena, trino, duckdb or glue")->required();
  ddl->add_option("--source", a.ddl.source, "schema.table, where several are configured");
}

void AddAsk(CLI::App& command, AskArguments& ask) {
  command.add_option("--engine", ask.engine,
                     "which engine answers: " + service::EngineNames() +
                         " (default: engine.default of the configuration)");
  command.add_option("--max-bytes", ask.max_bytes,
                     "100MiB, 2GiB: DuckDB begins nothing that may read more; Trino and Athena, "
                     "which foresee nothing, end what has read more, with an error");
  command.add_option("--timeout", ask.timeout, "give up after this time: 30s, 5m");
}

void ChooseEngine(const Invocation& invocation, AskArguments& ask) {
  if (ask.engine.empty()) ask.engine = invocation.config.engine.default_engine;
}

void AddAsking(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  CLI::App* query =
      Add(app, common, "query", "ask the archive in SQL", chosen, [&a](const Invocation& i) {
        ChooseEngine(i, a.query.ask);
        return RunQuery(i, a.query);
      });
  query
      ->add_option("sql", a.query.sql,
                   "one query; views: archive, a view of each source, and games_all")
      ->required();
  query->add_option("--param", a.query.parameters, "value of the next ?; repeatable")
      ->allow_extra_args(false);
  query->add_option("--format", a.query.format, "table, csv, json or parquet (default: table)");
  query->add_option("-o,--output", a.query.output, "write there, not to standard output");
  query->add_flag("--explain", a.query.explain, "show the engine's plan, run nothing");
  AddAsk(*query, a.query.ask);
  CLI::App* report = Add(app, common, "report", "render a ready-made report on games", chosen,
                         [&a](const Invocation& i) {
                           ChooseEngine(i, a.report.ask);
                           return RunGamesReport(i, a.report);
                         });
  report->add_option("name", a.report.name, "its name; --list has all");
  report->add_flag("--list", a.report.list, "list the reports and end");
  report->add_option("--svg", a.report.svg, "draw it into this file");
  report->add_option("--html", a.report.html, "write a page with drawing and table");
  AddAsk(*report, a.report.ask);
}

std::string PhaseNames() {
  std::string names;
  for (const model::Phase phase : model::kAllPhases) {
    names += (names.empty() ? "" : ", ") + std::string(model::PhaseName(phase));
  }
  return names;
}

void AddWriting(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  Add(app, common, "init", "make or upgrade the schema pgattic, probe the store", chosen, RunInit);
  Add(app, common, "plan", "show which partitions can be archived, and why not", chosen,
      [](const Invocation& i) { return RunPlan(i, false); });
  CLI::App* archive =
      Add(app, common, "archive", "archive what is old enough, or go on where it stopped", chosen,
          [&a](const Invocation& i) { return RunArchive(i, a.archive); });
  archive->add_option("--partition", a.archive.partitions,
                      "only this one, NAME or SCHEMA.NAME; repeatable");
  archive->add_option("--until", a.archive.until, "stop at this phase: " + PhaseNames());
  archive->add_flag("--dry-run", a.archive.dry_run, "only say what would be done");
  archive->add_flag("--allow-shrink", a.archive.allow_shrink,
                    "publish although rows were deleted since the last generation");
  archive->add_flag("--accept-lost-table", a.archive.accept_lost_table,
                    "close an archive whose table was dropped by hand, its parts read back whole");
}

void AddRollout(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  CLI::App* rollback =
      Add(app, common, "rollback", "before the drop, make an archived partition one again", chosen,
          [&a](const Invocation& i) { return RunRollback(i, a.rollback); });
  rollback->add_option("partition", a.rollback.partition, "its name, or schema.name")->required();
  rollback->add_flag("--allow-shrink", a.rollback.allow_shrink,
                     "roll back although the table lacks rows that the archive holds");
  CLI::App* rollout =
      Add(app, common, "rollout", "show a staged roll-out; hold, resume or promote it", chosen,
          [&a](const Invocation& i) { return RunRollout(i, a.rollout); });
  rollout->add_option("action", a.rollout.action, "status (default), hold, resume, promote")
      ->check(CLI::IsMember({"status", "hold", "resume", "promote"}));
  rollout->add_option("--source", a.rollout.source, "schema.table, where several are configured");
  rollout->add_option("--why", a.rollout.why, "noted in the event log");
}

void AddUpkeep(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  CLI::App* erase =
      Add(app, common, "erase", "take rows of these ids out of tables, archives, copies and caches",
          chosen, [&a](const Invocation& i) { return RunErase(i, a.erase); });
  erase->add_option("id", a.erase.ids, "ids of rows");
  erase->add_option("--ids-file", a.erase.ids_file, "file of ids, one a line; - is stdin");
  CLI::Option* where = erase->add_option(
      "--where", a.erase.where, "the rows for which this SQL is true; shown first, needs --yes");
  erase->add_option("--max-ids", a.erase.max_ids, "--where may find so many (default: 1000)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->needs(where);
  erase->add_flag("--yes", a.erase.yes, "erase what --where finds")->needs(where);
  erase->add_option("--source", a.erase.source, "schema.table, where several are configured");
  erase->add_flag("--dry-run", a.erase.dry_run, "only say what would be erased");
  CLI::App* scrub =
      Add(app, common, "scrub", "read archives again, mend what is damaged, remove leftovers",
          chosen, [&a](const Invocation& i) { return RunScrub(i, a.scrub); });
  scrub->add_option("--max-bytes", a.scrub.max_bytes, "read at most this, e.g. 50GiB");
}

void AddRestoring(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  CLI::App* restore =
      Add(app, common, "restore", "after the drop, make an archived partition one again", chosen,
          [&a](const Invocation& i) { return RunRestore(i, a.restore); });
  restore->add_option("partition", a.restore.partition, "its name, or schema.name")->required();
  restore->add_option("--ids", a.restore.ids_file,
                      "only the rows with these ids: a file, one a line");
  restore->add_option("--into", a.restore.into,
                      "TABLE or SCHEMA.TABLE that takes them: a new one, or an empty one");
  CLI::App* reconcile =
      Add(app, common, "reconcile",
          "after a recovery or failover of PostgreSQL, say what differs from the bucket", chosen,
          [&a](const Invocation& i) { return RunReconcile(i, a.repair); });
  reconcile->add_flag("--repair", a.repair, "make it whole");
  Add(app, common, "rebuild", "make a lost journal anew from the bucket's metadata", chosen,
      RunRebuild);
}

void AddTrying(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  CLI::App* doctor = Add(app, common, "doctor", "check server, store and journal", chosen,
                         [&a](const Invocation& i) { return RunDoctor(i, a.list_failpoints); });
  doctor->add_flag("--list-failpoints", a.list_failpoints, "list them and end");
  CLI::App* demo = Add(app, common, "demo", "archive generated games from a throwaway PostgreSQL",
                       chosen, [&a](const Invocation& i) { return RunDemo(i, a.demo_folder); });
  demo->add_option("--folder", a.demo_folder, "keep the archive here");
}

}  // namespace

void AddCommon(CLI::App& app, Common& common) {
  app.add_option("-c,--config", common.file, "configuration file (TOML), else PGATTIC_CONFIG");
  app.add_option("--set", common.sets, "KEY=VALUE, over file and environment; repeatable")
      ->allow_extra_args(false);
  app.add_flag("--json", common.json, "print JSON");
  app.add_flag("-v,--verbose", common.verbose, "log every step to stderr");
  for (const std::string& key : service::AllKeys()) {
    app.add_option_function<std::string>(
           service::FlagOf(key),
           [&common, key](const std::string& text) { common.keys[key] = text; }, key)
        ->group("");
  }
}

void AddCommands(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  AddWriting(app, common, chosen, a);
  AddRollout(app, common, chosen, a);
  AddUpkeep(app, common, chosen, a);
  AddRestoring(app, common, chosen, a);
  AddTrying(app, common, chosen, a);
  AddReading(app, common, chosen, a);
  AddAnalytics(app, common, chosen, a);
  AddAsking(app, common, chosen, a);
}

}  // namespace pgattic::app
