"""What the oracle's scripts share: recording what a loader sends, and judging two records."""

import difflib
import re
import subprocess


class Broken(Exception):
    """A recording program itself failed: no verdict on skep."""


def record(binary, arguments):
    """The lines of the record (["refused"] when the loader did not take the object), and what the
    loader said about it."""
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=250,
                          errors="replace")
    if done.returncode != 0:
        raise Broken(f"{binary} {' '.join(arguments)}\nended with {done.returncode}\n{done.stderr}")
    return done.stdout.splitlines(), done.stderr


def blocks(path):
    """The file of known differences: (line number, [OBJECT, TARGET, REFERENCE], rules) for each
    line that names a test, where a rule is (line number, compiled expression). Names that follow
    each other share the rules that follow them."""
    found = []
    sharing = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] not in " \t":
            words = line.split()
            if len(words) != 3:
                raise Broken(f"{path}:{number}: expected OBJECT TARGET REFERENCE")
            if sharing is None or sharing:
                sharing = []
            found.append((number, words, sharing))
        elif sharing is not None:
            sharing.append((number, re.compile(line.strip())))
    return found


def rules_for(path, case, target, reference):
    return [rule for _, words, rules in blocks(path)
            if words[0] == case and words[1] in (target, "*") and words[2] == reference
            for rule in rules]


def judge(theirs, ours, reference, rules):
    """(the difference as text, the differing lines that no rule matches, the rules that match
    nothing)."""
    lines = list(difflib.unified_diff(theirs, ours, reference, "skep", lineterm="", n=4))
    used, unknown = set(), []
    for line in lines[2:]:
        if line[0] not in "+-":
            continue
        hits = [number for number, rule in rules if rule.fullmatch(line)]
        used.update(hits)
        if not hits:
            unknown.append(line)
    unused = [number for number, _ in rules if number not in used]
    return lines, unknown, unused
