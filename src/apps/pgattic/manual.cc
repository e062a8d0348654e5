#include "manual.h"

#include <cstdint>
#include <cstdio>

#include "app.h"
#include "service/config_keys.h"

namespace pgattic::app {
namespace {

/// The code point at `at`, which is moved past it. `text` is UTF-8: it is our own.
std::uint32_t NextCodePoint(const std::string& text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  std::uint32_t point = first & (0x3FU >> more);
  for (int i = 0; i < more && at < text.size(); ++i) {
    point = point << 6 | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  return point;
}

/// As roff prints it and takes for no request: groff_char(7).
std::string Roff(const std::string& text) {
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t point = NextCodePoint(text, at);
    if (point >= 0x80) {
      char name[16];
      std::snprintf(name, sizeof(name), "\\[u%04X]", static_cast<unsigned>(point));
      out += name;
    } else if (point == '\\') {
      out += "\\e";
    } else if (point == '-') {
      out += "\\-";
    } else {
      out += point == '\n' ? ' ' : static_cast<char>(point);
    }
  }
  return out;
}

std::string Tagged(const std::string& tag, const std::string& text) {
  return ".TP\n" + tag + "\n" + (text.empty() ? "\\&" : Roff(text)) + "\n";
}

std::string Bold(const std::string& text) { return "\\fB" + Roff(text) + "\\fR"; }
std::string Italic(const std::string& text) { return "\\fI" + Roff(text) + "\\fR"; }

std::string TagOf(const OptionEntry& option) {
  if (option.is_argument) return Italic(option.names.front());
  std::string tag;
  for (const std::string& name : option.names) tag += (tag.empty() ? "" : ", ") + Bold(name);
  return tag + (option.takes_value ? " " + Italic("VALUE") : "");
}

std::string Options(const std::vector<OptionEntry>& options) {
  std::string text;
  for (const OptionEntry& option : options) text += Tagged(TagOf(option), option.help);
  return text;
}

std::string Command(const CommandEntry& command) {
  std::string usage = ".B pgattic " + Roff(command.name);
  for (const OptionEntry& option : command.options) {
    if (!option.is_argument) continue;
    const std::string name = option.names.front() + (option.is_repeatable ? "..." : "");
    usage += "\n.I " + Roff(option.is_required ? name : "[" + name + "]");
  }
  std::string help = command.help;
  if (help[0] >= 'a' && help[0] <= 'z') help[0] = static_cast<char>(help[0] - 'a' + 'A');
  return ".SS " + Roff(command.name) + "\n" + usage + "\n.PP\n" + Roff(help) + ".\n" +
         Options(command.options);
}

std::string Key(const std::string& name, const std::string& fallback, const std::string& help) {
  return Tagged(Bold(name), help + (fallback.empty() ? "" : " (default: " + fallback + ")"));
}

std::string Configuration() {
  std::string text =
      ".SH CONFIGURATION\nTOML. A key may also be given as a variable, PGATTIC_RUN_WORKERS, as a "
      "flag, \\-\\-run\\-workers, or by \\-\\-set run.workers=2; the later one wins.\n";
  for (const auto& key : service::ConfigKeys()) text += Key(key.name, key.fallback, key.help);
  text += ".SS In each [[source]]\n";
  for (const auto& key : service::SourceKeys()) text += Key(key.name, key.fallback, key.help);
  return text;
}

constexpr const char* kRest = R"(.SH EXIT STATUS
.TP
0
Done.
.TP
1
Failed; of \fBget\fR: a row was not found; of \fBverify\fR: a part is damaged.
.TP
2
Usage or configuration.
.TP
75
Deferred: nothing is wrong, run it again later.
.SH FILES
.TP
.I /etc/pgattic/pgattic.toml
The configuration that the systemd units name.
.TP
.I /usr/share/doc/pgattic/
Operations, runbook, errors, format.
.TP
.I /usr/share/pgattic/
Grants, IAM policies, Prometheus rules, a Grafana dashboard.
.SH ENVIRONMENT
.TP
.B PGATTIC_CONFIG
The configuration file, where no \fB\-c\fR is given.
.TP
.B PGHOST, PGUSER, ...
As libpq takes them, for what \fBdatabase.url\fR leaves open.
.TP
.B AWS_ACCESS_KEY_ID, AWS_PROFILE, ...
As the AWS chain takes them, where \fBs3.access_key\fR is not set.
.SH SEE ALSO
.BR psql (1),
.BR systemd.timer (5)
)";

}  // namespace

std::string ManualPage(const CommandTable& table) {
  std::string text =
      ".TH PGATTIC 1 \"\" \"pgattic " + std::string(kVersion) +
      "\" \"User Commands\"\n.SH NAME\npgattic \\- old partitions of PostgreSQL in "
      "object storage, as Parquet\n.SH SYNOPSIS\n.B pgattic\n.I COMMAND\n[\\fIOPTION\\"
      "fR]... [\\fIARGUMENT\\fR]...\n.SH DESCRIPTION\n" +
      Roff(table.summary) + "\n.SH COMMANDS\n";
  for (const CommandEntry& command : table.commands) text += Command(command);
  return text + ".SH OPTIONS\n" + Options(table.common) + Configuration() + kRest;
}

}  // namespace pgattic::app
