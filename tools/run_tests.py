#!/usr/bin/env python3
"""Runs CTest in a build folder and counts what ran.

Prints "N passed, N failed" as the last line. Fails when a test failed, when CTest itself
failed, or when nothing ran: a suite that runs nothing proves nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build_dir")
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--label", help="only tests with this label (a regular expression)")
    parser.add_argument("--exclude-label", help="no tests with this label")
    parser.add_argument("--tests", help="only tests of this name (a regular expression)")
    parser.add_argument("--exclude-tests", help="no tests of this name")
    parser.add_argument("--verbose", action="store_true", help="what tests print, also if they pass")
    return parser.parse_args()


def ctest_command(args, report):
    command = ["ctest", "--test-dir", args.build_dir, "-j", args.jobs,
               "--output-on-failure", "--no-tests=error", "--output-junit", report]
    if args.verbose:
        command.append("--verbose")
    for option, value in (("-L", args.label), ("-LE", args.exclude_label),
                          ("-R", args.tests), ("-E", args.exclude_tests)):
        if value:
            command += [option, value]
    return command


def count(report):
    """Returns (passed, skipped, names of those that failed) of a JUnit report."""
    passed, skipped, failed = 0, 0, []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        status = case.get("status")
        if status == "run":
            passed += 1
        elif status in ("notrun", "disabled") and case.find("skipped") is not None:
            # A skip is what the test said itself; a program that is missing is a failure.
            message = case.find("skipped").get("message", "")
            if "SKIP" in message.upper() or "DISABLED" in message.upper():
                skipped += 1
            else:
                failed.append(case.get("name"))
        else:
            failed.append(case.get("name"))
    return passed, skipped, failed


def main():
    args = parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.xml")
        code = subprocess.run(ctest_command(args, report), check=False).returncode
        try:
            passed, skipped, failed = count(report)
        except (OSError, ElementTree.ParseError) as error:
            print(f"no report of CTest (exit code {code}): {error}")
            passed, skipped, failed = 0, 0, ["ctest"]
    if code != 0 and not failed:
        failed = ["ctest"]
    if passed == 0 and not failed:
        print("no test ran")
        failed = ["no test ran"]
    for name in failed:
        print(f"failed: {name}")
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
