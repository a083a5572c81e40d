"""What is counted in the kernel: by key, as a histogram, by stack."""
from .goals import Goal
from .measure import Rounds, interleave
from .table import section, table

WHAT = {
    "count by name": ("count.bpf.o", "@[comm] = count();"),
    "log2 histogram": ("histogram.bpf.o", "@ = hist(nsecs % 1000000);"),
    "count by kernel stack": ("stacks.bpf.o", "@[kstack] = count();"),
}


def measure(context):
    paths, got = context.paths, Rounds()
    tools = {}
    for what, (mine, text) in WHAT.items():
        tools[f"skep, {what}"] = [paths.skep, "run", paths.program(mine)]
        tools[f"bpftrace, {what}"] = ["bpftrace", "-e", f"tracepoint:syscalls:sys_enter_openat {{ {text} }}"]
    tools["by hand, count by name"] = [paths.program("obs"), paths.program("obs.bpf.o"), "count"]

    def one(name, _round):
        base = context.load("open", context.scaled(100_000))
        tool = context.start(tools[name])
        try:
            tool.wait_quiet()
            traced = context.load("open", context.scaled(200_000))
            rss = tool.peak()
        finally:
            tool.end()
        got.add(name, added=traced["cpu_ns"] - base["cpu_ns"], rss=rss)

    context.log("maps: counted in the kernel")
    failed = interleave(list(tools), context.rounds, one, context.log)
    rows = [[name, got.of(name, "added").show(digits=0), got.of(name, "rss").show(digits=0)]
            for name in sorted(tools) if name not in failed]
    rows += [[name, "did not run: " + why, ""] for name, why in failed.items()]
    goals = []
    for what, limit in (("count by name", 0.5),):
        if f"skep, {what}" not in failed and f"bpftrace, {what}" not in failed:
            goals.append(Goal(f"{what}, ns added: against bpftrace",
                              got.ratio(f"skep, {what}", f"bpftrace, {what}", "added"), limit))
    return section("Counted in the kernel", table(["", "added to each openat(2), ns", "peak RSS, KiB"], rows), goals)
