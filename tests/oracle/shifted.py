#!/usr/bin/env python3
"""Compares what skep and libbpf 1.5 would send for one object, relocated against layouts that are
made of the object's own types (shift.py). Both may refuse a layout, but not most of them."""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import judge
import shift

REFERENCE = "libbpf-1.5"


def section_of(objcopy, path, directory):
    out = directory / "types"
    subprocess.run([objcopy, f"--dump-section=.BTF={out}", path, "/dev/null"], check=True)
    return out.read_bytes()


def sections_of(path):
    """The names of sections like tp_btf/NAME; the file's other words do no harm."""
    return sorted({name.decode() for name in re.findall(rb"\0\??([a-z_.]+/\w+)(?=\0)",
                                                        path.read_bytes())})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--object", required=True, type=pathlib.Path)
    parser.add_argument("--objcopy", required=True)
    parser.add_argument("--skep", required=True, help="the program that records skep")
    parser.add_argument("--reference", required=True, help="the same for libbpf 1.5")
    parser.add_argument("--known", required=True, type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=16, help="how many layouts")
    options = parser.parse_args()

    name = options.object.name.removesuffix(".bpf.o")
    rules = judge.rules_for(options.known, name, "shifted", REFERENCE)
    taken, failed, records = 0, False, set()
    with tempfile.TemporaryDirectory() as directory:
        types = pathlib.Path(directory) / "shifted.btf"
        section = section_of(options.objcopy, options.object, pathlib.Path(directory))
        sections = sections_of(options.object)
        for seed in range(options.seeds):
            types.write_bytes(shift.shift(section, f"{name} {seed}", sections))
            arguments = [str(options.object), "--types", str(types)]
            try:
                theirs, their_words = judge.record(options.reference, arguments)
                ours, our_words = judge.record(options.skep, arguments)
            except judge.Broken as broken:
                sys.exit(str(broken))
            taken += theirs != ["refused"]
            records.add("\n".join(theirs))
            lines, unknown, _ = judge.judge(theirs, ours, REFERENCE, rules)
            if unknown:
                failed = True
                print(f"==== layout {seed} of {name}: {len(unknown)} lines differ",
                      *lines[:60], f"libbpf: {their_words}skep: {our_words}", sep="\n")
    print(f"{name}: {options.seeds} layouts, {taken} taken, {len(records)} different results")
    if taken * 3 < options.seeds or len(records) < 4:
        print("too few layouts that say something")
        failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
