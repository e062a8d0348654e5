#!/usr/bin/env python3
"""Holds src/ to its layers: compares every #include with the table below.

 - A module includes itself and modules of a lower level, nothing else. So `archive` and
   `lookup` never include each other, and a port never knows who implements it.
 - A foreign header has one home, or a few that are named.
 - Nothing in src/ says `throw`, and only the named homes call getenv.

Tests (see is_test) may also use the sandbox and any foreign header.
Usage: check_layers.py [--self-test] [ROOT]
"""

import pathlib
import re
import sys
import tempfile

LEVELS = {
    "base": 0,
    "model": 1, "metrics": 1, "resilience": 1,
    "pg": 2, "http": 2, "http_server": 2, "store": 2, "cache": 2,
    "s3": 3, "engine": 3, "columnar": 3, "catalog": 3,
    "archive": 4, "lookup": 4,
    "games": 5, "analytics": 5, "sandbox": 5,
    "api": 6,
    "service": 7,
    "library": 8, "apps": 8,
}

# Start of a foreign header's name -> the modules that may include it.
HOMES = {
    "spdlog/": {"base"}, "openssl/": {"base", "http_server"}, "xxhash.h": {"base"},
    "prometheus/": {"metrics"},
    "libpq-fe.h": {"pg"}, "libpq/": {"pg"}, "postgresql/": {"pg"},
    "curl/": {"http"},
    "hiredis/": {"cache"}, "sw/redis": {"cache"}, "zstd": {"base", "cache", "http_server"}, "zlib.h": {"base", "http_server"},
    "aws/": {"s3"},
    "duckdb": {"engine"},
    "arrow/": {"columnar"}, "parquet/": {"columnar"},
    "nlohmann/": {"model", "columnar", "engine", "lookup", "games", "analytics", "api", "service", "apps"},
    "toml++/": {"service"}, "toml.hpp": {"service"},
    "httplib.h": {"http_server"}, "google/protobuf/": {"api"}, "pgattic/v1/": {"api"},
    "CLI/": {"apps"},
    "gtest/": set(), "gmock/": set(), "benchmark/": set(),
}

GETENV_HOMES = {"service", "sandbox", "apps"}

# Files that hand an error to a foreign library that knows exceptions only.
THROW_FILES = set()

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)


def is_test(path):
    """True for what is compiled into test and benchmark programs alone."""
    return (path.stem.endswith(("_test", "_bench", "_fuzz", "_suite", "_fixture")) or
            path.stem.startswith("test_") or "tests" in path.parts)


def strip(text):
    """Blanks comments and literals, keeping the lines; digit separators are no quotes."""
    text = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", text)
    return NOT_CODE.sub(lambda found: "\n" * found.group().count("\n") or " ", text)


def include_fault(module, path, form, header):
    """Returns what is wrong with one include, or None."""
    top = header.split("/")[0]
    if form == '"':
        if "/" not in header:
            if module == "apps":  # a program's files are its own folder's business
                return None
            return f'"{header}": say where it is, from src/'
        if top not in LEVELS:
            return None if is_test(path) else f'"{header}": no such module'
        if top == module or LEVELS[top] < LEVELS[module]:
            return None
        if is_test(path) and top == "sandbox":
            return None
        return f'"{header}": {module} (level {LEVELS[module]}) may not include {top}' \
               f" (level {LEVELS[top]})"
    for prefix, homes in HOMES.items():
        if header.startswith(prefix) and module not in homes and not is_test(path):
            return f"<{header}>: its home is {', '.join(sorted(homes)) or 'a test'}"
    return None


def word_faults(module, path, code):
    """Yields (line, what) of words that have no business in this file."""
    if is_test(path):
        return
    for number, line in enumerate(code.splitlines(), 1):
        if re.search(r"\bthrow\b", line) and path.name not in THROW_FILES:
            yield number, "throw: return a Status"
        if re.search(r"\b(secure_)?getenv\b", line) and module not in GETENV_HOMES:
            yield number, "getenv: only service, sandbox and apps read the environment"


def faults_of(path, module):
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        fault = found and include_fault(module, path, found.group(1), found.group(2))
        if fault:
            yield number, fault
    yield from word_faults(module, path, strip(text))


def check(root):
    """Returns (files looked at, faults as "path:line: what")."""
    faults, seen = [], 0
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        seen += 1
        relative = path.relative_to(root)
        module = relative.parts[1]
        if module not in LEVELS:
            faults.append(f"{relative}:1: module {module} is not in the table of layers")
            continue
        faults += [f"{relative}:{line}: {what}" for line, what in faults_of(path, module)]
    return seen, faults


SELF_TEST = [  # path, text, whether it is a fault
    ("src/model/a.h", '#include "base/error.h"\n', False),
    ("src/model/b.h", '#include "pg/connection.h"\n', True),
    ("src/columnar/c.h", '#include "catalog/journal.h"\n', True),
    ("src/archive/d.cc", '#include "lookup/router.h"\n', True),
    ("src/lookup/e.cc", '#include "archive/archiver.h"\n', True),
    ("src/catalog/f.cc", "#include <arrow/api.h>\n", True),
    ("src/columnar/g.cc", "#include <arrow/api.h>\n", False),
    ("src/catalog/h.cc", "#include <libpq-fe.h>\n", True),
    ("src/catalog/h_test.cc", "#include <libpq-fe.h>\n#include <gtest/gtest.h>\n", False),
    ("src/base/i.cc", "int F() { throw 1; }\n", True),
    ("src/base/j.cc", '// never throw\nconst char* k = "throw"; int big = 1\'000;\n', False),
    ("src/s3/k.cc", 'auto p = std::getenv("HOME");\n', True),
    ("src/service/l.cc", 'auto p = std::getenv("HOME");\n', False),
    ("src/archive/m_test.cc", '#include "sandbox/postgres_cluster.h"\n', False),
    ("src/archive/n.cc", '#include "sandbox/postgres_cluster.h"\n', True),
    ("src/model/o.cc", '#include "column.h"\n', True),
    ("src/apps/pgattic/o.cc", '#include "app.h"\n', False),
    ("src/strange/p.cc", "\n", True),
    ("src/cache/s.cc", '#include <hiredis/hiredis.h>\n#include "resilience/x.h"\n', False),
    ("src/lookup/s.cc", "#include <hiredis/hiredis.h>\n", True),
    ("src/cache/t.cc", "#include <prometheus/registry.h>\n", True),
    ("src/base/q.cc", 'auto s = R"(" throw ")"; // "\nvoid G() { throw 2; }\n', True),
    ("src/base/r.cc", "#include <gtest/gtest.h>\n", True),
]


def self_test():
    for name, text, is_fault in SELF_TEST:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
            _, faults = check(pathlib.Path(folder))
        if bool(faults) != is_fault:
            sys.exit(f"check_layers self test: {name}: {text!r}: found {faults}")
    print(f"check_layers: self test passed ({len(SELF_TEST)} cases)")


def main():
    if "--self-test" in sys.argv:
        self_test()
        return 0
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    root = pathlib.Path(arguments[0] if arguments else __file__).resolve()
    root = root if arguments else root.parent.parent
    seen, faults = check(root)
    for fault in faults:
        print(fault)
    print(f"check_layers: {seen} files, {len(faults)} faults")
    return 1 if faults or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
