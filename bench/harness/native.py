"""What is compared inside one process, by turns: the programs bench/*_bench.cpp. Here they are run, and what they print is
put into tables."""
import re

from .goals import Goal
from .measure import Spread
from .process import run
from .table import section, table

RATIO = re.compile(r"^(.*?)\s+libbpf\s+([\d.]+) ns\s+skep\s+([\d.]+) ns\s+ratio ([\d.]+) \(([\d.]+) to ([\d.]+)\)\s+"
                   r"goal ([\d.]+)", re.M)


def compared(text):
    """Rows and goals of what bench/ratio.hpp prints."""
    rows, goals = [], []
    for name, theirs, ours, middle, least, most, limit in RATIO.findall(text):
        rows.append([name, theirs, ours, f"{middle} ({least} to {most})"])
        goals.append(Goal(name, Spread([float(least), float(middle), float(most)]), float(limit)))
    return rows, goals


def indented(text):
    return "".join(f"    {line}\n" for line in text.splitlines())


HEAD = ["", "libbpf 1.5, ns", "skep, ns", "ratio"]


def producers(paths):
    text = run([paths.program("producers_bench"), *(paths.program(f"producers.{stream}.bpf.o")
                                                    for stream in ("SKEP_STREAM", "SKEP_STREAM_PER_CPU"))],
               timeout=300).stdout
    lines = re.findall(r"^(\d+ producers?, \d+ a call)\s+one ring\s+(\d+) ns\s+each CPU\s+(\d+) ns\s+"
                       r"ratio ([\d.]+) \(([\d.]+) to ([\d.]+)\)", text, re.M)
    return table(["", "one ring, ns", "a ring for each CPU, ns", "ratio"],
                 [[a, b, c, f"{d} ({e} to {f})"] for a, b, c, d, e, f in lines])


def rings(context):
    context.log("rings: records through the reader")
    paths = context.paths
    rows, goals = compared(run([paths.program("ring_bench")], check=False, timeout=300).stdout)
    wake = run([paths.program("wake_bench"), paths.program("wake.bpf.o")], timeout=300).stdout
    lines = re.findall(r"^(\S.*?)\s+default\s+(\d+) ns\s+handshake\s+(\d+) ns\s+ratio ([\d.]+) \(([\d.]+) to ([\d.]+)\)",
                       wake, re.M)
    body = ("CPU time to read a record, ring full, both readers in one process by turns.\n\n" + table(HEAD, rows)
            + "\nA record that wakes nobody: the same program and ring, with wake-ups that the kernel decides about, and with the "
            "handshake of [design/stream.md](design/stream.md).\n\n"
            + table(["", "default, ns", "handshake, ns", "ratio"],
                    [[a, b, c, f"{d} ({e} to {f})"] for a, b, c, d, e, f in lines])
            + "\nA record that nobody wants, kept back in the kernel (`--where`) or sent:\n\n"
            + indented(run([paths.program("pushdown_bench"), paths.program("pushdown.bpf.o")], timeout=300).stdout)
            + "\nA record that one CPU makes, or several at once, in one ring or in a ring for each CPU (`SKEP_STREAM_PER_CPU`); "
            "what a record takes of who makes it, CPU time:\n\n" + producers(paths))
    return section("Records of a ring, beside libbpf's ring_buffer", body, goals)


def objects(context):
    context.log("objects: loading, maps, packets")
    paths = context.paths
    text = run([paths.program("load_bench"), paths.program("plain.bpf.o"),
                *(paths.tool_object(name) for name in ("opensnoop", "execsnoop", "exitsnoop"))], timeout=300).stdout
    rows = [[a, b, c, d] for a, b, c, d in
            re.findall(r"^(\S+)\s+(libbpf 1.5|skep, \w+)\s+([\d.]+) ms.*ratio ([\d.]+)", text, re.M)]
    more, goals = compared(run([paths.program("map_bench")], check=False, timeout=300).stdout)
    packets, packet_goals = compared(run([paths.program("packet_bench"), paths.program("packets.bpf.o")],
                                         timeout=300, check=False).stdout)
    body = ("From an object's bytes to loaded programs. Warm: skep finds the index of the kernel's types in its cache; cold: it "
            "makes it.\n\n" + table(["object", "", "ms", "ratio to libbpf"], rows)
            + "\nOperations on a hash, CPU time of one:\n\n" + table(HEAD, more)
            + "\nA packet of a test run (BPF_PROG_TEST_RUN), the time as the kernel says it:\n\n" + table(HEAD, packets))
    return section("Objects, maps, packets, beside libbpf", body, goals + packet_goals)


def micro(context):
    context.log("micro: Google Benchmark")
    import json
    rows = []
    names = ("btf_bench", "object_bench", "format_bench", "where_bench", "symbol_bench")
    for name in names:
        done = run([context.paths.program(name), "--benchmark_format=json", "--benchmark_repetitions=5",
                    f"--benchmark_min_time={0.01 if context.quick else 0.04}",
                    "--benchmark_enable_random_interleaving=true"],
                   timeout=300, environment={"SKEP_BENCH_OBJECT": context.paths.tool_object("execsnoop")})
        of = {}
        for one in json.loads(done.stdout)["benchmarks"]:
            if one["run_type"] == "iteration":
                scale = {"ns": 1, "us": 1e3, "ms": 1e6}[one["time_unit"]]
                of.setdefault(one["run_name"], []).append(one["cpu_time"] * scale)
        rows += [[name.removesuffix("_bench"), what, Spread(values).show()] for what, values in of.items()]
    return section("Parts", table(["", "", "CPU, ns"], rows), [])
