# What a person types. Everything else is CMake (CMakePresets.json) and tools/.
JOBS ?= 2
BUILD = cmake --build --preset

.DEFAULT_GOAL := build
.PHONY: build demo test test-matrix bench lint asan tsan coverage clean \
        deps-build deps-test deps-lint deps-matrix

# The program, optimised: build/pgattic
build: deps-build
	cmake --preset release
	$(BUILD) release -j$(JOBS)
	ln -sf release/pgattic build/pgattic

# A throwaway PostgreSQL, a month archived and read back
demo: build deps-test
	build/pgattic demo

test: deps-build deps-test
	cmake --preset dev
	$(BUILD) dev -j$(JOBS)
	python3 tools/run_tests.py build/dev --jobs $(JOBS)

# The e2e tests against PostgreSQL 14 to 18
test-matrix: deps-build deps-test deps-matrix
	cmake --preset dev
	$(BUILD) dev -j$(JOBS)
	tools/run_matrix.sh build/dev --jobs $(JOBS)

bench: deps-build deps-test
	cmake --preset bench
	$(BUILD) bench -j$(JOBS)
	$(BUILD) bench --target bench

# Formatting, layers, sizes and clang-tidy
lint: deps-build deps-test deps-lint
	tools/lint.sh

# Unit and component tests under the address and undefined behaviour sanitizers
asan: deps-build deps-test
	cmake --preset asan
	$(BUILD) asan -j$(JOBS)
	python3 tools/run_tests.py build/asan --jobs $(JOBS) --exclude-label e2e

# Unit and component tests under the thread sanitizer
tsan: deps-build deps-test
	cmake --preset tsan
	$(BUILD) tsan -j$(JOBS)
	python3 tools/run_tests.py build/tsan --jobs $(JOBS) --exclude-label e2e

coverage: deps-build deps-test
	cmake --preset coverage
	$(BUILD) coverage -j$(JOBS)
	python3 tools/run_tests.py build/coverage --jobs $(JOBS)

deps-build deps-test deps-lint deps-matrix: deps-%:
	tools/fetch_deps.sh $*

clean:
	rm -rf build
