#!/usr/bin/env python3
"""Runs the recording programs on one object and compares what each would send to the kernel.

The difference is shown with what stands around it; the records hold disassembled instructions, so
the text says what differs. Exit status 0: equal, but for known differences.

The file of known differences has blocks: lines `OBJECT TARGET REFERENCE` (TARGET may be *), then,
indented, regular expressions that match whole differing lines: `-` what only libbpf sends, `+` what
only skep sends; above each block, as a comment, the reason. Every expression must match something.
"""

import argparse
import pathlib
import sys

import judge

NEWEST = "libbpf-1.5"  # the reference that skep is held to


def compare(options, case, target, arguments, reference, ours, our_words):
    name, program = reference.split("=", 1)
    theirs, their_words = judge.record(program, arguments)
    rules = judge.rules_for(options.known, case, target, name)
    # Said in the object, so that nothing is ever refused, and found equal, by accident. An older
    # library may know less.
    strict = name == NEWEST or (options.refused and not rules)
    if options.refused != (theirs == ["refused"]) and strict:
        print(f"{name} {'takes' if options.refused else 'refuses'} {case}: {their_words}")
        return False
    lines, unknown, unused = judge.judge(theirs, ours, name, rules)
    for number in unused:
        print(f"{options.known}:{number}: matches no difference of this test any more")
    if unknown:
        print("\n".join(lines[:200]))
        print(f"\n{len(unknown)} lines differ that are not known to")
        print(f"--- {name} said:\n{their_words}--- skep said:\n{our_words}")
    return not unknown and not unused


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--object", required=True, type=pathlib.Path)
    parser.add_argument("--types", type=pathlib.Path, help="raw BTF; else the running kernel's")
    parser.add_argument("--module", help="the BTF of the module that is loaded")
    parser.add_argument("--skep", required=True, help="the program that records skep")
    parser.add_argument("--reference", required=True, action="append", metavar="NAME=PROGRAM",
                        help="what records a libbpf: libbpf-1.5=PROGRAM")
    parser.add_argument("--known", required=True, type=pathlib.Path)
    parser.add_argument("--refused", action="store_true", help="both must refuse the object")
    parser.add_argument("--says", help="what skep's error must contain")
    parser.add_argument("--edit", nargs=argparse.REMAINDER, default=[])
    options = parser.parse_args()

    arguments = [str(options.object), *options.edit]
    if options.types:
        arguments += ["--types", str(options.types)]
    if options.module:
        arguments += ["--module", options.module]
    case = options.object.name.removesuffix(".bpf.o")
    target = options.types.stem if options.types else "vmlinux"
    try:
        ours, our_words = judge.record(options.skep, arguments)
        good = all([compare(options, case, target, arguments, reference, ours, our_words)
                    for reference in options.reference])
    except judge.Broken as broken:
        sys.exit(str(broken))
    if options.says and options.says not in our_words:
        print(f"skep does not say '{options.says}', but: {our_words}")
        good = False
    sys.exit(not good)


if __name__ == "__main__":
    main()
