"""A profile: 99 samples a second of each CPU, for ten seconds."""
import os
import re
import tempfile
import time

from .measure import Rounds, interleave
from .process import run
from .table import section, table


def folded_frames(text):
    """Of the process `load`, with a name, and all: of lines load;b;c 12"""
    frames = [frame for line in text.splitlines() if line.startswith("load;")
              for frame in line.rsplit(" ", 1)[0].split(";")[1:]]
    return sum(1 for f in frames if not re.match(r"(\[|0x)", f.strip())), len(frames)


def perf_frames(text):
    """A line with the process, then a line for each frame."""
    is_load, frames = False, []
    for line in text.splitlines():
        if line and not line[0].isspace():
            is_load = line.startswith("load")
        elif is_load and (found := re.match(r"^\s+[0-9a-f]+ (.+)$", line)):
            frames.append(found[1])
    return sum(1 for f in frames if not f.startswith("[unknown]")), len(frames)


def bpftrace_frames(text):
    """@[ frames , frames , load]: 12"""
    frames = []
    for block in text.split("@[")[1:]:
        stacks, _, name = block.partition("]: ")[0].rpartition(", ")
        if name == "load":
            frames += [line.strip() for line in stacks.splitlines() if line.startswith("    ")]
    return sum(1 for f in frames if not f.startswith("0x")), len(frames)


def measure(context):
    paths = context.paths
    seconds = 1 if context.quick else 10
    got = Rounds()
    folder = tempfile.TemporaryDirectory(dir="/dev/shm")
    data = os.path.join(folder.name, "perf.data")
    out = os.path.join(folder.name, "out")
    tools = {
        "skep": [paths.skep, "run", paths.program("profile.bpf.o"), "--freq", "99", "-o", "folded"],
        "perf record -g": ["perf", "record", "-q", "-a", "-g", "-F", "99", "-e", "cpu-clock", "-o", data],
        "bpftrace": ["bpftrace", "-e", "profile:hz:99 { @[kstack, ustack, comm] = count(); }"],
    }

    def frames_of(name):
        if name == "perf record -g":
            before = os.times()
            text = run(["perf", "script", "-i", data, "-F", "comm,ip,sym"], timeout=120).stdout
            after = os.times()
            more = after.children_user + after.children_system - before.children_user - before.children_system
            return perf_frames(text), more
        with open(out, errors="replace") as file:
            text = file.read()
        return (folded_frames if name == "skep" else bpftrace_frames)(text), 0

    def one(name, _round):
        busy = [context.start([paths.program("load"), mode, "-n", "1000000000", "-c", str(cpu)], pinned=False)
                for cpu, mode in ((0, "open"), (1, "getppid"))]
        before = os.times()
        tool = context.start(tools[name], output=out, pinned=False)
        try:
            time.sleep(seconds)
            rss = tool.peak()
        finally:
            tool.end(patience=60)
            after = os.times()
            for process in busy:
                process.end(9)
        used = after.children_user + after.children_system - before.children_user - before.children_system
        (named, all_), more = frames_of(name)
        if all_ == 0:
            raise RuntimeError("it printed no stack of `load`")
        got.add(name, cpu=used * 1e3, more=more * 1e3, rss=rss, named=named / max(all_, 1) * 100, frames=all_)

    context.log("profiles: 99 Hz")
    failed = interleave(list(tools), context.rounds, one, context.log)
    folder.cleanup()
    rows = [[name, got.of(name, "cpu").show(digits=0), got.of(name, "more").show(digits=0),
             got.of(name, "rss").show(digits=0), got.of(name, "named").show(digits=1)]
            for name in tools if name not in failed]
    rows += [[name, "did not run: " + why, "", "", ""] for name, why in failed.items()]
    head = ["", "CPU from start to end, ms", "CPU of `perf script` afterwards, ms", "peak RSS while it ran, KiB", "frames of `load` with a name, %"]
    body = (f"{seconds} s, two CPUs busy with system calls, kernel and user stacks, cpu-clock. The CPU time has start and end in "
            "it: skep and bpftrace resolve the names then.\n\n" + table(head, rows))
    return section("A profile", body, [])
