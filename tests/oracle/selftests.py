#!/usr/bin/env python3
"""The oracle over programs that nobody here wrote: the kernel's own BPF selftests, compiled from
Debian's kernel source, each recorded with libbpf 1.5 and with skep.

Also the selftests' CO-RE cases: progs/test_core_reloc_NAME.c against every layout that
progs/btf__core_reloc_NAME*.c describes.

Known differences as for compare.py; an object of which nothing is expected yet has the two rules
`-.*` and `\\+refused`. A summary says how many were compared.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import subprocess
import sys

import judge

REFERENCE = "libbpf-1.5"
LEAST_COMPARED = 620  # fewer equal ones mean that the comparison itself is broken


def compile_flags(source, libbpf, work):
    """As the selftests' Makefile has them, but for headers of a kernel build that is not there."""
    arch = {"x86_64": "x86", "aarch64": "arm64"}[os.uname().machine]
    return ["-target", "bpf", "-mcpu=v3", "-g", "-O2", "-w", "-std=gnu11", "-fno-strict-aliasing",
            f"-D__TARGET_ARCH_{arch}", "-DENABLE_ATOMICS_TESTS", "-D__force=",
            "-D__attribute_const__=", f"-I{work}", f"-I{source}/tools/testing/selftests/bpf",
            f"-I{libbpf}/include", f"-I{libbpf}/include/uapi", f"-I{source}/tools/include/uapi",
            f"-I{source}/include/uapi",
            "-idirafter", f"/usr/include/{os.uname().machine}-linux-gnu"]


def compile_one(options, flags, source, output):
    """True when there is an object; some selftests need a kernel newer or older than this one."""
    if output.exists():
        return True
    part = output.with_suffix(".part")
    done = subprocess.run([options.clang, *flags, "-c", source, "-o", part], capture_output=True)
    if done.returncode == 0:
        part.rename(output)
    return done.returncode == 0


def write_vmlinux_header(work):
    header = work / "vmlinux.h"
    if not header.exists():
        text = subprocess.run(["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux",
                               "format", "c"], capture_output=True, check=True).stdout
        header.write_bytes(text)


def pairs_of(progs, compiled):
    """(object, target or None) for all that can be compared."""
    layouts = sorted(p.stem for p in progs.glob("btf__core_reloc_*.c"))
    for name in sorted(compiled):
        yield name, None
        if not name.startswith("test_core_reloc_"):
            continue
        kind = name.removeprefix("test_core_reloc_").removesuffix("_direct").removesuffix("_probed")
        for layout in layouts:
            if layout.removeprefix("btf__core_reloc_").split("___")[0] == kind:
                yield name, layout


def examine(options, name, target):
    arguments = [str(options.work / f"{name}.bpf.o")]
    if target:
        arguments += ["--types", str(options.work / f"{target}.btf")]
    theirs, their_words = judge.record(options.reference, arguments)
    ours, our_words = judge.record(options.skep, arguments)
    rules = judge.rules_for(options.known, name, target or "vmlinux", REFERENCE)
    lines, unknown, unused = judge.judge(theirs, ours, REFERENCE, rules)
    verdict = "known difference" if rules else "the same"
    if theirs == ours == ["refused"]:  # also what this kernel has nothing for
        verdict, unused = "refused by both", []
    report = [f"{options.known}:{n}: matches nothing in {name} any more" for n in unused]
    if unknown:
        verdict = "different"
        report += [f"==== {name} against {target or 'vmlinux'}: {len(unknown)} lines differ",
                   *lines[:options.show],
                   f"libbpf: {their_words[-600:]}", f"skep: {our_words[-600:]}"]
    return verdict, report


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fetch", required=True, help="prints where the kernel's source is")
    parser.add_argument("--libbpf", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path, help="objects are kept here")
    parser.add_argument("--clang", required=True)
    parser.add_argument("--objcopy", required=True)
    parser.add_argument("--skep", required=True)
    parser.add_argument("--reference", required=True)
    parser.add_argument("--known", required=True, type=pathlib.Path)
    parser.add_argument("--show", type=int, default=30, help="lines of each difference")
    parser.add_argument("--only", action="append", help="these selftests")
    options = parser.parse_args()

    options.work.mkdir(parents=True, exist_ok=True)
    write_vmlinux_header(options.work)
    source = pathlib.Path(subprocess.run([options.fetch], capture_output=True, text=True,
                                         check=True).stdout.strip())
    progs = source / "tools/testing/selftests/bpf/progs"
    flags = compile_flags(source, options.libbpf, options.work)
    failed = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        names = [p.stem for p in sorted(progs.glob("*.c"))]
        if options.only:
            names = [n for n in names if n in options.only or n.startswith("btf__")]
        done = pool.map(lambda n: compile_one(options, flags, progs / f"{n}.c",
                                              options.work / f"{n}.bpf.o"), names)
        compiled = [n for n, good in zip(names, done) if good]
        for name in compiled:
            types = options.work / f"{name}.btf"
            if name.startswith("btf__core_reloc") and not types.exists():
                subprocess.run([options.objcopy, f"--dump-section=.BTF={types}",
                                options.work / f"{name}.bpf.o", "/dev/null"], check=True)
        pairs = list(pairs_of(progs, [n for n in compiled if not n.startswith("btf__")]))
        counts = collections.Counter()
        for verdict, report in pool.map(lambda pair: examine(options, *pair), pairs):
            counts[verdict] += 1
            failed = failed or bool(report)
            for line in report:
                print(line)

    known = {words[0] for _, words, _ in judge.blocks(options.known)}
    for name in sorted(known - set(names) if not options.only else []):
        print(f"{options.known}: there is no selftest {name}")
        failed = True
    print(f"{len(names)} sources, {len(compiled)} objects, {len(pairs)} comparisons: " +
          ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    if not options.only and counts["the same"] < LEAST_COMPARED:
        print(f"fewer than {LEAST_COMPARED} comparisons that say something")
        failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
