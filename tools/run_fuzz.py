#!/usr/bin/env python3
"""Runs the fuzz targets of a build folder, side by side, and counts their inputs.

Inputs that reach new code are kept in BUILD_DIR/fuzz/TARGET/corpus and are begun with the next
time; an input that fails is left in BUILD_DIR/fuzz/TARGET. Prints "N passed, N failed" last.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

# Inputs longer than this only make runs slower: every seed is far shorter.
MAX_LENGTH = 16384


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build_dir", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60, help="of each target; 0: no limit")
    parser.add_argument("--runs", type=int, default=0,
                        help="inputs of each target; then --seconds does not count")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--target", action="append", help="only this one (again for more)")
    return parser.parse_args()


def fuzz(program, args):
    """Runs one target; returns (its name, inputs, what went wrong or None)."""
    name = program.name
    folder = args.build_dir / "fuzz" / name
    seeds, corpus = folder / "seeds", folder / "corpus"
    for made in (seeds, corpus):
        made.mkdir(parents=True, exist_ok=True)
    subprocess.run([f"{program}_corpus", "--write-corpus", str(seeds)], check=True)
    limit = [f"-runs={args.runs}"] if args.runs else [f"-max_total_time={args.seconds}"]
    log = folder / "log"
    with log.open("w", encoding="utf-8") as out:
        code = subprocess.run(
            [str(program), *limit, f"-max_len={MAX_LENGTH}", "-rss_limit_mb=2048",
             "-timeout=20", "-print_final_stats=1", f"-artifact_prefix={folder}/",
             str(corpus), str(seeds)],
            stdout=out, stderr=subprocess.STDOUT, check=False,
            env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system",
                 "ASAN_OPTIONS": "quarantine_size_mb=16:detect_leaks=1"}).returncode
    text = log.read_text(encoding="utf-8", errors="replace")
    found = re.search(r"number_of_executed_units:\s*(\d+)", text)
    inputs = int(found.group(1)) if found else 0
    wrong = None if code == 0 and inputs > 0 else f"exit code {code}; see {log}"
    return name, inputs, wrong


def main():
    args = parse_args()
    programs = [pathlib.Path(line) for line in
                (args.build_dir / "fuzzers.txt").read_text(encoding="utf-8").split()]
    if args.target:
        programs = [program for program in programs if program.name in args.target]
    failed = total = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for name, inputs, wrong in pool.map(lambda program: fuzz(program, args), programs):
            print(f"{name}: {inputs} inputs" + (f": {wrong}" if wrong else ""), flush=True)
            total += inputs
            failed += wrong is not None
    print(f"{total} inputs")
    print(f"{len(programs) - failed} passed, {failed} failed")
    return 1 if failed or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
