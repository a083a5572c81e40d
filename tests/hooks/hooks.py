"""hooks.py KERNEL COMMAND…: runs hooks_test, which says of each hook what it saw, and compares that
with tests/golden/hooks/KERNEL.tsv.  hooks.py page: makes docs/hooks.md of these files, and compares.
With SKEP_UPDATE_GOLDEN set, both write instead."""
import os
import pathlib
import platform
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = root / "tests/golden/hooks"
PAGE = root / "docs/hooks.md"
HERE = "6.18"  # the kernel of the machine that the tests run on; the others are virtual machines
KERNELS = [HERE, "6.12", "6.1"]
UPDATES = os.environ.get("SKEP_UPDATE_GOLDEN") is not None

HEADINGS = {"KernelFunctions": "Functions of the kernel", "Events": "Events of the kernel",
            "UserFunctions": "User binaries", "Iterators": "Iterators",
            "Interfaces": "Network interfaces, routes and namespaces", "Sockets": "Sockets",
            "CongestionControl": "Tables of functions", "Cgroups": "Control groups"}
# Suites that stand under another one's heading.
BELONGS = {"Cgroups/Addresses": "Cgroups", "UnixAddresses": "Cgroups"}


def differ(path, text):
    """Whether the file is another; it is written instead when it is to be updated."""
    if UPDATES:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return False
    old = path.read_text().splitlines() if path.exists() else []
    new = text.splitlines()
    for mark, lines, others in (("-", old, new), ("+", new, old)):
        for line in lines:
            if line not in others:
                print(mark, line)
    return old != new


def observe(kernel, command):
    """Runs the tests here or in a virtual machine: their exit status, and whether the table is theirs."""
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stdout:
            if line.startswith("@hook\t"):
                lines.append(line.rstrip("\r\n").removeprefix("@hook\t"))
            else:
                print(line, end="", flush=True)
    if process.returncode != 0:
        return process.returncode
    if kernel == HERE and not platform.release().startswith(f"{HERE}."):
        print(f"the table says nothing of {platform.release()}; here:", *lines, sep="\n")
        return 0
    return 1 if differ(GOLDEN / f"{kernel}.tsv", "\n".join(lines) + "\n") else 0


def rows_of(kernel):
    """{(heading, hook): (what is seen, what came of it)}"""
    rows = {}
    for line in (GOLDEN / f"{kernel}.tsv").read_text().splitlines():
        suite, hook, seen, verdict = line.split("\t")
        rows[HEADINGS[BELONGS.get(suite, suite)], hook] = seen, verdict
    return rows


INTRODUCTION = """# Hooks: what fires on which kernel

This page is made by tests (`tests/hooks`, `SKEP_UPDATE_GOLDEN=1`), and held to them: on each kernel, each row's
program is loaded and attached by skep, and fired; its effect is seen; it is detached, and the effect is gone. **works**
says just that; **updates**, that another program also took its place in one step and was seen to fire; **one by one**,
that the kernel has no link for many places, and skep hung the program on each. Where the kernel refuses, skep's own words
stand under the table.

6.18 is the kernel of the machine that the tests run on (it has no kprobes, trampolines and netkit), 6.12 and 6.1 are
Debian's, in a virtual machine: `make vm KERNEL=6.12 CMD='…'` runs a command there. What else a hook takes and what
outlives a process: [links.md](links.md).
"""


def shown(hook):
    """The part that SEC says as code."""
    name, comma, how = hook.partition(",")
    return f"`{name}`{comma}{how}"


def short(verdict):
    """What was refused, and the reason; advice is left to the command."""
    return " ".join(re.split(r"(?<=[.)])\s+(?=[A-Z])", verdict)[:2])


def table(heading, rows, tables, reasons):
    """The lines of one heading; a refusal is a number, and its words stand below where it is new."""
    lines = [f"\n## {heading}\n", f"| hook | what the test sees | {' | '.join(KERNELS)} |",
             "|---" * (2 + len(KERNELS)) + "|"]
    news = []
    for key in rows:
        cells = []
        for kernel in KERNELS:
            verdict = tables[kernel][key][1]
            if verdict.startswith("works"):
                cells.append(verdict)
                continue
            reason = short(verdict)
            if reason not in reasons:
                reasons.append(reason)
                news.append(f"{len(reasons)}. {reason}")
            cells.append(f"no ({reasons.index(reason) + 1})")
        lines.append(f"| {shown(key[1])} | {tables[HERE][key][0]} | {' | '.join(cells)} |")
    return lines + [""] * bool(news) + news


def page():
    tables = {kernel: rows_of(kernel) for kernel in KERNELS}
    for kernel in KERNELS:
        if other := tables[HERE].keys() ^ tables[kernel].keys():
            sys.exit(f"{kernel} has not the same hooks: {sorted(other)}")
    reasons, lines = [], [INTRODUCTION.rstrip()]
    for heading in HEADINGS.values():
        rows = [key for key in tables[HERE] if key[0] == heading]
        lines += table(heading, rows, tables, reasons)
    return 1 if differ(PAGE, "\n".join(lines) + "\n") else 0


if __name__ == "__main__":
    sys.exit(page() if sys.argv[1:] == ["page"] else observe(sys.argv[1], sys.argv[2:]))
