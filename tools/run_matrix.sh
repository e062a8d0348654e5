#!/usr/bin/env bash
# Runs the e2e tests of a build folder against each PostgreSQL version that is supported.
# Usage: tools/run_matrix.sh BUILD_DIR [OPTION...]   (options of tools/run_tests.py)
# Environment: PGATTIC_MATRIX, the versions ("14 15 16 17 18").
# Ends with "N passed, N failed", the totals of all versions.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build="$1"
shift
total_passed=0
total_failed=0
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

# bin_of VERSION: the folder of its server programs; the fetched ones, else Debian's.
bin_of() {
  local folder
  for folder in "third_party/postgres/$1/bin" "/usr/lib/postgresql/$1/bin"; do
    if [ -x "$folder/initdb" ]; then
      realpath "$folder"
      return
    fi
  done
}

for version in ${PGATTIC_MATRIX:-14 15 16 17 18}; do
  bin="$(bin_of "$version")"
  echo "== PostgreSQL $version (${bin:-not found})"
  if [ -z "$bin" ]; then
    total_failed=$((total_failed + 1))
    continue
  fi
  code=0
  PGATTIC_PG_BIN="$bin" python3 tools/run_tests.py "$build" --label e2e "$@" 2>&1 |
    tee "$log" || code=$?
  counts="$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)"
  passed=0 failed=0
  if [ -n "$counts" ]; then read -r passed _ failed _ <<< "${counts/,/}"; fi
  # A version that did not get as far as counting failed.
  if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
done

[ "$total_passed" -gt 0 ] || total_failed=$((total_failed + 1))
echo "$total_passed passed, $total_failed failed"
[ "$total_failed" -eq 0 ]
