#!/usr/bin/env python3
"""Checks that the oracle is asked enough: at least 120 objects; every type of program, every type of
map and every kind of CO-RE relocation in one of them; every block of known differences about a test
that exists."""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

import judge

LEAST_OBJECTS = 120

# BPF_PROG_TYPE_* and BPF_MAP_TYPE_* (include/uapi/linux/bpf.h) that some object must have.
PROGRAM_TYPES = set(range(1, 33)) - {28}  # ext: it needs a target, see prog_replace
MAP_TYPES = set(range(1, 34))

# enum bpf_core_relo_kind, as llvm-objdump names them.
KINDS = {
    "byte_off", "byte_sz", "field_exists", "signed", "lshift_u64", "rshift_u64", "local_type_id",
    "target_type_id", "type_exists", "type_matches", "type_size", "enumval_exists", "enumval_value",
}


def types_of(recorder, path):
    """{("program", type), ("map", type)…}: what libbpf would have the kernel make of an object."""
    text = "\n".join(judge.record(recorder, [str(path)])[0])
    return {(what, int(number))
            for what, number in re.findall(r"^(program|map) .*\n +type = (\d+)$", text, re.M)}


def count_types(recorder, objects):
    counts = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda path: types_of(recorder, path), objects):
            counts.update(found)
    return counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--objdump", required=True)
    parser.add_argument("--recorder", required=True, help="what records libbpf 1.5")
    parser.add_argument("--known", required=True, type=pathlib.Path)
    parser.add_argument("--cases", required=True, nargs="+")
    parser.add_argument("--objects", required=True, nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    problems = []

    seen = {}
    for path in options.objects:
        text = subprocess.run([options.objdump, "-dr", path], capture_output=True, text=True,
                              check=True).stdout
        for kind in re.findall(r"CO-RE <(\w+)>", text):
            seen.setdefault(kind, set()).add(path.name)
    for kind in sorted(KINDS - seen.keys()):
        problems.append(f"no object has a CO-RE relocation of kind {kind}")
    for kind in sorted(seen.keys() - KINDS):
        problems.append(f"an unknown kind of CO-RE relocation: {kind} in {sorted(seen[kind])}")

    counts = count_types(options.recorder, options.objects)
    for what, wanted in ("program", PROGRAM_TYPES), ("map", MAP_TYPES):
        missing = [number for number in sorted(wanted) if (what, number) not in counts]
        if missing:
            problems.append(f"no object has a {what} of the types {missing}")

    if len(options.objects) < LEAST_OBJECTS:
        problems.append(f"only {len(options.objects)} objects, not {LEAST_OBJECTS}")

    names = {case.split("/")[0] for case in options.cases}
    for number, (name, target, reference), _ in judge.blocks(options.known):
        fits = name in names if target == "*" else f"{name}/{target}" in options.cases
        if not fits or reference not in ("libbpf-1.5", "libbpf-1.1"):
            problems.append(f"{options.known}:{number}: there is no such test")

    for what in "program", "map":
        numbers = sorted(number for of, number in counts if of == what)
        print(f"{len(numbers)} types of {what}: {numbers}")
    for kind in sorted(seen):
        print(f"{kind:16} {len(seen[kind]):3} objects")
    print(f"{len(options.objects)} objects, {len(options.cases)} pairs of object and target")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
