#include "service/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>

#include "service/config_keys.h"

namespace pgattic::service {
namespace {

std::string At(const std::string& file, const toml::node& node) {
  return file + ":" + std::to_string(node.source().begin.line) + ": ";
}

Status Bad(const std::string& where, const std::string& what) {
  return {Code::kInvalidArgument, where + what + "; nothing was changed"};
}

/// The value of a leaf as text; nullopt for tables and arrays.
std::optional<std::string> LeafText(const toml::node& node) {
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

/// Sets `name` in `target` by the table of keys, with errors that say where it stands.
template <typename Keys, typename Target>
Status SetKey(const Keys& keys, Target& target, const std::string& name,
              const std::optional<std::string>& text, const std::string& where) {
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const auto& candidate) { return candidate.name == name; });
  if (key == keys.end()) {
    return Bad(where, "unknown key '" + name + "'; did you mean '" +
                          NearestKey(name, NamesOf(keys)) + "'?");
  }
  if (!text) return Bad(where, "'" + name + "' takes a string, a number, true or false");
  Status status = key->set(target, *text);
  if (status.ok()) return status;
  return Bad(where, name + ": " + status.error().message);
}

Status ReadSource(const toml::table& table, const std::string& file, Config& config) {
  archive::SourceOptions source;
  for (const auto& [key, node] : table) {
    PGATTIC_RETURN_IF_ERROR(
        SetKey(SourceKeys(), source, std::string(key.str()), LeafText(node), At(file, node)));
  }
  if (source.table.name.empty() || source.id_column.empty()) {
    return Bad(At(file, table), "a [[source]] needs table and id_column");
  }
  config.sources.push_back(std::move(source));
  return Status::Ok();
}

Status ReadSources(const toml::node& node, const std::string& file, Config& config) {
  const toml::array* sources = node.as_array();
  if (sources == nullptr) return Bad(At(file, node), "write [[source]], with two brackets");
  for (const toml::node& item : *sources) {
    const toml::table* table = item.as_table();
    if (table == nullptr) return Bad(At(file, item), "a source is a table");
    PGATTIC_RETURN_IF_ERROR(ReadSource(*table, file, config));
  }
  return Status::Ok();
}

Status ReadTable(const toml::table& root, const std::string& file, Config& config) {
  for (const auto& [section, node] : root) {
    const std::string name(section.str());
    if (name == "source") {
      PGATTIC_RETURN_IF_ERROR(ReadSources(node, file, config));
      continue;
    }
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      PGATTIC_RETURN_IF_ERROR(SetKey(ConfigKeys(), config, name, LeafText(node), At(file, node)));
      continue;
    }
    for (const auto& [key, leaf] : *table) {
      PGATTIC_RETURN_IF_ERROR(SetKey(ConfigKeys(), config, name + "." + std::string(key.str()),
                                     LeafText(leaf), At(file, leaf)));
    }
  }
  return Status::Ok();
}

Status ReadFile(const std::string& file, Config& config) {
  if (!std::filesystem::exists(file)) {
    return {Code::kInvalidArgument, "there is no configuration file " + file};
  }
  try {
    return ReadTable(toml::parse_file(file), file, config);
  } catch (const toml::parse_error& error) {
    return Bad(file + ":" + std::to_string(error.source().begin.line) + ": ",
               std::string(error.description()));
  }
}

}  // namespace

Result<Config> LoadConfig(const std::string& file, const std::map<std::string, std::string>& env,
                          const std::map<std::string, std::string>& overrides) {
  Config config;
  if (!file.empty()) PGATTIC_RETURN_IF_ERROR(ReadFile(file, config));
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string variable = VariableOf(key.name);
    if (const auto found = env.find(variable); found != env.end()) {
      PGATTIC_RETURN_IF_ERROR(
          SetKey(ConfigKeys(), config, key.name, found->second, variable + ": "));
    }
  }
  for (const auto& [name, text] : overrides) {
    PGATTIC_RETURN_IF_ERROR(SetKey(ConfigKeys(), config, name, text, "--set: "));
  }
  return config;
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
