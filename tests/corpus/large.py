"""Large programs are planned at once: five different ones of 1500 lines and more, each with a struct of 300
fields, arrays of structs and 40 maps. `skep plan`, compiled before, takes less than 50 ms, the whole process;
a build with sanitizers may take FACTOR times as long. Prints the figures."""
import json
import os
import pathlib
import random
import re
import subprocess
import time
import unittest

from skep_cli import SKEP, SkepTest

LIMIT = 0.050  # seconds, for a whole process
FACTOR = 400  # of a build with sanitizers and without optimisation, on a machine with other work: a net for what is stuck
RUNS = 5
LINES, FIELDS, MAPS = 1500, 300, 40
NUMBERS = ("__u8", "__u16", "__u32", "__u64", "__s32", "__s64", "int", "long", "bool", "__be16", "__be32")
WORDS = ("pid", "saddr", "dport", "delta_us", "size", "ret", "flags", "comm", "state", "cgroup", "ts", "count")
HEAD = """// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";
"""


class Program:
    """One of them, line by line."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = HEAD.splitlines()
        self.fields = []

    def add(self, text):
        self.lines += text.splitlines()

    def member(self, number):
        """(declaration, statement that sets it)"""
        name = f"{self.random.choice(WORDS)}_{number}"
        kind = self.random.randrange(20)
        if kind == 0:
            return f"\tchar {name}[16];", f"\tbpf_get_current_comm(e->{name}, sizeof(e->{name}));"
        if kind == 1:
            return f"\tstruct part {name}[4];", f"\te->{name}[2].weight = {number};"
        if kind == 2:
            return f"\tunion {{ __u32 v4; __u8 v6[16]; }} {name};", f"\te->{name}.v4 = {number};"
        if kind == 3:
            return f"\tenum stage {name};", f"\te->{name} = STAGE_{number % 30};"
        if kind == 4:
            return f"\t__u32 {name} : 7, {name}_rest : 25;", f"\te->{name} = {number % 100};"
        return f"\t{self.random.choice(NUMBERS)} {name};", f"\te->{name} = {number % 2};"

    def types(self):
        self.add("enum stage {")
        self.add("\n".join(f"\tSTAGE_{i}," for i in range(30)))
        self.add("};\nstruct part {\n\t__u32 id;\n\t__u64 weight;\n\tchar label[8];\n\tstruct { __u16 low, high; } range[3];\n};")
        self.fields = [self.member(i) for i in range(FIELDS)]
        self.add("struct wide {\n" + "\n".join(declared for declared, _ in self.fields) + "\n};")

    def maps(self, count, kinds):
        for i in range(count):
            kind = kinds[i % len(kinds)]
            key = "__u32" if "ARRAY" in kind else f"struct key_{i}"
            self.add(f"struct key_{i} {{ __u32 pid; __u32 cpu; char comm[16]; }};")
            self.add(f"struct value_{i} {{ __u64 count; __u64 bytes; __u32 slots[27]; struct part parts[{i % 5 + 1}]; }};")
            value = ("__u64", f"struct value_{i}", "struct wide")[i % 3]
            self.add(f"struct {{\n\t__uint(type, BPF_MAP_TYPE_{kind});\n\t__uint(max_entries, 64);\n"
                     f"\t__type(key, {key});\n\t__type(value, {value});\n}} map_{i} SEC(\".maps\");")

    def buffer(self, kind, name):
        size = "max_entries, 65536" if kind == "RINGBUF" else "key_size, 4); __uint(value_size, 4"
        self.add(f"struct {{ __uint(type, BPF_MAP_TYPE_{kind}); __uint({size}); }} {name} SEC(\".maps\");")

    def fill(self):
        self.add("\n".join(statement for _, statement in self.fields))

    def program(self, name, body, section="tp/sched/sched_process_exec"):
        self.add(f"SEC(\"{section}\")\nint {name}(void *ctx)\n{{\n{body}\n\treturn 0;\n}}")

    def touch(self, index):
        """Counts something in a map."""
        return (f"\tstruct key_{index} key_{index} = {{ .pid = {index} }};\n"
                f"\t__u64 *count_{index} = bpf_map_lookup_elem(&map_{index}, &key_{index});\n"
                f"\tif (count_{index})\n\t\t__sync_fetch_and_add(count_{index}, 1);")

    def text(self, touched):
        """Programs that do their work line by line, until it is long enough."""
        number = 0
        while len(self.lines) < LINES + 1:
            self.program(f"more_{number}", "\n".join(self.touch(i) for i in touched[:3]) +
                         f"\n\tbpf_printk(\"more {number} %d\", {number});" * (number % 2))
            number += 1
        return "\n".join(self.lines) + "\n"


def reserved():
    """A ring; the record is reserved and filled."""
    one = Program(1)
    one.types()
    one.maps(MAPS - 1, ("HASH", "LRU_HASH", "PERCPU_HASH"))
    one.buffer("RINGBUF", "events")
    one.add("SEC(\"tp/sched/sched_process_exec\")\nint on_exec(void *ctx)\n{\n"
            "\tstruct wide *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);\n\tif (!e)\n\t\treturn 0;")
    one.fill()
    one.add("\tbpf_ringbuf_submit(e, 0);\n\treturn 0;\n}")
    return one.text([0, 3, 6])


def from_a_heap():
    """A perf buffer; the record is made in the one value of a map, by parts."""
    one = Program(2)
    one.types()
    one.maps(MAPS - 2, ("ARRAY", "PERCPU_ARRAY", "HASH"))
    one.add("struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); "
            "__type(value, struct wide); } heap SEC(\".maps\");")
    one.buffer("PERF_EVENT_ARRAY", "events")
    for part in range(10):
        one.add(f"static __noinline int fill_{part}(struct wide *e)\n{{\n\tif (!e)\n\t\treturn 0;")
        one.add("\n".join(statement for _, statement in one.fields[part::10]))
        one.add(f"\treturn {part};\n}}")
    one.program("on_exec", "\t__u32 zero = 0;\n\tstruct wide *e = bpf_map_lookup_elem(&heap, &zero);\n\tif (!e)\n\t\treturn 0;\n" +
                "\n".join(f"\tfill_{part}(e);" for part in range(10)) +
                "\n\tbpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, e, sizeof(*e));")
    return one.text([2, 5, 8])


def only_maps():
    """Nothing but maps: forty, with a program for each."""
    one = Program(3)
    one.types()
    one.maps(MAPS, ("HASH", "LRU_HASH", "LRU_PERCPU_HASH", "HASH"))
    for i in range(0, MAPS, 3):
        one.program(f"count_{i}", one.touch(i), "raw_tp/sys_enter")
    one.add("__u64 total;\nstruct wide last;")
    one.add("SEC(\"tp/sched/sched_process_exit\")\nint on_exit(void *ctx)\n{\n\tstruct wide *e = &last;")
    one.fill()
    one.add("\ttotal++;\n\treturn 0;\n}")
    return one.text([0, 3, 6])


def many_types():
    """Ten types of record in one ring, by subprograms, and a second ring."""
    one = Program(4)
    one.types()
    one.maps(MAPS - 2, ("HASH",))
    one.buffer("RINGBUF", "events")
    one.buffer("RINGBUF", "others")
    for i in range(10):
        one.add(f"struct record_{i} {{\n\t__u32 type;\n" + "\n".join(f"\t__u64 word_{j};" for j in range(i + 1)) + "\n};")
        one.add(f"static __noinline int send_{i}(__u64 what)\n{{\n\tstruct record_{i} r = {{ .type = {i} }};")
        one.add("\n".join(f"\tr.word_{j} = what + {j};" for j in range(i + 1)))
        one.add("\treturn bpf_ringbuf_output(&events, &r, sizeof(r), 0);\n}")
    one.program("on_exec", "\n".join(f"\tsend_{i}({i});" for i in range(10)))
    one.add("SEC(\"tp/sched/sched_process_exit\")\nint on_exit(void *ctx)\n{\n"
            "\tstruct wide *e = bpf_ringbuf_reserve(&others, sizeof(*e), 0);\n\tif (!e)\n\t\treturn 0;")
    one.fill()
    one.add("\tbpf_ringbuf_submit(e, 0);\n\treturn 0;\n}")
    return one.text([0, 3, 6])


def stacks_and_variables():
    """Stacks as keys, and hundreds of parameters and global variables."""
    one = Program(5)
    one.types()
    one.maps(MAPS - 2, ("HASH", "ARRAY"))
    one.add("struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(max_entries, 64); __uint(key_size, 4); "
            "__uint(value_size, 127 * 8); } stacks SEC(\".maps\");\n"
            "struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, int); __type(value, __u64); } "
            "seen SEC(\".maps\");")
    one.add("\n".join(f"const volatile __u32 min_{i}_us = {i};" for i in range(150)))
    one.add("\n".join(f"__u64 counter_{i};" for i in range(150)))
    one.add("struct wide current;")
    one.program("on_exec", "\tint id = bpf_get_stackid(ctx, &stacks, 0);\n\t__u64 one = 1;\n"
                "\tbpf_map_update_elem(&seen, &id, &one, BPF_ANY);\n" +
                "\n".join(f"\tif (min_{i}_us > 3)\n\t\tcounter_{i}++;" for i in range(150)))
    one.add("SEC(\"tp/sched/sched_process_exit\")\nint on_exit(void *ctx)\n{\n\tstruct wide *e = &current;")
    one.fill()
    one.add("\treturn 0;\n}")
    return one.text([0, 6, 12])


def has_sanitizers():
    return b"__asan_init" in pathlib.Path(SKEP).read_bytes()


class Large(SkepTest):

    def test_they_are_planned_at_once(self):
        limit = LIMIT * (FACTOR if has_sanitizers() else 1)
        figures = []
        for make in (reserved, from_a_heap, only_maps, many_types, stacks_and_variables):
            with self.subTest(make.__doc__):
                text = make()
                self.assertGreater(text.count("\n"), LINES)
                source = self.write(f"{make.__name__}.bpf.c", text)
                plan = json.loads(self.skep("plan", source, "-o", "json").stdout)  # compiles
                self.check(plan, text)
                times = sorted(self.time_of("plan", source) for _ in range(RUNS))
                figures.append((make.__name__, text.count("\n"), times[0] * 1000, times[RUNS // 2] * 1000))
                self.assertLess(times[0], limit)
        for name, lines, least, median in figures:
            print(f"{name:<20} {lines} lines: {median:.1f} ms (least {least:.1f}) of {limit * 1000:.0f}")

    def check(self, plan, text):
        """It is what was meant to be measured."""
        maps = {one["map"] for kind in ("streams", "tables", "left_out") for one in plan[kind]}
        maps.update(name for table in plan["tables"] for stack in table["stacks"] for name in stack["maps"])
        declared = set(re.findall(r"} (\w+) SEC\(\"\.maps\"\)", text))
        self.assertEqual(len(declared), MAPS)
        self.assertFalse(declared - maps)
        rows = [record for stream in plan["streams"] for record in stream["records"]] + plan["tables"]
        self.assertGreaterEqual(max(len(row["columns"]) for row in rows), FIELDS)

    def time_of(self, *arguments):
        begin = time.perf_counter()
        subprocess.run([SKEP, *arguments], env=self.env, stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - begin


if __name__ == "__main__":
    unittest.main()
