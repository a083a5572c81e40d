"""docs/benchmarks.md, of what the figures left in build/…/bench/results."""
import json
import os

from .goals import Goal  # noqa: F401
from .table import table

INTRODUCTION = """# Benchmarks

`make bench` (as root, on Debian 12) installs the peers, builds, measures and writes this page. Each figure is the median of
interleaved rounds, with the least and the most of them in brackets; a ratio is taken round by round, between runs that saw the same
minute of the machine. Only ratios mean something elsewhere. A goal is missed only when the whole interval misses it.
[bench/](../bench/README.md) says how each is measured, and how to repeat one.
"""


def save(folder, name, machine, text, seconds):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".json"), "w") as file:
        json.dump({"machine": machine, "text": text, "seconds": seconds}, file)


def load(folder, name):
    try:
        with open(os.path.join(folder, name + ".json")) as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def make(folder, names):
    parts, seen = [], []
    for name in names:
        result = load(folder, name)
        if result is None:
            continue
        parts.append(result["text"])
        if result["machine"] not in [m for m, _ in seen]:
            seen.append((result["machine"], []))
        next(which for machine, which in seen if machine == result["machine"]).append(name)
    about = []
    for machine, which in seen:
        if len(seen) > 1:
            about.append(f"{', '.join(which)}:\n")
        about.append(table(["", ""], [[key, value] for key, value in machine.items()]))
    return INTRODUCTION + "\n## Measured on\n\n" + "\n".join(about) + "\n" + "\n".join(parts)
