"""How it grows: more events, larger maps, more probes, more threads."""
import json
import time

from .events import lost_in
from .measure import Rounds, interleave
from .process import run
from .table import section, table


def measure(context):
    paths, got = context.paths, Rounds()
    skep, until = paths.skep, paths.program("until")
    opens = [skep, "run", "opensnoop", "--ring", "4M"]

    def events(calls, threads, name):
        tool = context.start(opens)
        try:
            tool.wait_quiet()
            before = tool.cpu()
            made = context.load("open", calls, threads, shared=True)["calls"]
            tool.wait_quiet(quiet=0.15, least=0.1)
            used, rss = tool.cpu() - before, tool.peak()
        finally:
            errors = tool.end()
        got.add(name, figure=used * 1e9 / made, rss=rss, lost=lost_in(errors) / made * 100)

    def entries(name, count):
        begin = time.monotonic()
        done = run([skep, "run", paths.program("entries.bpf.o"), "--entries", str(count), "--duration", "100ms",
                    "-o", "json"])
        rows = done.stdout.count("\n")
        if rows < count:
            raise RuntimeError(f"{rows} rows of {count}")
        got.add(name, figure=(time.monotonic() - begin) * 1e3, rss=0)

    def probes(name, object_):
        said = json.loads(run([until, "attached", *object_]).stdout)
        got.add(name, figure=said["ms"], rss=said["rss_kb"])

    obs = paths.program("obs")
    steps = {
        "events: 100 000": ("CPU of the tool for one, ns", lambda n: events(context.scaled(100_000), 1, n)),
        "events: 1 000 000": ("CPU of the tool for one, ns", lambda n: events(context.scaled(1_000_000), 1, n)),
        "entries of a map: 1 000": ("until it has shown them and ended, ms", lambda n: entries(n, 1_000)),
        "entries of a map: 100 000": ("until it has shown them and ended, ms", lambda n: entries(n, 100_000)),
        "probes: 1": ("exec to attached, ms", lambda n: probes(n, [skep, "run", paths.program("probes1.bpf.o")])),
        "probes: 100": ("exec to attached, ms", lambda n: probes(n, [skep, "run", paths.program("probes100.bpf.o")])),
        "probes: 100, by hand, libbpf": (
            "exec to attached, ms", lambda n: probes(n, [obs, paths.program("probes100.bpf.o"), "all"])),
        "threads of the traced process: 1": ("CPU of the tool for one event, ns", lambda n: events(context.scaled(300_000), 1, n)),
        "threads of the traced process: 1 000": ("CPU of the tool for one event, ns", lambda n: events(300, 1000 if not context.quick else 10, n)),
    }
    context.log("growth")
    failed = interleave(list(steps), context.rounds, lambda name, _: steps[name][1](name), context.log)
    rows = [[name, what, got.of(name, "figure").show(),
             got.of(name, "lost").show(digits=2) if got.has(name, "lost") else "",
             got.of(name, "rss").show(digits=0) if got.of(name, "rss").most else ""]
            for name, (what, _) in steps.items() if name not in failed]
    rows += [[name, "did not run: " + why, "", "", ""] for name, why in failed.items()]
    return section("How it grows", table(["", "", "", "lost, %", "peak RSS, KiB"], rows), [])
