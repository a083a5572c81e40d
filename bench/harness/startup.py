"""From exec to attached: time, CPU, memory; and what lies on the disk."""
import json
import os
import subprocess
import tempfile

from . import peers
from .goals import Goal
from .measure import Rounds, interleave
from .process import run
from .table import section, table

SMALL, LARGE = str(256 * 1024), str(4 * 1024 * 1024)


def contenders(paths):
    """name: (text that says it is attached, command, environment)"""
    skep, obs = paths.skep, paths.program("obs")
    objects = paths.program("obs.bpf.o")
    bpftrace = ["bpftrace", "-e"]
    return {
        "opensnoop": {
            "skep": ("attached", [skep, "run", "opensnoop", "--ring", SMALL], None),
            "skep, ring of 4 MiB": ("attached", [skep, "run", "opensnoop", "--ring", LARGE], None),
            "by hand, libbpf, no CO-RE": ("attached", [obs, objects, "opensnoop", "-s", SMALL], None),
            "by hand, libbpf, skep's object": (
                "attached", [obs, paths.tool_object("opensnoop"), "all", "-s", SMALL], None),
            "libbpf-tools": ("PID", ["/usr/sbin/opensnoop"], None),
            "bpftrace": ("PID", ["bpftrace", "/usr/sbin/opensnoop.bt"], None),
            "bcc": ("PID", ["/usr/bin/python3", os.path.join(paths.sources, "bcc_opensnoop.py")],
                    peers.bcc_environment(paths)),
        },
        "execsnoop": {
            "skep": ("attached", [skep, "run", "execsnoop", "--ring", SMALL], None),
            "by hand, libbpf, skep's object": (
                "attached", [obs, paths.tool_object("execsnoop"), "all", "-s", SMALL], None),
            "libbpf-tools": ("PCOMM", ["/usr/sbin/execsnoop"], None),
            "bpftrace": ("TIME", ["bpftrace", "/usr/sbin/execsnoop.bt"], None),
        },
        "count by name in a map": {
            "skep": ("attached", [skep, "run", paths.program("count.bpf.o")], None),
            "by hand, libbpf, no CO-RE": ("attached", [obs, objects, "count"], None),
            "bpftrace": ("ready", bpftrace + [peers.BEGIN + peers.COUNT_OPEN], None),
        },
    }


def sizes(paths):
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run(["strip", "-o", copy.name, paths.skep], check=True)
        skep_only = os.path.getsize(copy.name) / 1024
    with_libraries = peers.libraries_kb([paths.skep]) - os.path.getsize(paths.skep) / 1024 + skep_only
    rows = [["skep, all its tools", f"{with_libraries:,.0f}", f"{skep_only:,.0f} of them its own, stripped"]]
    known = {
        "libbpf-tools, opensnoop alone": ["/usr/sbin/opensnoop"],
        "bpftrace": ["/usr/bin/bpftrace"],
        "bcc": ["/usr/bin/python3.11", "/usr/lib/x86_64-linux-gnu/libbcc.so.0"],
    }
    notes = {"bcc": "Python, libbcc and LLVM, without kernel headers and Python's modules"}
    for name, files in known.items():
        if all(os.path.exists(f) for f in files):
            rows.append([name, f"{peers.libraries_kb(files):,.0f}", notes.get(name, "")])
    return table(["", "KiB", ""], rows)


def measure(context):
    body, goals = [], []
    until = context.paths.program("until")
    rounds = max(2 * context.rounds - 3, context.rounds)  # they are short
    for what, tools in contenders(context.paths).items():
        context.log(f"startup: {what}")
        got = Rounds()

        def one(name, _round):
            text, command, environment = tools[name]
            got.add(name, **json.loads(run([until, text, *command], environment=environment).stdout))

        def warm(name):
            text, command, environment = tools[name]
            run([until, text, *command], environment=environment, check=False)

        for name in tools:  # from then on skep has the index of the kernel's types in its cache
            warm(name)
        failed = interleave(list(tools), rounds, one, context.log)
        rows = [[name, got.of(name, "ms").show(), got.of(name, "cpu_ms").show(),
                 got.of(name, "rss_kb").show(digits=0), got.of(name, "end_ms").show(digits=0)]
                for name in tools if name not in failed]
        rows += [[name, "did not start: " + why, "", "", ""] for name, why in failed.items()]
        body.append(f"{what}:\n\n" + table(
            ["", "exec to attached, ms", "CPU until then, ms", "peak RSS, KiB", "until it has ended, ms"], rows))
        if what == "opensnoop":
            goals += [Goal(f"opensnoop, exec to attached: against {name}", got.ratio("skep", name, "ms"), limit)
                      for name, limit in (("by hand, libbpf, no CO-RE", 1.3),
                                          ("by hand, libbpf, skep's object", 1.3), ("libbpf-tools", 0.4),
                                          ("bpftrace", 0.04), ("bcc", 0.015)) if name not in failed]
            goals += [Goal(f"the same, CPU time: against {name}", got.ratio("skep", name, "cpu_ms"), limit)
                      for name, limit in (("by hand, libbpf, no CO-RE", 1.3), ("libbpf-tools", 0.4),
                                          ("bpftrace", 0.04), ("bcc", 0.015)) if name not in failed]
            goals += [Goal(f"peak RSS, {ring}, against libbpf-tools", got.ratio(name, "libbpf-tools", "rss_kb"), limit)
                      for name, ring, limit in (("skep", "ring of 256 KiB", 0.5),
                                                ("skep, ring of 4 MiB", "ring of 4 MiB", 1.0))
                      if "libbpf-tools" not in failed]
    body.append("On the disk, with the libraries that it loads but for the C library:\n\n" + sizes(context.paths))
    body.append("bpftrace says so in its BEGIN, before its probes are attached; bcc's is the same program on tracepoints "
                "(`bench/programs/bcc_opensnoop.py`): its own wants kprobes.\n")
    return section("Start", "\n".join(body), goals)
