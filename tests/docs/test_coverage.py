"""docs/coverage.md: a row for all that was asked for, and each names files, tests and cases that are there."""
import functools
import json
import os
import pathlib
import re
import subprocess
import unittest

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["SKEP"]).parent
PAGE = "docs/coverage.md"


def numbered(letter, last):
    return [f"{letter}{number}" for number in range(1, last + 1)]


# How many programs each document shows, and how many exercises each chapter of the book has.
PROGRAMS = [name for letter, last in (("A", 8), ("B", 2), ("C", 27), ("D", 2), ("E", 34))
            for name in numbered(letter, last)]
EXERCISES = [name for chapter, last in ((2, 5), (3, 4), (4, 8), (5, 6), (6, 4), (7, 5), (8, 5), (10, 3))
             for name in numbered(f"{chapter}.", last)] + numbered("Q", 5)
PAINS = numbered("", 74)


def rows(section):
    """The rows below a heading: name, places, tests with their cases, what is missing."""
    text = (TREE / PAGE).read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    for line in text.splitlines():
        if not re.match(r"\| [\w.]+ \|", line):
            continue
        name, _, where, tests, missing = (cell.strip() for cell in line.strip("|").split("|"))
        yield name, re.findall(r"`([^`]+)`", where), re.findall(r"`([^`]+)`(?: (test_\w+))?", tests), missing


@functools.cache
def known_tests():
    """What ctest would run: the name, and the files of Python that the command names."""
    listed = subprocess.run(["ctest", "--test-dir", BUILD, "--show-only=json-v1"], check=True, capture_output=True)
    # Names of GoogleTest cases with parameters end in a comment: "…  # GetParam() = …".
    return {test["name"].split("  #")[0]: re.findall(r"[\w.-]+\.py\b", " ".join(test.get("command", [])))
            for test in json.loads(listed.stdout)["tests"]}


@functools.cache
def cases_of(script):
    return {case for path in (TREE / "tests").rglob(script)
            for case in re.findall(r"def (test_\w+)\(", path.read_text())}


class Coverage(unittest.TestCase):

    def check(self, section, names):
        found = list(rows(section))
        self.assertEqual([name for name, *_ in found], names, f"{PAGE}: a row each, in order")
        wrong = [f"{name}: {text}" for name, *row in found for text in self.wrong(*row)]
        not_built = [name for name in known_tests() if name.endswith("_NOT_BUILT")]
        self.assertFalse(wrong, "\n".join([f"{PAGE} names what is not there:", *wrong, *not_built]))

    def wrong(self, where, tests, missing):
        if missing and not re.match(r"(partly|not yet): \S", missing):
            yield f"'{missing}' says neither 'partly: …' nor 'not yet: …'"
        if not missing.startswith("not yet") and not (where and tests):
            yield "it names no file or no test, and does not say 'not yet: …'"
        yield from (f"no file {path}" for path in where if not (TREE / path).exists())
        for test, case in tests:
            if test not in known_tests():
                yield f"ctest has no {test}"
            elif case and not any(case in cases_of(script) for script in known_tests()[test]):
                yield f"{test} has no case {case}"

    def test_programs(self):
        self.check("Programs", PROGRAMS)

    def test_exercises(self):
        self.check("Exercises of the book", EXERCISES)

    def test_pains(self):
        self.check("Pains", PAINS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
