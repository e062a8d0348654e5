# What a person types. Everything else is CMake (CMakePresets.json) and tools/.
JOBS ?= 2
BUILD = cmake --build --preset
NOT_IN_ASAN = ^(package_test|engines_e2e_test|Crash|UpkeepCrash|TwoRuns|Takeover|Histories|LostReply|Damaged|ChangedSource|FullDisk|Toxic|Year|Dashboard|Installed|Reconcile|BrokenTiers|StatusPage|.*/States|.*/BrokenRules)

.DEFAULT_GOAL := build
DEPS = $(addprefix deps-,build test trino browser lint fuzz package matrix bench)
.PHONY: build deb demo test test-deb test-matrix bench lint asan asan-quick tsan fuzz types torture coverage \
  clean $(DEPS)

# The program, optimised: build/pgattic
build: deps-build
	cmake --preset release
	$(BUILD) release -j$(JOBS)
	ln -sf release/pgattic build/pgattic

# A throwaway PostgreSQL, a month archived and read back
demo: build deps-test
	build/pgattic demo

test: deps-build deps-test deps-trino deps-browser
	cmake --preset dev
	$(BUILD) dev -j$(JOBS)
	python3 tools/run_tests.py build/dev --jobs $(JOBS)

# The Debian package: build/release/pgattic_VERSION_ARCHITECTURE.deb
deb: build deps-package
	tools/make_deb.sh build/release

# The same, installed and used on a clean Debian 12 (becomes root; from a Debian mirror)
test-deb: deb
	tests/deploy/clean_debian.sh build/release/pgattic_*.deb

# The e2e tests against PostgreSQL 14 to 18
test-matrix: deps-build deps-test deps-matrix
	cmake --preset dev
	$(BUILD) dev -j$(JOBS)
	tools/run_matrix.sh build/dev --jobs $(JOBS)

# Figures as ratios, beside peers; BENCH_ROWS=100000 for the size of docs/benchmarks.md
bench: deps-build deps-test deps-bench deps-trino
	cmake --preset bench
	$(BUILD) bench -j$(JOBS)
	$(BUILD) bench --target bench
	third_party/venv/bin/python tests/bench/export_bench.py build/bench
	third_party/venv/bin/python tests/bench/lookup_bench.py build/bench
	third_party/venv/bin/python tests/bench/analytics_bench.py build/bench

# Formatting, layers, sizes and clang-tidy
lint: deps-build deps-test deps-lint
	tools/lint.sh

# Unit and component tests under the address and undefined behaviour sanitizers; ASAN_E2E=ON adds
# those that run the program, but for the many kills of `test`
ASAN_E2E ?= OFF
asan: deps-build deps-test
	cmake --preset asan -DPGATTIC_E2E=$(ASAN_E2E)
	$(BUILD) asan -j$(JOBS)
	python3 tools/run_tests.py build/asan --jobs $(JOBS) --exclude-tests '$(NOT_IN_ASAN)'

# The part of it that .ci/run has time for: whatever reads bytes of others
ASAN_QUICK = base model columnar
asan-quick: deps-build deps-test
	cmake --preset asan -DPGATTIC_E2E=OFF
	$(BUILD) asan -j$(JOBS) --target $(ASAN_QUICK:=_test)
	set -e; for module in $(ASAN_QUICK); do \
	  python3 tools/run_tests.py build/asan/src/$$module --jobs $(JOBS) --exclude-tests '_fuzz$$'; done

# Unit and component tests under the thread sanitizer
tsan: deps-build deps-test
	cmake --preset tsan
	$(BUILD) tsan -j$(JOBS)
	python3 tools/run_tests.py build/tsan --jobs $(JOBS) --exclude-label e2e

# Every fuzz target for FUZZ_SECONDS, or for FUZZ_RUNS inputs
FUZZ_SECONDS ?= 60
FUZZ_RUNS ?= 0
fuzz: deps-build deps-fuzz
	cmake --preset fuzz
	$(BUILD) fuzz -j$(JOBS)
	python3 tools/run_fuzz.py build/fuzz --seconds $(FUZZ_SECONDS) --runs $(FUZZ_RUNS) --jobs $(JOBS)

# Random tables of every type, archived and compared: SEEDS of them from SEED on
SEEDS ?= 1000
SEED ?= 1
types: deps-build deps-test
	cmake --preset dev
	$(BUILD) dev -j$(JOBS) --target types_test
	PGATTIC_SEEDS=$(SEEDS) PGATTIC_SEED=$(SEED) python3 tools/run_tests.py build/dev --tests '^Types\.'

# The campaign, long form: random histories, a takeover at every failpoint, the journal's states.
# Seeds are printed; TORTURE_SEED=S TORTURE_SCHEDULES=1 plays one again
TORTURE_SEED ?=
TORTURE_SCHEDULES ?= 1000
TORTURE_TAKEOVERS ?= all
TORTURE_STATES ?= 5000000
torture: deps-build deps-test
	cmake --preset dev
	$(BUILD) dev -j$(JOBS)
	PGATTIC_TORTURE_SEED=$(TORTURE_SEED) PGATTIC_TORTURE_SCHEDULES=$(TORTURE_SCHEDULES) \
	PGATTIC_TORTURE_TAKEOVERS=$(TORTURE_TAKEOVERS) PGATTIC_TORTURE_STATES=$(TORTURE_STATES) \
	python3 tools/run_tests.py build/dev --jobs $(JOBS) --verbose \
	  --tests '^(Histories|Takeover|Each/States|Each/BrokenRules|Crash|UpkeepCrash|LostReply|Damaged|FullDisk|Toxic|Restore|Reconcile)'

coverage: deps-build deps-test
	cmake --preset coverage
	$(BUILD) coverage -j$(JOBS)
	python3 tools/run_tests.py build/coverage --jobs $(JOBS)

$(DEPS): deps-%:
	tools/fetch_deps.sh $*

clean:
	rm -rf build
