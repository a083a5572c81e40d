"""What an event costs: whom it happens to, and who shows it."""
import json
import os
import re

from . import peers
from .goals import Goal
from .measure import Rounds, interleave
from .process import run
from .table import section, table

def contenders(paths):
    skep, obs, objects = paths.skep, paths.program("obs"), paths.program("obs.bpf.o")
    opened = paths.program("opened.bpf.o")
    return {
        "skep opensnoop, text": ([skep, "run", "opensnoop", "--ring", "4M"], 1000),
        "skep opensnoop, JSON": ([skep, "run", "opensnoop", "--ring", "4M", "-o", "json"], 1000),
        "libbpf-tools opensnoop": (["/usr/sbin/opensnoop"], 100),
        "bcc opensnoop": (["/usr/bin/python3", paths.sources + "/bcc_opensnoop.py"], 100),
        "by hand: entry and exit, printf": ([obs, objects, "opensnoop", "-o"], 300),
        "skep, entry only, text": ([skep, "run", opened], 1000),
        "skep, entry only, JSON": ([skep, "run", opened, "-o", "json"], 1000),
        "bpftrace printf": (["bpftrace", "-e", peers.PRINT_OPEN], 100),
        "by hand: default wake-ups, printf": ([obs, objects, "opened", "-o"], 300),
        "by hand: batches, printf": ([obs, objects, "opened", "-o", "-w", "262144"], 1000),
        "by hand: batches, counting": ([obs, objects, "opened", "-w", "262144"], 1000),
        "an empty program": ([obs, objects, "nothing"], 1000),
    }


def lost_in(errors):
    """As each of them says it."""
    patterns = (r"[Ll]ost (\d+) (?:events|samples)", r"(\d+) lost", r'"lost": (\d+)', r"LOST (\d+) events")
    return sum(int(n) for pattern in patterns for n in re.findall(pattern, errors))


def wrapped():
    """Tools that start what they trace."""
    return {"perf trace": ["perf", "trace", "-e", "openat", "-o", "/dev/null"],
            "strace": ["strace", "-f", "-e", "trace=openat", "-o", "/dev/null"]}


def measure_wrapped(context, got, name, command):
    calls, base = context.scaled(30_000), context.load("open", context.scaled(100_000))
    before = os.times()
    done = run([*command, context.paths.program("load"), "open", "-n", str(calls)], cpu=None)
    after = os.times()
    traced = json.loads(re.search(r"\{.*\}", done.stdout)[0])
    used = (after.children_user + after.children_system - before.children_user - before.children_system)
    # strace waits for what it traces, so that its time is in there, too; perf does not.
    theirs = traced["cpu_ns"] if name == "strace" else 0
    got.add(name, added=traced["cpu_ns"] - base["cpu_ns"], cpu=max(used * 1e9 / calls - theirs, 0), lost=lost_in(done.stderr) / calls * 100)


def measure(context):
    tools, outer, got = contenders(context.paths), wrapped(), Rounds()

    def one(name, _round):
        if name in outer:
            return measure_wrapped(context, got, name, outer[name])
        command, thousands = tools[name]
        calls = context.scaled(thousands * 300)
        base = context.load("open", context.scaled(100_000))
        tool = context.start(command, environment=peers.bcc_environment(context.paths) if "bcc" in name else None)
        try:
            tool.wait_quiet()
            before = tool.cpu()
            traced = context.load("open", calls)
            tool.wait_quiet(quiet=0.15, least=0.1)
            used, rss = tool.cpu() - before, tool.peak()
        finally:
            errors = tool.end()
        got.add(name, added=traced["cpu_ns"] - base["cpu_ns"], cpu=used * 1e9 / calls, rss=rss,
                lost=lost_in(errors) / calls * 100)

    context.log("events: what an open costs")
    failed = interleave([*tools, *outer], context.rounds, one, context.log)
    rows = [[name, got.of(name, "added").show(digits=0), got.of(name, "cpu").show(digits=0),
             got.of(name, "lost").show(digits=2),
             got.of(name, "rss").show(digits=0) if got.has(name, "rss") else ""]
            for name in [*tools, *outer] if name not in failed]
    rows += [[name, "did not run: " + why, "", "", ""] for name, why in failed.items()]
    goals = []

    def goal(what, ours, peer, figure, limit):
        if ours not in failed and peer not in failed:
            goals.append(Goal(f"{what}: against {peer}", got.ratio(ours, peer, figure), limit))

    theirs = "libbpf-tools opensnoop"
    goal("opensnoop, ns added", "skep opensnoop, text", theirs, "added", 0.15)
    goal("opensnoop, consumer CPU, text", "skep opensnoop, text", theirs, "cpu", 0.03)
    goal("opensnoop, consumer CPU, JSON", "skep opensnoop, JSON", theirs, "cpu", 0.05)
    goal("entry only, ns added", "skep, entry only, text", "bpftrace printf", "added", 0.08)
    goal("entry only, ns added", "skep, entry only, text", "by hand: default wake-ups, printf", "added", 0.25)
    goal("entry only, ns added", "skep, entry only, text", "by hand: batches, printf", "added", 1.1)
    head = ["", "added to each call, ns", "CPU of the tool for each event, ns", "lost, %", "peak RSS, KiB"]
    body = ("One event for each openat(2) of a file that is not there, on one CPU; the tool on the other one, its "
            "output to /dev/null.\n\n" + table(head, rows))
    return section("An event", body, goals)
