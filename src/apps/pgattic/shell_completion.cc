#include "shell_completion.h"

namespace pgattic::app {
namespace {

using Flags = std::vector<std::string>;

/// In single quotes; bash and zsh end them for one inside, fish escapes it.
std::string Quoted(const std::string& text, const std::string& inner) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? inner : std::string(1, c);
  return quoted + "'";
}
std::string Quoted(const std::string& text) { return Quoted(text, "'\\''"); }

/// The options without the arguments.
std::vector<OptionEntry> Named(const std::vector<OptionEntry>& entries) {
  std::vector<OptionEntry> named;
  for (const OptionEntry& entry : entries) {
    if (!entry.is_argument) named.push_back(entry);
  }
  return named;
}

std::string Words(const std::vector<OptionEntry>& entries) {
  std::string words;
  for (const OptionEntry& entry : Named(entries)) {
    for (const std::string& name : entry.names) words += (words.empty() ? "" : " ") + name;
  }
  return words;
}

std::string Bash(const CommandTable& table, const Flags& key_flags) {
  std::string commands;
  std::string cases;
  for (const CommandEntry& command : table.commands) {
    commands += (commands.empty() ? "" : " ") + command.name;
    cases += "    " + command.name + ") words+=" + Quoted(" " + Words(command.options)) + " ;;\n";
  }
  std::string keys;
  for (const std::string& flag : key_flags) keys += " " + flag;
  return "# bash completion for pgattic; made by `pgattic help --completion bash`\n"
         "_pgattic() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} commands=" +
         Quoted(commands) + " command='' words i\n  words=" + Quoted(Words(table.common)) +
         "\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \" $commands \" in *\" ${COMP_WORDS[i]} \"*) command=${COMP_WORDS[i]}; break ;; "
         "esac\n"
         "  done\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "  if [[ $word == -* ]]; then\n"
         "    words+=" +
         Quoted(keys) +
         "\n"
         "  elif [[ -z $command || $command == help ]]; then\n"
         "    words=$commands\n"
         "  else\n"
         "    words=''\n"
         "  fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "}\n"
         "complete -o bashdefault -o default -F _pgattic pgattic\n";
}

/// "'--json:print JSON'" for each name.
std::string Described(const std::vector<OptionEntry>& entries) {
  std::string items;
  for (const OptionEntry& entry : Named(entries)) {
    for (const std::string& name : entry.names) items += " " + Quoted(name + ":" + entry.help);
  }
  return items;
}

std::string Zsh(const CommandTable& table, const Flags& key_flags) {
  std::string commands;
  std::string cases;
  for (const CommandEntry& command : table.commands) {
    commands += "    " + Quoted(command.name + ":" + command.help) + "\n";
    cases += "    " + command.name + ") options+=(" + Described(command.options) + " ) ;;\n";
  }
  std::string keys;
  for (const std::string& flag : key_flags) keys += " " + Quoted(flag + ":configuration key");
  return "#compdef pgattic\n"
         "# zsh completion for pgattic; made by `pgattic help --completion zsh`\n"
         "_pgattic() {\n"
         "  local -a commands options\n"
         "  local command word\n"
         "  commands=(\n" +
         commands +
         "  )\n"
         "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
         "    if (( ${commands[(I)${word}:*]} )); then command=$word; break; fi\n"
         "  done\n"
         "  options=(" +
         Described(table.common) +
         " )\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "  if [[ $words[CURRENT] == -* ]]; then\n"
         "    options+=(" +
         keys +
         " )\n"
         "    _describe -o option options\n"
         "  elif [[ -z $command || $command == help ]]; then\n"
         "    _describe command commands\n"
         "  else\n"
         "    _files\n"
         "  fi\n"
         "}\n"
         "_pgattic \"$@\"\n";
}

std::string FishOptions(const std::string& condition, const std::vector<OptionEntry>& entries) {
  std::string lines;
  for (const OptionEntry& entry : Named(entries)) {
    lines += "complete -c pgattic" + condition;
    for (const std::string& name : entry.names) {
      const bool is_long = name.starts_with("--");
      lines += (is_long ? " -l " : " -s ") + name.substr(is_long ? 2 : 1);
    }
    lines +=
        std::string(entry.takes_value ? " -r" : "") + " -d " + Quoted(entry.help, "\\'") + "\n";
  }
  return lines;
}

std::string Fish(const CommandTable& table, const Flags& key_flags) {
  std::string text = "# fish completion for pgattic; made by `pgattic help --completion fish`\n" +
                     FishOptions("", table.common);
  for (const std::string& flag : key_flags) {
    text += "complete -c pgattic -r -l " + flag.substr(2) + " -d 'configuration key'\n";
  }
  for (const CommandEntry& command : table.commands) {
    text +=
        "complete -c pgattic -f -n '__fish_use_subcommand; or __fish_seen_subcommand_from help'"
        " -a " +
        command.name + " -d " + Quoted(command.help, "\\'") + "\n";
    text += FishOptions(" -n '__fish_seen_subcommand_from " + command.name + "'", command.options);
  }
  return text;
}

}  // namespace

Result<std::string> CompletionFor(const std::string& shell, const CommandTable& table,
                                  const std::vector<std::string>& key_flags) {
  if (shell == "bash") return Bash(table, key_flags);
  if (shell == "zsh") return Zsh(table, key_flags);
  if (shell == "fish") return Fish(table, key_flags);
  return {Code::kInvalidArgument,
          "there is no completion for '" + shell + "'; write bash, zsh or fish"};
}

}  // namespace pgattic::app
