"""How many events a second reach the output, all of them."""
import re

from . import peers
from .events import lost_in
from .goals import Goal
from .measure import Rounds, interleave
from .process import run
from .table import section, table
from .traced import Traced

SIZES = {"small": 64, "large": 256}
SLOWER = (1, 0.85, 0.7, 0.5, 0.3, 0.15)  # of what the calls reach by themselves


def contenders(paths):
    """name: (what is called, producers, calls of each, command for a process to trace)"""
    skep, obs, objects = paths.skep, paths.program("obs"), paths.program("obs.bpf.o")
    out = {}
    for kind, size in SIZES.items():
        mine = paths.program(f"{kind}.bpf.o")
        calls = 1_000_000 if kind == "small" else 600_000
        for threads in (1, 2):
            tail = f", {size} bytes, {threads} producer{'s' if threads > 1 else ''}"
            for form in ("text", "JSON"):
                command = [skep, "run", mine] + (["-o", "json"] if form == "JSON" else [])
                out[f"skep, {form}{tail}"] = (
                    "getppid", threads, calls, lambda pid, c=command: [*c, "--target", str(pid)])
            out[f"by hand: batches, counting{tail}"] = (
                "getppid", threads, calls,
                lambda pid, k=kind: [obs, objects, f"on_{k}", "-w", "262144", "-p", str(pid)])
    text = ('tracepoint:syscalls:sys_enter_getppid /pid == %d/ '
            '{ printf("%%llu %%d %%d %%s %%s\\n", nsecs, pid, tid, comm, "xxxxxxxxxxxxxxxxxxxxxxx"); }')
    for threads in (1, 2):
        out[f"bpftrace printf, {threads} producer{'s' if threads > 1 else ''}"] = (
            "getppid", threads, 100_000, lambda pid: ["bpftrace", "-e", text % pid])
    out["skep opensnoop, text, opens"] = (
        "open", 1, 500_000, lambda pid: [skep, "run", "opensnoop", "--ring", "4M", "--pid", str(pid)])
    out["libbpf-tools opensnoop, opens"] = ("open", 1, 50_000, lambda pid: ["/usr/sbin/opensnoop", "-p", str(pid)])
    out["skep, text, opens, entry only"] = (
        "open", 1, 500_000, lambda pid: [skep, "run", paths.program("opened.bpf.o"), "--target", str(pid)])
    out["bpftrace printf, opens"] = (
        "open", 1, 50_000, lambda pid: ["bpftrace", "-e", peers.PRINT_OPEN.replace(" {", f" /pid == {pid}/ {{")])
    return out


def one_run(context, mode, threads, calls, command, rate):
    """(events a second, lost)"""
    with Traced(context, mode, calls, threads, rate, context.traced_cpu) as traced:
        tool = context.start(command(traced.pid))
        try:
            tool.wait_quiet()
            traced.go()
            result = traced.result()
            tool.wait_quiet(quiet=0.15, least=0.1)
        finally:
            errors = tool.end()
    return result["calls"] / result["seconds"], lost_in(errors), result["calls"]


def wrapped():
    return {"perf trace": ["perf", "trace", "-e", "getppid", "-o", "/dev/stderr"],
            "strace": ["strace", "-f", "-e", "trace=getppid", "-o", "/dev/null"]}


def measure(context):
    tools, outer, got = contenders(context.paths), wrapped(), Rounds()

    def one_wrapped(name):
        calls = context.scaled(30_000)
        done = run([*outer[name], context.paths.program("load"), "getppid", "-n", str(calls)])
        found = re.search(r'"calls": (\d+), "seconds": ([\d.]+)', done.stdout)
        got.add(name, rate=int(found[1]) / float(found[2]), lost=lost_in(done.stderr) / calls * 100)

    def one(name, _round):
        if name in outer:
            return one_wrapped(name)
        mode, threads, calls, command = tools[name]
        calls = context.scaled(calls)
        full, lost, made = one_run(context, mode, threads, calls, command, 0)
        rate, first = full, lost / made * 100
        for share in SLOWER[1:]:
            if lost == 0:
                break
            rate, lost, made = one_run(context, mode, threads, max(int(calls * share), 20_000), command,
                                       full * share)
        got.add(name, rate=0 if lost else rate, lost=first)

    context.log("rates: events a second without loss")
    failed = interleave([*tools, *outer], context.rounds, one, context.log)
    rows = [[name, f"{got.of(name, 'rate').median / 1e6:.3f} ({got.of(name, 'rate').least / 1e6:.3f} to "
             f"{got.of(name, 'rate').most / 1e6:.3f})", got.of(name, "lost").show(digits=2)]
            for name in [*tools, *outer] if name not in failed]
    rows += [[name, "did not run: " + why, ""] for name, why in failed.items()]
    goals = []
    for what, ours, peer, limit in (
            ("as text, 64 bytes", "skep, text, 64 bytes, 1 producer", "bpftrace printf, 1 producer", 5),
            ("as text, opens", "skep, text, opens, entry only", "bpftrace printf, opens", 5),
            ("as text, opens", "skep opensnoop, text, opens", "libbpf-tools opensnoop, opens", 5),
            ("as text, 64 bytes", "skep, text, 64 bytes, 1 producer",
             "by hand: batches, counting, 64 bytes, 1 producer", 0.8),
            ("as text, 256 bytes", "skep, text, 256 bytes, 1 producer",
             "by hand: batches, counting, 256 bytes, 1 producer", 0.8)):
        if ours not in failed and peer not in failed:
            goals.append(Goal(f"{what}: against {peer}", got.ratio(ours, peer, "rate"), limit, at_most=False))
    body = ("Calls of getppid(2), or openat(2), as fast as they come; where some are lost, slower, by steps, until none is. Rings of "
            "4 MiB; output to /dev/null. With two producers on two CPUs the tool has none of its own.\n\n"
            + table(["", "million events a second without loss", "lost at full speed, %"], rows))
    return section("Events a second", body, goals)
