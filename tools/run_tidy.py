#!/usr/bin/env python3
"""Runs clang-tidy over every .cc of src/ that the build folder compiles; tests on request.

A file that was clean is not read again until it, a header of ours that it includes, directly
or not, or .clang-tidy changes: its stamp is a hash of all these.
Usage: run_tidy.py BUILD_DIR [--jobs N] [--tests] [FILE...]
"""

import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys

from check_layers import is_test

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def closure(path, seen):
    """Adds `path` and the headers of ours that it includes to `seen`."""
    if path in seen or not path.is_file():
        return
    seen.add(path)
    for header in INCLUDE.findall(path.read_text(encoding="utf-8")):
        for folder in (ROOT / "src", ROOT, path.parent):
            closure((folder / header).resolve(), seen)


def fingerprint(path):
    seen = set()
    closure(path, seen)
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    for file in sorted(seen):
        digest.update(str(file).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def compiled_files(build_dir, with_tests):
    commands = json.loads((build_dir / "compile_commands.json").read_text(encoding="utf-8"))
    files = {pathlib.Path(c["file"]).resolve() for c in commands}
    return sorted(f for f in files if ROOT in f.parents and build_dir not in f.parents
                  and (with_tests or not is_test(f.relative_to(ROOT))))


def tidy(build_dir, path):
    """Returns clang-tidy's complaint, or "" for a clean file."""
    run = subprocess.run(
        ["clang-tidy", "--quiet", "-p", str(build_dir),
         "--extra-arg=-Wno-unknown-warning-option", str(path)],
        capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return ""
    return run.stdout or run.stderr or f"{path}: clang-tidy ended with {run.returncode}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build_dir", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tests", action="store_true", help="look at tests too")
    parser.add_argument("files", nargs="*", type=lambda p: pathlib.Path(p).resolve())
    args = parser.parse_args()

    stamps = ROOT / "build" / "tidy-stamps"
    stamps.mkdir(parents=True, exist_ok=True)
    todo = {path: stamps / fingerprint(path)
            for path in args.files or compiled_files(args.build_dir, args.tests)}
    stale = [path for path, stamp in todo.items() if not stamp.exists()]
    faulty = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        complaints = pool.map(lambda path: tidy(args.build_dir, path), stale)
        for path, complaint in zip(stale, complaints):
            if complaint:
                faulty += 1
                print(complaint, flush=True)
            else:
                todo[path].touch()
    print(f"run_tidy: {len(todo)} files, {len(stale)} looked at, {faulty} with faults")
    return 1 if faulty or not todo else 0


if __name__ == "__main__":
    sys.exit(main())
