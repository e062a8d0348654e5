#include "service/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "service/config_keys.h"

namespace pgattic::service {
namespace {

constexpr std::string_view kSourceSection = "source.";

std::string At(const std::string& file, const toml::node& node) {
  return file + ":" + std::to_string(node.source().begin.line) + ": ";
}

Status Bad(const std::string& where, const std::string& what) {
  return {Code::kInvalidArgument, where + what + "; nothing was changed"};
}

std::optional<std::string> LeafText(const toml::node& node);

/// {months = 6, soak = "14d"} as "months=6 soak=14d"; nullopt where a value has no plain text.
std::optional<std::string> EntryText(const toml::table& table) {
  std::string joined;
  for (const auto& [key, value] : table) {
    const std::optional<std::string> text =
        value.is_array() || value.is_table() ? std::nullopt : LeafText(value);
    if (!text || text->find_first_of(", =") != std::string::npos) return std::nullopt;
    joined += (joined.empty() ? "" : " ") + std::string(key.str()) + "=" + *text;
  }
  return joined;
}

/// The value of a leaf as text, that of a list joined by commas; nullopt for tables, but for
/// those of a list.
std::optional<std::string> LeafText(const toml::node& node) {
  if (const auto* list = node.as_array()) {
    std::string joined;
    for (const toml::node& item : *list) {
      const auto* text = item.as_string();
      const auto* table = item.as_table();
      const std::optional<std::string> entry = table != nullptr  ? EntryText(*table)
                                               : text != nullptr ? std::optional(text->get())
                                                                 : std::nullopt;
      if (!entry || entry->find(',') != std::string::npos) return std::nullopt;
      joined += (joined.empty() ? "" : ",") + *entry;
    }
    return joined;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return std::nullopt;
}

template <typename Keys>
std::vector<std::string> NamesOf(const Keys& keys) {
  std::vector<std::string> names;
  for (const auto& key : keys) names.push_back(key.name);
  return names;
}

std::string DidYouMean(const std::string& near) {
  if (near.empty()) return "; `pgattic --help` lists the keys";
  return "; did you mean '" + near + "'?";
}

/// Sets `name` in `target` by the table of keys, with errors that say where it stands.
template <typename Keys, typename Target>
Status SetKey(const Keys& keys, Target& target, const std::string& name,
              const std::optional<std::string>& text, const std::string& where) {
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const auto& candidate) { return candidate.name == name; });
  if (key == keys.end()) {
    return Bad(where, "unknown key '" + name + "'" + DidYouMean(NearestKey(name, NamesOf(keys))));
  }
  if (!text) return Bad(where, "'" + name + "' takes a string, a number, true or false");
  Status status = key->set(target, *text);
  if (status.ok()) return status;
  return Bad(where, name + ": " + status.error().message);
}

/// Puts a configuration together from its places, one after the other. Used once.
class Loader {
 public:
  Status ReadFile(const std::string& file);
  Status ReadEnvironment(const std::map<std::string, std::string>& env);
  /// `key` as in the file; "source.table" is the table of the one source.
  Status Set(const std::string& key, const std::string& text, const std::string& where);
  /// What can only be judged when everything was read.
  Result<Config> Finish();

 private:
  Status ReadTable(const toml::table& root);
  Status ReadSources(const toml::node& node);
  Status ReadSource(const toml::table& table);

  std::string file_;
  Config config_;
  std::vector<std::string> wheres_;  ///< Of each source.
};

Status Loader::ReadSource(const toml::table& table) {
  archive::SourceOptions source;
  for (const auto& [key, node] : table) {
    PGATTIC_RETURN_IF_ERROR(
        SetKey(SourceKeys(), source, std::string(key.str()), LeafText(node), At(file_, node)));
  }
  config_.sources.push_back(std::move(source));
  wheres_.push_back(At(file_, table));
  return Status::Ok();
}

Status Loader::ReadSources(const toml::node& node) {
  const toml::array* sources = node.as_array();
  if (sources == nullptr) return Bad(At(file_, node), "write [[source]], with two brackets");
  for (const toml::node& item : *sources) {
    const toml::table* table = item.as_table();
    if (table == nullptr) return Bad(At(file_, item), "a source is a table");
    PGATTIC_RETURN_IF_ERROR(ReadSource(*table));
  }
  return Status::Ok();
}

Status Loader::ReadTable(const toml::table& root) {
  for (const auto& [section, node] : root) {
    const std::string name(section.str());
    if (name == "source") {
      PGATTIC_RETURN_IF_ERROR(ReadSources(node));
      continue;
    }
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      PGATTIC_RETURN_IF_ERROR(SetKey(ConfigKeys(), config_, name, LeafText(node), At(file_, node)));
      continue;
    }
    for (const auto& [key, leaf] : *table) {
      PGATTIC_RETURN_IF_ERROR(SetKey(ConfigKeys(), config_, name + "." + std::string(key.str()),
                                     LeafText(leaf), At(file_, leaf)));
    }
  }
  return Status::Ok();
}

Status Loader::ReadFile(const std::string& file) {
  file_ = file;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    return {Code::kInvalidArgument, "there is no configuration file " + file};
  }
  if (std::filesystem::is_directory(file, error)) {
    return {Code::kInvalidArgument, file + " is a folder; -c takes a configuration file"};
  }
  std::ifstream stream(file);
  if (!stream)
    return {Code::kInvalidArgument, "the configuration file " + file + " cannot be read"};
  try {
    return ReadTable(toml::parse(stream, file));
  } catch (const toml::parse_error& failure) {
    return Bad(file + ":" + std::to_string(failure.source().begin.line) + ": ",
               std::string(failure.description()));
  }
}

/// Variables of the program that are no keys, and those of the project's own tests.
bool IsNoKey(const std::string& variable) {
  static constexpr std::array kNames = {
      "PGATTIC_CONFIG",      "PGATTIC_FAILPOINT", "PGATTIC_BIN",  "PGATTIC_PG_BIN",
      "PGATTIC_THIRD_PARTY", "PGATTIC_VERSITYGW", "PGATTIC_SEED", "PGATTIC_SEEDS",
      "PGATTIC_SOURCE_DIR",  "PGATTIC_MATRIX"};
  static constexpr std::array kBeginnings = {"PGATTIC_TEST_", "PGATTIC_TORTURE_", "PGATTIC_BENCH_"};
  return std::find(kNames.begin(), kNames.end(), variable) != kNames.end() ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](const char* beginning) { return variable.starts_with(beginning); });
}

Status Loader::ReadEnvironment(const std::map<std::string, std::string>& env) {
  std::map<std::string, std::string> keys;  // By variable.
  std::vector<std::string> variables;
  for (const std::string& key : AllKeys()) {
    variables.push_back(VariableOf(key));
    keys[variables.back()] = key;
  }
  for (const auto& [variable, text] : env) {
    if (!variable.starts_with("PGATTIC_") || IsNoKey(variable)) continue;
    const auto key = keys.find(variable);
    if (key == keys.end()) {
      return Bad("", "the variable " + variable + " is no key" +
                         DidYouMean(NearestKey(variable, variables)));
    }
    PGATTIC_RETURN_IF_ERROR(Set(key->second, text, variable + ": "));
  }
  return Status::Ok();
}

Status Loader::Set(const std::string& key, const std::string& text, const std::string& where) {
  if (!key.starts_with(kSourceSection)) return SetKey(ConfigKeys(), config_, key, text, where);
  if (config_.sources.size() > 1) {
    return Bad(where, key + " is for one source; the file has " +
                          std::to_string(config_.sources.size()) + ": set it there");
  }
  if (config_.sources.empty()) {
    config_.sources.emplace_back();
    wheres_.push_back(where);
  }
  return SetKey(SourceKeys(), config_.sources.front(), key.substr(kSourceSection.size()), text,
                where);
}

/// True when the second store is the first once more.
bool CopiesToItself(const Config& config) {
  // By its name in the path: an absolute folder, or a bucket and a prefix.
  const auto place = [](const std::string& url) {
    return std::filesystem::path(url.substr(url.find("://") + 3) + "/").lexically_normal();
  };
  const std::string& first = config.archive_url;
  const std::string& second = config.lookup.copy_url;
  if (second.empty() || first.substr(0, 5) != second.substr(0, 5)) return false;
  const std::string& endpoint = config.copy_s3.endpoint;
  const bool is_elsewhere =
      second.starts_with("s3://") && !endpoint.empty() && endpoint != config.s3.endpoint;
  return !is_elsewhere && place(first) == place(second);
}

Result<Config> Loader::Finish() {
  if (CopiesToItself(config_)) {
    return Bad("", "copy.url names the archive's own store, " + config_.lookup.copy_url +
                       ": that is no second one; write another bucket, prefix or folder, or "
                       "leave it out");
  }
  for (std::size_t i = 0; i < config_.sources.size(); ++i) {
    const archive::SourceOptions& source = config_.sources[i];
    if (source.table.name.empty() || source.id_column.empty()) {
      return Bad(wheres_[i], "a [[source]] needs table and id_column");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (!(config_.sources[j].table == source.table)) continue;
      return Bad(wheres_[i], "a second [[source]] for " + source.table.Plain() +
                                 "; a table has one, remove either");
    }
  }
  return std::move(config_);
}

}  // namespace

std::vector<std::string> AllKeys() {
  std::vector<std::string> keys = NamesOf(ConfigKeys());
  for (const SourceKey& key : SourceKeys()) keys.push_back(std::string(kSourceSection) + key.name);
  return keys;
}

Result<Config> LoadConfig(const std::string& file, const std::map<std::string, std::string>& env,
                          const std::vector<Override>& overrides) {
  Loader loader;
  if (!file.empty()) PGATTIC_RETURN_IF_ERROR(loader.ReadFile(file));
  PGATTIC_RETURN_IF_ERROR(loader.ReadEnvironment(env));
  for (const Override& set : overrides) {
    PGATTIC_RETURN_IF_ERROR(loader.Set(set.key, set.text, set.where + ": "));
  }
  return loader.Finish();
}

std::string DescribeConfig() {
  std::string text;
  const auto line = [&](const std::string& name, const std::string& fallback,
                        const std::string& help) {
    text += "  " + name + std::string(name.size() < 28 ? 28 - name.size() : 1, ' ') + help +
            (fallback.empty() ? "" : " (default: " + fallback + ")") + "\n";
  };
  for (const ConfigKey& key : ConfigKeys()) line(key.name, key.fallback, key.help);
  text += "  in each [[source]]:\n";
  for (const SourceKey& key : SourceKeys()) line("  " + key.name, key.fallback, key.help);
  return text;
}

}  // namespace pgattic::service
