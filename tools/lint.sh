#!/usr/bin/env bash
# Everything that can be said of the code without running it. Ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=0
failed=0
check() {
  local name="$1"
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    echo "lint: $name failed"
    failed=$((failed + 1))
  fi
}

sources() { git ls-files --cached --others --exclude-standard -- 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' 'examples/*.cc'; }
formatted() { sources | xargs clang-format --dry-run -Werror; }
tidied() { cmake --preset dev > /dev/null && python3 tools/run_tidy.py build/dev; }
scripts_parse() {
  local script
  for script in tools/*.sh tests/deploy/*.sh .ci/run; do bash -n "$script" || return; done
  PYTHONPYCACHEPREFIX=build/pycache python3 -m compileall -q tools
}

check layers-self-test python3 tools/check_layers.py --self-test
check sizes-self-test python3 tools/check_sizes.py --self-test
check layers python3 tools/check_layers.py
check sizes python3 tools/check_sizes.py
check scripts scripts_parse
check format formatted
check tidy tidied
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
