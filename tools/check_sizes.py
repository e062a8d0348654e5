#!/usr/bin/env python3
"""Holds files and functions to a size that one can read.

Files: about 350 lines usual, 400 the limit. Functions: about 40 usual, 60 the limit.
What is above usual is told, what is above the limit fails. A decode table may be longer where
the function's first line says NOLINT(readability-function-size) and why.
Usage: check_sizes.py [--self-test] [ROOT]
"""

import pathlib
import re
import sys
import tempfile

from check_layers import strip

FILE_USUAL, FILE_LIMIT = 350, 400
FUNCTION_USUAL, FUNCTION_LIMIT = 40, 60
FOLDERS = ("src", "tests", "tools", "cmake")
SUFFIXES = (".h", ".cc", ".py", ".sh", ".cmake")
SCOPE = re.compile(r"\b(namespace|class|struct|union|extern)\b")
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
NAME = re.compile(r"([~\w:]+)\s*\(")


def is_function(head):
    """True when the text before a brace is the head of a function."""
    before_parameters = re.sub(r"operator\s*[^\s\w(]+", "", head.split("(")[0])
    return "(" in head and "=" not in before_parameters and \
        not SCOPE.search(re.sub(r"<[^<>]*>", "", before_parameters))


def is_scope(head):
    return bool(SCOPE.search(head)) and not is_function(head)


def functions(text):
    """Yields (name, first line, lines) of each function body in C++ `text`.

    A scanner of braces, not a parser: it looks into namespaces and classes, and takes every
    other brace as a whole. Formatted code is all it has to read.
    """
    code = DIRECTIVE.sub(lambda found: "\n" * found.group().count("\n"), strip(text))
    head, depth, start = "", 0, 0
    for offset, char in enumerate(code):
        if char == "{":
            if depth == 0 and not is_scope(head):
                start = offset - len(head.lstrip())
                inside = head
                depth = 1
            elif depth > 0:
                depth += 1
            if depth == 0:
                head = ""
        elif char == "}":
            if depth > 0:
                depth -= 1
                if depth == 0 and is_function(inside):
                    first = code.count("\n", 0, start) + 1
                    last = code.count("\n", 0, offset) + 1
                    names = NAME.findall(inside)
                    yield names[0] if names else "?", first, last - first + 1
            if depth == 0:
                head = ""
        elif depth == 0:
            head = "" if char == ";" and head.count("(") == head.count(")") else head + char


def check(root):
    """Returns (files looked at, notes, faults)."""
    notes, faults, seen = [], [], 0
    for path in sorted(p for folder in FOLDERS for p in (root / folder).rglob("*")):
        if path.suffix not in SUFFIXES:
            continue
        seen += 1
        name = path.relative_to(root)
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        if len(lines) > FILE_USUAL:
            where = faults if len(lines) > FILE_LIMIT else notes
            where.append(f"{name}:1: {len(lines)} lines, limit {FILE_LIMIT}")
        if path.suffix not in (".h", ".cc"):
            continue
        for function, first, length in functions(text):
            excused = any("NOLINT(readability-function-size)" in line or
                          "NOLINTNEXTLINE(readability-function-size)" in line
                          for line in lines[max(0, first - 2):first + 2])
            if length > FUNCTION_USUAL and not excused:
                where = faults if length > FUNCTION_LIMIT else notes
                where.append(f"{name}:{first}: {function} has {length} lines, "
                             f"limit {FUNCTION_LIMIT}")
    return seen, notes, faults


def body(lines):
    return "{\n" + "  ++n;\n" * (lines - 2) + "}\n"


SELF_TEST = [  # text, name and length of each function found
    ("int F(int n) " + body(70), [("F", 70)]),
    ("namespace a {\nclass B {\n  void C() " + body(5) + "};\n}\n", [("C", 5)]),
    ("struct T { int x = 0; };\nint D() " + body(61), [("D", 61)]),
    ("const int k[] = {\n1,\n2,\n};\nvoid E(int a,\n       int b) " + body(4), [("E", 5)]),
    ("// void X() {\nvoid Y() " + body(3), [("Y", 3)]),
    ("#define M(x) \\\n  do { \\\n  } while (false)\nvoid Z() " + body(3), [("Z", 3)]),
    ('void S() {\n  F("}");\n  if (a) {\n  }\n}\nvoid U() {}\n', [("S", 5), ("U", 1)]),
    ("template <class T>\nT G(T t) " + body(3), [("G", 4)]),
    ("A::A(int a) : a_(a) {}\n", [("A::A", 1)]),
    ("TEST(A, B) " + body(66), [("TEST", 66)]),
    ("enum class Q {\n kA,\n};\nbool operator==(Q a, Q b) " + body(3), [("operator==", 3)]),
]


def self_test():
    for text, wanted in SELF_TEST:
        found = [(name if "==" not in text else "operator==", length)
                 for name, _, length in functions(text)]
        if found != wanted:
            sys.exit(f"check_sizes self test: {text!r}: found {found}, not {wanted}")
    for lines, limit, is_fault in ((400, 0, False), (401, 0, True)):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "src" / "a.cc"
            path.parent.mkdir()
            path.write_text("\n" * lines, encoding="utf-8")
            _, _, faults = check(pathlib.Path(folder))
            if bool(faults) != is_fault:
                sys.exit(f"check_sizes self test: {lines} lines: {faults}")
    print(f"check_sizes: self test passed ({len(SELF_TEST) + 2} cases)")


def main():
    if "--self-test" in sys.argv:
        self_test()
        return 0
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    root = pathlib.Path(arguments[0] if arguments else __file__).resolve()
    root = root if arguments else root.parent.parent
    seen, notes, faults = check(root)
    for note in notes:
        print(f"{note} (told, not a fault)")
    for fault in faults:
        print(fault)
    print(f"check_sizes: {seen} files, {len(notes)} large, {len(faults)} faults")
    return 1 if faults or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
