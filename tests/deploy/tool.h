// Tools of the system that look at what is shipped, and the files they look at.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sandbox/subprocess.h"

namespace pgattic::test {

/// Value of the environment variable; "" when it is not set.
std::string Variable(const char* name);

/// Path of a file of the repository.
std::string InSources(const std::string& path);

/// The whole file. Fails the test when it cannot be read.
std::string FileText(const std::string& path);

/// Runs a tool, at most five minutes. Fails the test when it cannot be started; its exit code is
/// the caller's to judge.
sandbox::SubprocessOutcome RunTool(const std::vector<std::string>& argv,
                                   const std::map<std::string, std::string>& env = {},
                                   const std::string& input = "");

/// Everything that the first group of the pattern matches in the text.
std::set<std::string> AllOf(const std::string& pattern, const std::string& text);

/// Names of the commands, as `pgattic --help` lists them.
std::set<std::string> CommandNames();

}  // namespace pgattic::test
